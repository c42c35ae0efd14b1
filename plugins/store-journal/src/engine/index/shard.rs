//! One shard: who has it, and what is live in it.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry as MapEntry;
use philter_plugin_api::QueueRecord;

use super::Place;
use super::entries::{Entries, Entry};
use super::keys::Keys;
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
    fn place(&self) -> Place {
        Place { segment: self.segment, offset: 0, bytes: MARK_BYTES }
    }
}

/// What is live in a shard.
#[derive(Debug, Default)]
pub(super) struct ShardIndex {
    pub(super) epoch: u64,
    pub(super) node: String,
    pub(super) queues: HashMap<u64, Entries, foldhash::fast::RandomState>,
    marks: HashMap<QueueRecord, Mark, foldhash::fast::RandomState>,
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
        self.marks.get(&record)
    }

    /// Every delivery count, in no order.
    pub(super) fn marks(&self) -> impl Iterator<Item = (QueueRecord, &Mark)> {
        self.marks.iter().map(|(record, mark)| (*record, mark))
    }

    pub(super) fn mark_count(&self) -> usize {
        self.marks.len()
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
        let former = self.queues.entry(record.queue).or_default().insert(record.id, slot);
        if let Some(former) = former {
            self.leave(record, former, usages);
        }
    }

    /// An entry is not in its queue any more; answers the segment of its message.
    fn leave(&mut self, record: QueueRecord, entry: Entry, usages: &mut Usages) -> u32 {
        self.entries -= 1;
        if entry.is_marked
            && let Some(mark) = self.marks.remove(&record)
        {
            usages.remove_record(mark.place());
        }
        let segment = self.slots.get(entry.slot).place.segment;
        if let Some(place) = self.slots.remove_entry(entry.slot) {
            usages.remove_record(place);
        }
        segment
    }

    /// Entries in a row are settled, those that were put before this position.
    pub(super) fn delete(
        &mut self,
        queue: u64,
        (first, count): (u64, u32),
        position: u64,
        by: u32,
        usages: &mut Usages,
    ) {
        let last = first.saturating_add(u64::from(count).saturating_sub(1));
        for id in first..=last {
            let Some(entries) = self.queues.get_mut(&queue) else { return };
            let is_older = |entry: Entry| self.slots.get(entry.slot).position < position;
            let Some(entry) = entries.remove_if(id, is_older) else { continue };
            if entries.len() == 0 {
                self.queues.remove(&queue);
            }
            let of = self.leave(QueueRecord { queue, id }, entry, usages);
            usages.bury(of, by);
        }
    }

    /// Every entry of a queue that was put before this position is settled.
    pub(super) fn purge(&mut self, queue: u64, position: u64, by: u32, usages: &mut Usages) {
        let Some(entries) = self.queues.remove(&queue) else { return };
        for (id, entry) in entries.iter() {
            let record = QueueRecord { queue, id };
            if self.slots.get(entry.slot).position < position {
                let of = self.leave(record, entry, usages);
                usages.bury(of, by);
                continue;
            }
            let kept = self.queues.entry(queue).or_default();
            kept.insert(id, entry.slot);
            if entry.is_marked {
                kept.set_marked(id);
            }
        }
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
        let Some(entries) = self.queues.get_mut(&record.queue) else { return };
        let Some(entry) = entries.get(record.id) else { return };
        if self.slots.get(entry.slot).position >= position {
            return;
        }
        entries.set_marked(record.id);
        let mark = Mark { position, delivery_count, segment: place.segment };
        match self.marks.entry(record) {
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
