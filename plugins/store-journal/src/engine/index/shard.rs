//! One shard: who has it, and what is live in it.

use std::ops::Range;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry as MapEntry;
use philter_plugin_api::QueueRecord;

use super::Place;
use super::entries::BLOCK_IDS;
use super::keys::Keys;
use super::queue::{Left, Queue};
use super::settled::Settled;
use super::slots::{Slot, SlotId, Slots};
use super::usage::Usages;
use crate::format::Put;

/// The current delivery count of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) position: u64,
    pub(super) delivery_count: u32,
    pub(super) segment: u32,
}

/// Bytes of the operation that says a delivery count.
const MARK_BYTES: u32 = 24;

impl Mark {
    pub(super) fn place(&self) -> Place {
        Place { segment: self.segment, offset: 0, bytes: MARK_BYTES }
    }
}

/// What is live in a shard.
#[derive(Debug, Default)]
pub(super) struct ShardIndex {
    pub(super) epoch: u64,
    pub(super) node: String,
    queues: HashMap<u64, Queue, foldhash::fast::RandomState>,
    pub(super) keys: Keys,
    pub(super) slots: Slots,
    entries: u64,
}

impl ShardIndex {
    pub(super) fn acquire(&mut self, epoch: u64, node: &str) {
        if epoch > self.epoch {
            self.epoch = epoch;
            node.clone_into(&mut self.node);
        }
    }

    /// The current delivery count of an entry.
    pub(super) fn mark(&self, record: QueueRecord) -> Option<&Mark> {
        self.queues.get(&record.queue)?.marks.get(&record.id)
    }

    /// Every delivery count, in no order.
    pub(super) fn marks(&self) -> impl Iterator<Item = (QueueRecord, &Mark)> {
        self.queues.iter().flat_map(|(&queue, of_queue)| {
            let marks = of_queue.marks.iter();
            marks.map(move |(&id, mark)| (QueueRecord { queue, id }, mark))
        })
    }

    pub(super) fn mark_count(&self) -> usize {
        self.queues.values().map(|queue| queue.marks.len()).sum()
    }

    /// The slots of a queue's entries in a range of ids, in order.
    pub(super) fn range(&self, queue: u64, ids: Range<u64>) -> impl Iterator<Item = (u64, SlotId)> {
        let queue = self.queues.get(&queue).into_iter();
        queue.flat_map(move |queue| queue.range(ids.clone())).map(|(id, entry)| (id, entry.slot))
    }

    pub(super) fn slot_of(&self, record: QueueRecord) -> Option<SlotId> {
        self.queues.get(&record.queue)?.get(record.id).map(|entry| entry.slot)
    }

    /// A message that is not there yet.
    pub(super) fn put(&mut self, put: &Put<'_>, position: u64, place: Place, usages: &mut Usages) {
        let slot = self.new_slot(put.message, position, place, usages);
        for record in put.queues.iter() {
            self.enter(record, slot, usages);
        }
    }

    /// A message out of another segment: where it is there it moves, else it is as if put.
    pub(super) fn put_copy(
        &mut self,
        put: &Put<'_>,
        position: u64,
        place: Place,
        usages: &mut Usages,
    ) {
        let mut moved = None;
        let mut made = None;
        for record in put.queues.iter() {
            let found =
                self.slot_of(record).filter(|slot| self.slots.get(*slot).position == position);
            match found {
                Some(slot) if moved == Some(slot) => {}
                Some(slot) => {
                    moved = Some(slot);
                    if let Some(from) = self.slots.move_to(slot, place) {
                        usages.move_record(from, place);
                    }
                }
                None => {
                    let slot = *made
                        .get_or_insert_with(|| self.new_slot(put.message, position, place, usages));
                    self.enter(record, slot, usages);
                }
            }
        }
    }

    fn new_slot(
        &mut self,
        message: u64,
        position: u64,
        place: Place,
        usages: &mut Usages,
    ) -> SlotId {
        usages.add_record(place);
        self.slots.insert(Slot { message, position, place, entries: 0 })
    }

    fn enter(&mut self, record: QueueRecord, slot: SlotId, usages: &mut Usages) {
        self.slots.add_entry(slot);
        self.entries += 1;
        let position = self.slots.get(slot).position;
        let queue = self.queues.entry(record.queue).or_default();
        if let Some(former) = queue.insert(record.id, slot, position) {
            self.leave(&former, usages);
        }
    }

