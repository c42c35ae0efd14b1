//! The bindings of one exchange, by id, by destination and by key.
//!
//! A binding is pending from [`BindingTable::begin`] to [`BindingTable::finish`], while the plugin is
//! asked; then it is live. Invariants: ids ascend; of bindings that are the same one at the most is in
//! the table, but for the moment in which a new one replaces an old one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashMap;
use philter_plugin_api::{BindingId, Bound, Reads};

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
#[derive(Clone, Debug, Default)]
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

/// All bindings of an exchange.
#[derive(Debug, Default)]
pub struct BindingTable {
    rows: BTreeMap<BindingId, Row>,
    by_destination: HashMap<Destination, BTreeSet<BindingId>>,
    by_key: HashMap<Arc<str>, BTreeSet<BindingId>>,
    /// Live bindings by what they read, and how many say that their answers must not be cached.
    reads: HashMap<Reads, usize>,
    uncacheable: usize,
}

impl BindingTable {
    /// How many bindings there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Decides what a bind means; `id` is used where a new binding is made.
    pub fn begin(&mut self, new: NewBinding, id: BindingId) -> BindDecision {
        let same = self.find_same(&new).map(|row| {
            (row.binding.id, row.bound.is_none(), row.binding.content.arguments == new.arguments)
        });
        let replaces = match same {
            Some((_, true, _)) => return BindDecision::Busy,
            Some((id, _, true)) => return BindDecision::Exists(id),
            Some((id, ..)) => Some(id),
            None => None,
        };
        let binding = Arc::new(Binding { id, content: new });
        self.insert(Row { binding: Arc::clone(&binding), bound: None });
        BindDecision::Bind { binding, replaces }
    }

    fn find_same(&self, new: &NewBinding) -> Option<&Row> {
        let ids = self.by_destination.get(&new.destination)?;
        // Whichever of the two indexes has fewer.
        let keyed = self.by_key.get(&new.key)?;
        let fewer = if ids.len() <= keyed.len() { ids } else { keyed };
        fewer
            .iter()
            .rev()
            .filter_map(|id| self.rows.get(id))
            .find(|row| new.is_same_as(&row.binding.content))
    }

    fn insert(&mut self, row: Row) {
        let Binding { id, content } = &*row.binding;
        self.by_destination.entry(content.destination.clone()).or_default().insert(*id);
        self.by_key.entry(Arc::clone(&content.key)).or_default().insert(*id);
        self.rows.insert(*id, row);
    }

    /// The plugin took a pending binding: it is live.
    pub fn finish(&mut self, id: BindingId, bound: Bound) {
        if let Some(row) = self.rows.get_mut(&id)
            && row.bound.is_none()
        {
            row.bound = Some(bound);
            *self.reads.entry(bound.reads).or_default() += 1;
            self.uncacheable += usize::from(!bound.cacheable);
        }
    }

    /// The plugin refused a pending binding.
    pub fn abandon(&mut self, id: BindingId) {
        self.remove(id);
    }

