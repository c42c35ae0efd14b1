//! Entries that nobody holds, in order of arrival.
//!
//! Invariant: every entry from `fresh_from` on that is not held is available, and before it those
//! that came back. Entries that are held are stepped over once. Those that are away are available.

use std::collections::BTreeSet;

use crate::queue::EntryId;
use crate::queue::segment::Segments;

/// Which entries are available.
#[derive(Debug, Default)]
pub(super) struct Arrival {
    fresh_from: EntryId,
    /// Available entries before `fresh_from`.
    released: BTreeSet<EntryId>,
}

impl Arrival {
    /// The first entry before `end` that nobody holds.
    pub(super) fn first(&mut self, entries: &Segments, end: EntryId) -> Option<EntryId> {
        if let Some(id) = self.released.first() {
            return Some(*id);
        }
        loop {
            let id = entries.at_or_after(self.fresh_from).filter(|id| *id < end)?;
            self.fresh_from = id;
            if entries.get(id).is_none_or(|entry| entry.holder.is_none()) {
                return Some(id);
            }
            self.fresh_from = id.next();
        }
    }

    /// Whether nobody has got to this entry yet, or to any behind it.
    pub(super) fn is_fresh(&self, id: EntryId) -> bool {
        id >= self.fresh_from
    }

    /// An entry is held now.
    pub(super) fn hold(&mut self, id: EntryId) {
        if id == self.fresh_from {
            self.fresh_from = id.next();
        } else if id < self.fresh_from {
            self.released.remove(&id);
        }
    }

    /// An entry that was held is available again.
    pub(super) fn release(&mut self, id: EntryId) {
        if id < self.fresh_from {
            self.released.insert(id);
        }
    }

    /// An available entry is gone.
    pub(super) fn remove(&mut self, id: EntryId) {
        if id < self.fresh_from {
            self.released.remove(&id);
        }
    }

    #[cfg(test)]
    pub(super) fn has_returned(&self) -> bool {
        !self.released.is_empty()
    }
}