    /// An entry is not in its queue any more; answers the segment of its message.
    fn leave(&mut self, left: &Left, usages: &mut Usages) -> u32 {
        self.entries -= 1;
        if let Some(mark) = left.mark {
            usages.remove_record(mark.place());
        }
        self.slots.leave(left.slot, usages)
    }

    /// Entries in a row are settled, those that were put before this position. Whole blocks of them
    /// are answered, to be let go of.
    pub(super) fn delete(
        &mut self,
        queue: u64,
        (first, count): (u64, u32),
        position: u64,
        by: u32,
        usages: &mut Usages,
    ) -> Option<Settled> {
        let last = first.saturating_add(u64::from(count).saturating_sub(1));
        let mut taken = Vec::new();
        for number in first / BLOCK_IDS..=last / BLOCK_IDS {
            let of_queue = self.queues.get_mut(&queue)?;
            let (low, high) = (number * BLOCK_IDS, number * BLOCK_IDS + (BLOCK_IDS - 1));
            if first <= low && high <= last && of_queue.is_before(position) {
                let unmark = |mark: Mark| usages.remove_record(mark.place());
                if let Some(block) = of_queue.take_block(number, unmark) {
                    self.entries -= block.len();
                    taken.push(block);
                }
            } else {
                for id in low.max(first)..=high.min(last) {
                    self.settle(QueueRecord { queue, id }, position, by, usages);
                }
            }
            if self.queues.get(&queue).is_some_and(|queue| queue.len() == 0) {
                self.queues.remove(&queue);
                break;
            }
        }
        (!taken.is_empty()).then(|| Settled::blocks(taken.into_iter(), by))
    }

    /// An entry is settled where it was put before this position.
    fn settle(&mut self, record: QueueRecord, position: u64, by: u32, usages: &mut Usages) {
        let Some(queue) = self.queues.get_mut(&record.queue) else { return };
        let is_older = |slot| self.slots.get(slot).position < position;
        if let Some(left) = queue.remove_if(record.id, is_older) {
            let of = self.leave(&left, usages);
            usages.bury(of, by);
        }
    }

    /// Every entry of a queue that was put before this position is settled. Where that is all, it
    /// is answered, to be let go of.
    pub(super) fn purge(
        &mut self,
        queue: u64,
        position: u64,
        by: u32,
        usages: &mut Usages,
    ) -> Option<Settled> {
        let of_queue = self.queues.get_mut(&queue)?;
        // A copy of a purge finds nothing, however long the queue is by now.
        if of_queue.is_behind(position) {
            return None;
        }
        if of_queue.is_before(position) {
            let purged = self.queues.remove(&queue)?;
            self.entries -= purged.len();
            return Some(Settled::queue(purged, by));
        }
        let ids = of_queue.ids(|slot| self.slots.get(slot).position < position);
        of_queue.begins_at(position);
        for id in ids {
            self.settle(QueueRecord { queue, id }, position, by, usages);
        }
        None
    }

    /// An entry was handed out so often. Without the entry it says nothing.
    pub(super) fn set_mark(
        &mut self,
        record: QueueRecord,
        delivery_count: u32,
        position: u64,
        place: Place,
        usages: &mut Usages,
    ) {
        let Some(queue) = self.queues.get_mut(&record.queue) else { return };
        let Some(entry) = queue.get(record.id) else { return };
        if self.slots.get(entry.slot).position >= position {
            return;
        }
        queue.set_marked(record.id);
        let mark = Mark { position, delivery_count, segment: place.segment };
        match queue.marks.entry(record.id) {
            MapEntry::Vacant(vacant) => {
                vacant.insert(mark);
                usages.add_record(mark.place());
            }
            MapEntry::Occupied(mut current) if current.get().position <= position => {
                let former = current.insert(mark);
                usages.remove_record(former.place());
                usages.add_record(mark.place());
            }
            MapEntry::Occupied(_) => {}
        }
    }

    pub(super) fn statistics(&self) -> serde_json::Value {
        serde_json::json!({
            "epoch": self.epoch,
            "node": self.node,
            "messages": self.slots.len(),
            "entries": self.entries,
            "queues": self.queues.len(),
            "marks": self.mark_count(),
            "meta_keys": self.keys.len(),
        })
    }
}
