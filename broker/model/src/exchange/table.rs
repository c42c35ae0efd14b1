//! The bindings of one exchange: by id, by destination and key, and by key.
//!
//! A binding is pending from [`BindingTable::begin`] to [`BindingTable::finish`], while the plugin
//! is asked; then it is live. Invariants:
//! - ids ascend; of bindings that are the same for their protocol at most one is in the table, but
//!   for the moment in which a new one replaces an old one;
//! - with a hundred thousand bindings, whatever names a destination or a key costs a search and
//!   what it finds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashMap;
use philter_plugin_api::{BindingId, Bound, Protocol, Reads};

use crate::exchange::binding::{Binding, Destination, NewBinding};

/// What is to be done for a bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindDecision {
    /// It is there already, with equal arguments.
    Exists(BindingId),
    /// Another caller is making the same one; ask again when it is done.
    Busy,
    /// Ask the plugin to bind this, then [`BindingTable::finish`] or [`BindingTable::abandon`].
    Bind {
        /// The new binding.
        binding: Arc<Binding>,
        /// The one that it replaces: unbind it afterwards.
        replaces: Option<BindingId>,
    },
}

/// What to look for; none matches everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Criteria<'a> {
    /// The destination.
    pub destination: Option<&'a Destination>,
    /// The key.
    pub key: Option<&'a str>,
    /// The arguments, encoded.
    pub arguments: Option<&'a [u8]>,
}

#[derive(Debug)]
struct Row {
    binding: Arc<Binding>,
    /// None while pending.
    bound: Option<Bound>,
}

/// What a binding is found by.
type Address = (Destination, Arc<str>, Arc<[u8]>, BindingId);

/// All bindings of an exchange.
#[derive(Debug, Default)]
pub struct BindingTable {
    rows: BTreeMap<BindingId, Row>,
    by_address: BTreeSet<Address>,
    by_key: BTreeSet<(Arc<str>, BindingId)>,
    /// Live bindings by what they read, and how many say that their answers must not be cached.
    reads: HashMap<Reads, usize>,
    uncacheable: usize,
}

impl BindingTable {
    /// How many bindings there are, pending ones included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Decides what a bind means; `id`, which is higher than any before, is used where a new
    /// binding is made.
    pub fn begin(&mut self, new: NewBinding, id: BindingId) -> BindDecision {
        let replaces = match self.standing(&new) {
            Standing::None => None,
            Standing::Busy => return BindDecision::Busy,
            Standing::Same(id) => return BindDecision::Exists(id),
            Standing::Other(id) => Some(id),
        };
        let binding = Arc::new(Binding { id, content: new });
        self.by_address.insert(address(&binding));
        self.by_key.insert((Arc::clone(&binding.content.key), id));
        self.rows.insert(id, Row { binding: Arc::clone(&binding), bound: None });
        BindDecision::Bind { binding, replaces }
    }

    /// What stands where a new binding is to stand.
    fn standing(&self, new: &NewBinding) -> Standing {
        let equal = Criteria {
            destination: Some(&new.destination),
            key: Some(&new.key),
            arguments: Some(&new.arguments),
        };
        if let Some(row) = self.rows_of(&equal).next() {
            return match row.bound {
                Some(_) => Standing::Same(row.binding.id),
                None => Standing::Busy,
            };
        }
        // To 0-9-1 bindings with other arguments are other bindings.
        if new.declared_by == Protocol::V0_9_1 {
            return Standing::None;
        }
        let mut newest = Standing::None;
        for row in self.rows_of(&Criteria { arguments: None, ..equal }) {
            newest = match (row.bound, newest) {
                (None, _) => return Standing::Busy,
                (_, Standing::Other(id)) if id > row.binding.id => Standing::Other(id),
                _ => Standing::Other(row.binding.id),
            };
        }
        newest
    }

    /// The plugin took a pending binding: it is live. Answers false where it was removed meanwhile:
    /// it must be unbound.
    pub fn finish(&mut self, id: BindingId, bound: Bound) -> bool {
        let Some(row) = self.rows.get_mut(&id) else { return false };
        if row.bound.is_none() {
            row.bound = Some(bound);
            *self.reads.entry(bound.reads).or_default() += 1;
            self.uncacheable += usize::from(!bound.cacheable);
        }
        true
    }

