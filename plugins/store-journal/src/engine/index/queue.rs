//! What is live of one queue: its entries, and their delivery counts.
//!
//! Invariant: an entry has a delivery count here exactly where it is marked.

use std::ops::Range;

use hashbrown::HashMap;

use super::entries::{Block, Blocks, Entries, Entry};
use super::shard::Mark;
use super::slots::SlotId;

/// Delivery counts by the ids of entries.
pub(super) type Marks = HashMap<u64, Mark, foldhash::fast::RandomState>;

/// A queue's entries.
#[derive(Debug)]
pub(super) struct Queue {
    entries: Entries,
    pub(super) marks: Marks,
    /// No message of an entry was put before this position,
    oldest: u64,
    /// and none behind this one.
    newest: u64,
}

/// An entry that left its queue, with its delivery count.
#[derive(Debug)]
pub(super) struct Left {
    pub(super) slot: SlotId,
    pub(super) mark: Option<Mark>,
}

impl Default for Queue {
    fn default() -> Self {
        let (entries, marks) = (Entries::default(), Marks::default());
        Self { entries, marks, oldest: u64::MAX, newest: 0 }
    }
}

impl Queue {
    pub(super) fn len(&self) -> u64 {
        self.entries.len()
    }

    pub(super) fn get(&self, id: u64) -> Option<Entry> {
        self.entries.get(id)
    }

    /// The entries whose ids are in a range, in order.
    pub(super) fn range(&self, ids: Range<u64>) -> impl Iterator<Item = (u64, Entry)> {
        self.entries.range(ids)
    }

    /// Whether every message was put before this position.
    pub(super) fn is_before(&self, position: u64) -> bool {
        self.newest < position
    }

    /// Whether no message was put before this position.
    pub(super) fn is_behind(&self, position: u64) -> bool {
        self.oldest >= position
    }

    /// What was put before this position is not here any more.
    pub(super) fn begins_at(&mut self, position: u64) {
        self.oldest = self.oldest.max(position);
    }

    /// Puts an entry of a message that was put at this position; answers the one that had its id.
    pub(super) fn insert(&mut self, id: u64, slot: SlotId, position: u64) -> Option<Left> {
        self.oldest = self.oldest.min(position);
        self.newest = self.newest.max(position);
        let former = self.entries.insert(id, slot)?;
        Some(self.left(id, former))
    }

    pub(super) fn set_marked(&mut self, id: u64) {
        self.entries.set_marked(id);
    }

    /// Removes the entry with this id where `is_meant` says so of its slot.
    pub(super) fn remove_if(
        &mut self,
        id: u64,
        is_meant: impl FnOnce(SlotId) -> bool,
    ) -> Option<Left> {
        let entry = self.entries.remove_if(id, |entry| is_meant(entry.slot))?;
        Some(self.left(id, entry))
    }

    fn left(&mut self, id: u64, entry: Entry) -> Left {
        let mark = entry.is_marked.then(|| self.marks.remove(&id)).flatten();
        Left { slot: entry.slot, mark }
    }

    /// Takes out the block with this number; `unmark` is shown the delivery counts of its entries.
    pub(super) fn take_block(
        &mut self,
        number: u64,
        mut unmark: impl FnMut(Mark),
    ) -> Option<Box<Block>> {
        let block = self.entries.take_block(number)?;
        if !self.marks.is_empty() {
            let marked = block.entries(number).filter(|(_, entry)| entry.is_marked);
            marked.filter_map(|(id, _)| self.marks.remove(&id)).for_each(&mut unmark);
        }
        Some(block)
    }

    /// The ids of the entries that `is_meant` says so of, in no order.
    pub(super) fn ids(&self, is_meant: impl Fn(SlotId) -> bool) -> Vec<u64> {
        let meant = self.entries.iter().filter(|(_, entry)| is_meant(entry.slot));
        meant.map(|(id, _)| id).collect()
    }

    /// All that it has, to be taken apart.
    pub(super) fn into_parts(self) -> (Blocks, Marks) {
        (self.entries.into_blocks(), self.marks)
    }
}