    /// Takes a binding out.
    pub fn remove(&mut self, id: BindingId) -> Option<Arc<Binding>> {
        let row = self.rows.remove(&id)?;
        let content = &row.binding.content;
        if let Some(ids) = self.by_destination.get_mut(&content.destination) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_destination.remove(&content.destination);
            }
        }
        if let Some(ids) = self.by_key.get_mut(&content.key) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_key.remove(&content.key);
            }
        }
        if let Some(bound) = row.bound {
            if let Some(count) = self.reads.get_mut(&bound.reads) {
                *count -= 1;
                if *count == 0 {
                    self.reads.remove(&bound.reads);
                }
            }
            self.uncacheable -= usize::from(!bound.cacheable);
        }
        Some(row.binding)
    }

    /// The live binding of this id.
    pub fn get(&self, id: BindingId) -> Option<&Arc<Binding>> {
        self.rows.get(&id).filter(|row| row.bound.is_some()).map(|row| &row.binding)
    }

    /// The live bindings to a destination, in the order of their ids.
    pub fn to(&self, destination: &Destination) -> Vec<BindingId> {
        self.by_destination.get(destination).into_iter().flatten().copied().collect()
    }

    /// The live bindings to a destination with this key.
    pub fn find(&self, destination: &Destination, key: &str) -> Vec<BindingId> {
        let criteria = Criteria { destination: Some(destination), key: Some(key), arguments: None };
        self.matching(&criteria).map(|binding| binding.id).collect()
    }

    /// Whether any live binding meets the criteria.
    pub fn any(&self, criteria: &Criteria<'_>) -> bool {
        self.matching(criteria).next().is_some()
    }

    /// Every live binding, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Binding>> {
        self.rows.values().filter(|row| row.bound.is_some()).map(|row| &row.binding)
    }

    fn matching<'t>(
        &'t self,
        criteria: &'t Criteria<'_>,
    ) -> Box<dyn Iterator<Item = &'t Arc<Binding>> + 't> {
        let live = |id: &BindingId| self.get(*id);
        let candidates: Box<dyn Iterator<Item = &Arc<Binding>>> =
            match (criteria.destination, criteria.key) {
                (Some(destination), _) => {
                    let ids = self.by_destination.get(destination).into_iter().flatten();
                    Box::new(ids.filter_map(live))
                }
                (None, Some(key)) => {
                    Box::new(self.by_key.get(key).into_iter().flatten().filter_map(live))
                }
                (None, None) => Box::new(self.iter()),
            };
        Box::new(candidates.filter(|binding| {
            criteria.key.is_none_or(|key| &*binding.content.key == key)
                && criteria.arguments.is_none_or(|args| &*binding.content.arguments == args)
        }))
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

#[cfg(test)]
mod tests {
    use philter_plugin_api::Protocol;

    use super::*;

    const KEY_ONLY: Bound = Bound { reads: Reads::KEY, cacheable: true };

    fn new(queue: &str, key: &str, arguments: &[u8], declared_by: Protocol) -> NewBinding {
        NewBinding {
            destination: Destination::Queue(queue.into()),
            key: key.into(),
            arguments: arguments.into(),
            declared_by,
        }
    }

    fn bind(table: &mut BindingTable, new: NewBinding, id: u64) -> BindDecision {
        let decision = table.begin(new, BindingId(id));
        if let BindDecision::Bind { binding, .. } = &decision {
            table.finish(binding.id, KEY_ONLY);
        }
        decision
    }

    #[test]
    fn in_0_10_other_arguments_replace_and_in_0_9_1_both_stand() {
        let mut table = BindingTable::default();
        for (protocol, replaced) in
            [(Protocol::V0_10, Some(BindingId(1))), (Protocol::V0_9_1, None)]
        {
            table = BindingTable::default();
            bind(&mut table, new("q", "k", b"a", protocol), 1);
            let again = bind(&mut table, new("q", "k", b"a", protocol), 2);
            assert_eq!(again, BindDecision::Exists(BindingId(1)));
            let other = table.begin(new("q", "k", b"b", protocol), BindingId(3));
            let BindDecision::Bind { replaces, binding } = other else { panic!() };
            assert_eq!((replaces, binding.id), (replaced, BindingId(3)));
        }
        let busy = table.begin(new("q", "k", b"b", Protocol::V0_9_1), BindingId(4));
        assert_eq!(busy, BindDecision::Busy);
    }

    #[test]
    fn a_binding_is_found_when_it_is_live_and_by_every_index() {
        let mut table = BindingTable::default();
        let queue = Destination::Queue("q".into());
        table.begin(new("q", "k", b"", Protocol::V0_10), BindingId(1));
        assert!(table.get(BindingId(1)).is_none());
        assert!(!table.any(&Criteria::default()));
        table.finish(BindingId(1), KEY_ONLY);
        bind(&mut table, new("q", "l", b"x", Protocol::V0_10), 2);
        assert_eq!(table.to(&queue), [BindingId(1), BindingId(2)]);
        assert_eq!(table.find(&queue, "l"), [BindingId(2)]);
        let criteria = |key, arguments| Criteria { destination: None, key, arguments };
        assert!(table.any(&criteria(Some("k"), None)));
        assert!(!table.any(&criteria(Some("k"), Some(b"x"))));
        assert!(table.any(&criteria(None, Some(b"x"))));
        table.remove(BindingId(1));
        table.remove(BindingId(2));
        assert!(table.is_empty() && table.by_destination.is_empty() && table.by_key.is_empty());
    }

    #[test]
    fn what_is_read_is_the_union_and_narrows_again() {
        let mut table = BindingTable::default();
        bind(&mut table, new("q", "k", b"", Protocol::V0_10), 1);
        assert!(table.is_cacheable());
        table.begin(new("r", "k", b"", Protocol::V0_10), BindingId(2));
        table.finish(BindingId(2), Bound { reads: Reads::HEADERS, cacheable: true });
        assert!(!table.is_cacheable());
        assert!(table.reads().contains(Reads::HEADERS) && table.reads().contains(Reads::KEY));
        table.remove(BindingId(2));
        assert!(table.is_cacheable());
        table.begin(new("r", "k", b"", Protocol::V0_10), BindingId(3));
        table.finish(BindingId(3), Bound { reads: Reads::KEY, cacheable: false });
        assert!(!table.is_cacheable());
    }
}
