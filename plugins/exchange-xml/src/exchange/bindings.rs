//! The bindings of one exchange: by routing key, and under it an index over their queries.
//!
//! Invariants: a binding stands in both maps or in none; equal queries under one key are one entry
//! of its index, so that one decision answers for all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use philter_plugin_api::BindingId;

use crate::index::{EntryId, Index, Way};
use crate::queries::{Compiled, Expression};
use crate::tally::Tally;

/// A binding.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) id: BindingId,
    pub(super) key: Arc<str>,
    pub(super) expression: Arc<Expression>,
    pub(super) tally: Tally,
}

/// The bindings of a routing key.
#[derive(Debug, Default)]
pub(super) struct Keyed {
    pub(super) index: Index<Group>,
    /// By the address of the expression.
    entries: HashMap<usize, EntryId, foldhash::fast::RandomState>,
}

/// The bindings of one query.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) expression: Arc<Expression>,
    pub(super) bindings: BTreeMap<BindingId, Arc<Bound>>,
}

/// The bindings of one exchange.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    by_id: HashMap<BindingId, Arc<Bound>, foldhash::fast::RandomState>,
    by_key: HashMap<Arc<str>, Keyed, foldhash::fast::RandomState>,
}

/// How many bindings are decided in each way.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    pub(super) bindings: usize,
    pub(super) keys: usize,
    pub(super) expressions: usize,
    pub(super) constant: usize,
    pub(super) indexed: usize,
    pub(super) residual: usize,
    pub(super) scanned: usize,
    pub(super) evaluated: usize,
}

impl Bindings {
    /// Takes a binding, in place of the one with the same id.
    pub(super) fn insert(&mut self, id: BindingId, key: &str, compiled: &Compiled) {
        self.remove(id);
        let key = match self.by_key.get_key_value(key) {
            Some((known, _)) => Arc::clone(known),
            None => key.into(),
        };
        let expression = Arc::clone(&compiled.expression);
        let bound = Arc::new(Bound { id, key, expression, tally: Tally::default() });
        let keyed = self.by_key.entry(Arc::clone(&bound.key)).or_default();
        keyed.insert(&bound, compiled);
        self.by_id.insert(id, bound);
    }

    /// Forgets a binding; none where there is no such.
    pub(super) fn remove(&mut self, id: BindingId) -> Option<Arc<Bound>> {
        let bound = self.by_id.remove(&id)?;
        if let Some(keyed) = self.by_key.get_mut(&bound.key) {
            keyed.remove(&bound);
            if keyed.index.len() == 0 {
                self.by_key.remove(&bound.key);
            }
        }
        Some(bound)
    }

    /// The binding of this id.
    pub(super) fn get(&self, id: BindingId) -> Option<&Arc<Bound>> {
        self.by_id.get(&id)
    }

    /// The bindings that a message with this routing key may match.
    pub(super) fn keyed(&self, key: &str) -> Option<&Keyed> {
        self.by_key.get(key)
    }

    /// The way that a binding is decided, and for each branch of its conditions what finds it.
    pub(super) fn way(&self, bound: &Bound) -> Option<(Way, Vec<Vec<String>>)> {
        let keyed = self.by_key.get(&bound.key)?;
        let entry = *keyed.entries.get(&address(&bound.expression))?;
        Some((keyed.index.get(entry)?.way, keyed.index.found_by(entry)))
    }

    /// How many there are.
    pub(super) fn sizes(&self) -> Sizes {
        let mut sizes =
            Sizes { bindings: self.by_id.len(), keys: self.by_key.len(), ..Sizes::default() };
        for entry in self.by_key.values().flat_map(|keyed| keyed.index.iter()) {
            sizes.expressions += 1;
            let counter = match entry.way {
                Way::Constant => &mut sizes.constant,
                Way::Indexed => &mut sizes.indexed,
                Way::Residual => &mut sizes.residual,
                Way::Scanned => &mut sizes.scanned,
                Way::Evaluated => &mut sizes.evaluated,
            };
            *counter += entry.owner.bindings.len();
        }
        sizes
    }
}

impl Keyed {
    fn insert(&mut self, bound: &Arc<Bound>, compiled: &Compiled) {
        let address = address(&bound.expression);
        let known = self.entries.get(&address).and_then(|entry| self.index.get_mut(*entry));
        if let Some(entry) = known {
            entry.owner.bindings.insert(bound.id, Arc::clone(bound));
            return;
        }
        let expression = Arc::clone(&bound.expression);
        let reads_body = expression.facts().reads_body;
        let bindings = BTreeMap::from([(bound.id, Arc::clone(bound))]);
        let group = Group { expression, bindings };
        let entry = self.index.insert(&compiled.conditions, reads_body, group);
        self.entries.insert(address, entry);
    }

    fn remove(&mut self, bound: &Bound) {
        let address = address(&bound.expression);
        let Some(entry) = self.entries.get(&address).copied() else { return };
        let Some(group) = self.index.get_mut(entry).map(|entry| &mut entry.owner) else { return };
        group.bindings.remove(&bound.id);
        if group.bindings.is_empty() {
            self.entries.remove(&address);
            self.index.remove(entry);
        }
    }
}

fn address(expression: &Arc<Expression>) -> usize {
    Arc::as_ptr(expression).addr()
}
