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
    pub(super) marks: HashMap<QueueRecord, Mark, foldhash::fast::RandomState>,
    pub(super) keys: Keys,
    messages: u64,
    entries: u64,
}

impl ShardIndex {
    pub(super) fn acquire(&mut self, epoch: u64, node: &str) {
        if epoch > self.epoch {
            self.epoch = epoch;
            node.clone_into(&mut self.node);
        }
    }

    pub(super) fn slot_of(&self, record: QueueRecord) -> Option<SlotId> {
        self.queues.get(&record.queue)?.get(record.id).map(|entry| entry.slot)
    }

    /// A message that is not there yet.
    pub(super) fn put(
        &mut self,
        put: &Put<'_>,
        position: u64,
        place: Place,
        slots: &mut Slots,
        usages: &mut Usages,
    ) {
        let slot = self.new_slot(put.message, position, place, slots, usages);
        for record in put.queues.iter() {
            self.enter(record, slot, slots, usages);
        }
    }

    /// A message out of another segment: where it is there it moves, else it is as if put.
    pub(super) fn put_copy(
        &mut self,
        put: &Put<'_>,
        position: u64,
        place: Place,
        slots: &mut Slots,
        usages: &mut Usages,
    ) {
        let mut moved = None;
        let mut made = None;
        for record in put.queues.iter() {
            let found = self.slot_of(record).filter(|slot| slots.get(*slot).position == position);
            match found {
                Some(slot) if moved == Some(slot) => {}
                Some(slot) => {
                    moved = Some(slot);
                    if let Some(from) = slots.move_to(slot, place) {
                        usages.move_record(from, place);
                    }
                }
                None => {
                    let slot = *made.get_or_insert_with(|| {
                        self.new_slot(put.message, position, place, slots, usages)
                    });
                    self.enter(record, slot, slots, usages);
                }
            }
        }
    }

    fn new_slot(
        &mut self,
        message: u64,
        position: u64,
        place: Place,
        slots: &mut Slots,
        usages: &mut Usages,
    ) -> SlotId {
        self.messages += 1;
        usages.add_record(place);
        slots.insert(Slot { message, position, place, entries: 0 })
    }

    fn enter(&mut self, record: QueueRecord, slot: SlotId, slots: &mut Slots, usages: &mut Usages) {
        slots.add_entry(slot);
        self.entries += 1;
        let former = self.queues.entry(record.queue).or_default().insert(record.id, slot);
        if let Some(former) = former {
            self.leave(record, former, slots, usages);
        }
    }

    /// An entry is not in its queue any more; answers the segment of its message.
    fn leave(
        &mut self,
        record: QueueRecord,
        entry: Entry,
        slots: &mut Slots,
        usages: &mut Usages,
    ) -> u32 {
        self.entries -= 1;
        if entry.is_marked
            && let Some(mark) = self.marks.remove(&record)
        {
            usages.remove_record(mark.place());
        }
        let segment = slots.get(entry.slot).place.segment;
        if let Some(place) = slots.remove_entry(entry.slot) {
            self.messages -= 1;
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
        slots: &mut Slots,
        usages: &mut Usages,
    ) {
        let last = first.saturating_add(u64::from(count).saturating_sub(1));
        for id in first..=last {
            let Some(entries) = self.queues.get_mut(&queue) else { return };
            let is_older = |entry: Entry| slots.get(entry.slot).position < position;
            let Some(entry) = entries.remove_if(id, is_older) else { continue };
            if entries.len() == 0 {
                self.queues.remove(&queue);
            }
            let of = self.leave(QueueRecord { queue, id }, entry, slots, usages);
            usages.bury(of, by);
        }
    }

    /// Every entry of a queue that was put before this position is settled.
    pub(super) fn purge(
        &mut self,
        queue: u64,
        position: u64,
        by: u32,
        slots: &mut Slots,
        usages: &mut Usages,
    ) {
        let Some(entries) = self.queues.remove(&queue) else { return };
        for (id, entry) in entries.iter() {
            let record = QueueRecord { queue, id };
            if slots.get(entry.slot).position < position {
                let of = self.leave(record, entry, slots, usages);
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
    pub(super) fn mark(
        &mut self,
        record: QueueRecord,
        delivery_count: u32,
        position: u64,
        place: Place,
        slots: &Slots,
        usages: &mut Usages,
    ) {
        let Some(entries) = self.queues.get_mut(&record.queue) else { return };
        let Some(entry) = entries.get(record.id) else { return };
        if slots.get(entry.slot).position >= position {
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
            "messages": self.messages,
            "entries": self.entries,
            "queues": self.queues.len(),
            "marks": self.marks.len(),
            "meta_keys": self.keys.len(),
        })
    }
}
