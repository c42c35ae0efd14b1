//! A page of what is live in a shard, by position.

use philter_plugin_api::QueueRecord;

use super::{Index, Place, SlotId};

/// A live record, without what it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) position: u64,
    pub(crate) record: LiveRecord,
}

/// Which record, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LiveRecord {
    Put { slot: SlotId, place: Place },
    Mark { record: QueueRecord, delivery_count: u32 },
    Meta { place: Place },
}

/// Keeps the records with the lowest positions of those that it is given.
struct Page {
    records: Vec<Live>,
    records_max: usize,
    from: u64,
    until: u64,
}

impl Index {
    /// The records of a shard from position `from` up to `until`, in order, `records_max` at most;
    /// where there are more, the page ends before `until`.
    pub(crate) fn page(&self, shard: u32, from: u64, until: u64, records_max: usize) -> Vec<Live> {
        let mut page = Page { records: Vec::new(), records_max, from, until };
        let Some(index) = self.shards.get(&shard) else { return page.records };
        for entries in index.queues.values() {
            for (_, entry) in entries.iter() {
                let slot = self.slots.get(entry.slot);
                let record = LiveRecord::Put { slot: entry.slot, place: slot.place };
                page.add(Live { position: slot.position, record });
            }
        }
        for (&record, mark) in &index.marks {
            let delivery_count = mark.delivery_count;
            let record = LiveRecord::Mark { record, delivery_count };
            page.add(Live { position: mark.position, record });
        }
        for key in index.keys.iter() {
            let record = LiveRecord::Meta { place: key.place };
            page.add(Live { position: key.position, record });
        }
        page.cut();
        page.records
    }
}

impl Page {
    fn add(&mut self, live: Live) {
        if !(self.from..self.until).contains(&live.position) {
            return;
        }
        self.records.push(live);
        if self.records.len() >= self.records_max.saturating_mul(2) {
            self.cut();
        }
    }

    /// A message in many queues was added once for each; a position is one record's.
    fn cut(&mut self) {
        self.records.sort_unstable_by_key(|live| live.position);
        self.records.dedup_by_key(|live| live.position);
        if self.records.len() > self.records_max {
            self.records.truncate(self.records_max);
            self.until = self.records.last().map_or(self.until, |live| live.position + 1);
        }
    }
}