    /// The plugin refused a pending binding.
    pub fn abandon(&mut self, id: BindingId) {
        self.remove(id);
    }

    /// Takes a binding out.
    pub fn remove(&mut self, id: BindingId) -> Option<Arc<Binding>> {
        let row = self.rows.remove(&id)?;
        self.by_address.remove(&address(&row.binding));
        self.by_key.remove(&(Arc::clone(&row.binding.content.key), id));
        if let Some(bound) = row.bound {
            self.forget(bound);
        }
        Some(row.binding)
    }

    fn forget(&mut self, bound: Bound) {
        if let Some(count) = self.reads.get_mut(&bound.reads) {
            *count -= 1;
            if *count == 0 {
                self.reads.remove(&bound.reads);
            }
        }
        self.uncacheable -= usize::from(!bound.cacheable);
    }

    /// The live binding of this id.
    pub fn get(&self, id: BindingId) -> Option<&Arc<Binding>> {
        self.rows.get(&id).filter(|row| row.bound.is_some()).map(|row| &row.binding)
    }

    /// The bindings to a destination, pending ones included, in the order of their ids: what has to
    /// go when the destination goes.
    pub fn to(&self, destination: &Destination) -> Vec<BindingId> {
        let criteria = Criteria { destination: Some(destination), ..Criteria::default() };
        let mut ids: Vec<_> = self.rows_of(&criteria).map(|row| row.binding.id).collect();
        ids.sort_unstable();
        ids
    }

    /// The live bindings that meet the criteria, in the order of their ids.
    pub fn find(&self, criteria: &Criteria<'_>) -> Vec<BindingId> {
        let live = self.rows_of(criteria).filter(|row| row.bound.is_some());
        let mut ids: Vec<_> = live.map(|row| row.binding.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Whether any live binding meets the criteria (0-10: exchange.bound). Arguments alone are
    /// looked for in every binding.
    pub fn any(&self, criteria: &Criteria<'_>) -> bool {
        self.rows_of(criteria).any(|row| row.bound.is_some())
    }

    /// Every live binding, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.rows.values().filter(|row| row.bound.is_some()).map(|row| &row.binding)
    }

    /// The rows that meet the criteria, by the narrowest index that there is.
    fn rows_of<'t>(&'t self, criteria: &Criteria<'t>) -> Box<dyn Iterator<Item = &'t Row> + 't> {
        let Criteria { destination, key, arguments } = *criteria;
        let has_arguments = move |row: &&Row| {
            arguments.is_none_or(|wanted| *row.binding.content.arguments == *wanted)
        };
        match (destination, key) {
            (Some(destination), key) => {
                let from: Address = (
                    destination.clone(),
                    key.map_or_else(Arc::default, Arc::from),
                    arguments.filter(|_| key.is_some()).map_or_else(Arc::default, Arc::from),
                    BindingId(0),
                );
                let own = self.by_address.range(from..).take_while(move |(to, with, having, _)| {
                    to == destination
                        && key.is_none_or(|key| **with == *key)
                        && (key.is_none() || arguments.is_none_or(|wanted| **having == *wanted))
                });
                Box::new(own.filter_map(|(.., id)| self.rows.get(id)).filter(has_arguments))
            }
            (None, Some(key)) => {
                let own = self.by_key.range((Arc::from(key), BindingId(0))..);
                let own = own.take_while(move |(with, _)| **with == *key);
                Box::new(own.filter_map(|(_, id)| self.rows.get(id)).filter(has_arguments))
            }
            (None, None) => Box::new(self.rows.values().filter(has_arguments)),
        }
    }

    /// What an answer depends on: the union over the live bindings.
    pub fn reads(&self) -> Reads {
        self.reads.keys().fold(Reads::default(), |all, reads| all | *reads)
    }

    /// Whether an answer may be cached by routing key.
    pub fn is_cacheable(&self) -> bool {
        self.uncacheable == 0 && self.reads.keys().all(|reads| reads.is_key_only())
    }
}

enum Standing {
    None,
    Busy,
    Same(BindingId),
    Other(BindingId),
}

fn address(binding: &Binding) -> Address {
    let NewBinding { destination, key, arguments, .. } = &binding.content;
    (destination.clone(), Arc::clone(key), Arc::clone(arguments), binding.id)
}

#[cfg(test)]
mod tests;
