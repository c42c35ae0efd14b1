//! What every instance has to know, and in which order it changed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::contract::Id;
use crate::limits::CHANGES_KEPT_MAX;

/// What instances are told, by id, with the last changes of it.
pub(super) struct Journal<I> {
    entries: BTreeMap<Id, Entry<I>>,
    changes: VecDeque<Change>,
    /// The number of the last change; the first one is 1.
    last: u64,
}

struct Entry<I> {
    item: Arc<I>,
    flags: u32,
    is_broken: bool,
}

/// How what is known changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Added(Id),
    Removed(Id),
}

/// Everything at one moment.
pub(super) struct Snapshot<I> {
    pub(super) items: Vec<(Id, Arc<I>)>,
    pub(super) last: u64,
}

impl<I> Default for Journal<I> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), changes: VecDeque::new(), last: 0 }
    }
}

impl<I> Journal<I> {
    /// The number of the last change.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    pub(super) fn add(&mut self, id: Id, item: I, flags: u32) -> u64 {
        self.entries.insert(id, Entry { item: Arc::new(item), flags, is_broken: false });
        self.push(Change::Added(id))
    }

    /// The number of the change; none where there is no such id.
    pub(super) fn remove(&mut self, id: Id) -> Option<u64> {
        self.entries.remove(&id)?;
        Some(self.push(Change::Removed(id)))
    }

    /// What is there under an id, if it is not broken.
    pub(super) fn item(&self, id: Id) -> Option<Arc<I>> {
        let entry = self.entries.get(&id).filter(|entry| !entry.is_broken);
        entry.map(|entry| Arc::clone(&entry.item))
    }

    /// Whether something is there under an id.
    pub(super) fn has(&self, id: Id) -> bool {
        self.entries.contains_key(&id)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether instances are not told of it any more.
    pub(super) fn is_broken(&self, id: Id) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.is_broken)
    }

    /// What the plugin said of an id when it was added.
    pub(super) fn flags(&self, id: Id) -> Option<u32> {
        self.entries.get(&id).map(|entry| entry.flags)
    }

    /// New code took it, and said this of it.
    pub(super) fn took(&mut self, id: Id, flags: u32) {
        if let Some(entry) = self.entries.get_mut(&id) {
            (entry.flags, entry.is_broken) = (flags, false);
        }
    }

    /// An instance did not take it: new ones are not told of it any more. Whether that is new.
    pub(super) fn set_broken(&mut self, id: Id) -> bool {
        self.entries
            .get_mut(&id)
            .is_some_and(|entry| !std::mem::replace(&mut entry.is_broken, true))
    }

    /// The changes behind `applied`; none where some of them are not kept any more.
    pub(super) fn since(&self, applied: u64) -> Option<Vec<Change>> {
        let missed = usize::try_from(self.last.saturating_sub(applied)).ok()?;
        let start = self.changes.len().checked_sub(missed)?;
        Some(self.changes.iter().skip(start).copied().collect())
    }

    /// Everything, or what is not broken.
    pub(super) fn snapshot(&self, with_broken: bool) -> Snapshot<I> {
        let told = self.entries.iter().filter(|(_, entry)| with_broken || !entry.is_broken);
        let items = told.map(|(id, entry)| (*id, Arc::clone(&entry.item)));
        Snapshot { items: items.collect(), last: self.last }
    }

    fn push(&mut self, change: Change) -> u64 {
        if self.changes.len() == CHANGES_KEPT_MAX {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
        self.last += 1;
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_hears_what_it_missed_or_that_it_missed_too_much() {
        let mut journal = Journal::default();
        assert_eq!(journal.since(0), Some(vec![]));
        assert_eq!([journal.add(7, (), 1), journal.add(8, (), 4)], [1, 2]);
        assert_eq!(journal.remove(7), Some(3));
        assert_eq!(journal.remove(7), None);
        assert_eq!(journal.since(1), Some(vec![Change::Added(8), Change::Removed(7)]));
        assert_eq!((journal.flags(8), journal.len(), journal.has(7)), (Some(4), 1, false));
        assert!(journal.set_broken(8) && !journal.set_broken(8));
        assert!(journal.item(8).is_none() && journal.snapshot(false).items.is_empty());
        journal.took(8, 1);
        assert!(journal.item(8).is_some() && journal.snapshot(false).items.len() == 1);
        for id in 0..CHANGES_KEPT_MAX as u64 {
            journal.add(100 + id, (), 0);
        }
        assert_eq!(journal.since(2), None);
        assert_eq!(journal.since(3).unwrap().len(), CHANGES_KEPT_MAX);
    }
}
