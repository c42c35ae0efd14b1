//! The bindings of one exchange: by routing key, and under it by expression.
//!
//! Invariants: a binding stands in both maps or in none; equal queries under one key stand
//! together, so that one evaluation answers for all of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use philter_plugin_api::BindingId;

use crate::tally::Tally;
use crate::workers::Expression;

/// A binding.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) id: BindingId,
    pub(super) key: Box<str>,
    pub(super) expression: Arc<Expression>,
    pub(super) tally: Tally,
}

/// The bindings that one expression decides about.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) expression: Arc<Expression>,
    pub(super) bindings: BTreeMap<BindingId, Arc<Bound>>,
}

/// The bindings of one exchange.
#[derive(Debug, Default)]
pub(super) struct Bindings {
    by_id: HashMap<BindingId, Arc<Bound>, foldhash::fast::RandomState>,
    by_key: HashMap<Box<str>, Groups, foldhash::fast::RandomState>,
}

/// By the address of the expression.
type Groups = HashMap<usize, Group, foldhash::fast::RandomState>;

impl Bindings {
    /// Takes a binding, in place of the one with the same id.
    pub(super) fn insert(&mut self, bound: Bound) {
        self.remove(bound.id);
        let bound = Arc::new(bound);
        let groups = self.by_key.entry(bound.key.clone()).or_default();
        let group = groups.entry(address(&bound.expression)).or_insert_with(|| Group {
            expression: Arc::clone(&bound.expression),
            bindings: BTreeMap::new(),
        });
        group.bindings.insert(bound.id, Arc::clone(&bound));
        self.by_id.insert(bound.id, bound);
    }

    /// Forgets a binding; none where there is no such.
    pub(super) fn remove(&mut self, id: BindingId) -> Option<Arc<Bound>> {
        let bound = self.by_id.remove(&id)?;
        if let Some(groups) = self.by_key.get_mut(&bound.key) {
            let address = address(&bound.expression);
            if let Some(group) = groups.get_mut(&address) {
                group.bindings.remove(&id);
                if group.bindings.is_empty() {
                    groups.remove(&address);
                }
            }
            if groups.is_empty() {
                self.by_key.remove(&bound.key);
            }
        }
        Some(bound)
    }

    /// The binding of this id.
    pub(super) fn get(&self, id: BindingId) -> Option<&Arc<Bound>> {
        self.by_id.get(&id)
    }

    /// The groups that a message with this routing key may match.
    pub(super) fn groups(&self, key: &str) -> impl Iterator<Item = &Group> {
        self.by_key.get(key).into_iter().flat_map(HashMap::values)
    }

    /// How many bindings, keys and expressions under keys there are.
    pub(super) fn sizes(&self) -> (usize, usize, usize) {
        let expressions = self.by_key.values().map(HashMap::len).sum();
        (self.by_id.len(), self.by_key.len(), expressions)
    }
}

fn address(expression: &Arc<Expression>) -> usize {
    Arc::as_ptr(expression).addr()
}
