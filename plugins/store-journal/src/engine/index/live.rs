//! What is live in a shard by position, in pages: memory has no order of positions, and not all
//! that is live need be in one.
//!
//! A plan says once between which positions the pages lie, by a sample, and which messages each
//! has. So each message is looked at twice, however many pages there are.
//!
//! Invariant: what is live when a plan is begun is in one page, and is handed over by it where it
//! is live still: a message keeps its slot, and its slot's position says whether it is another.

use philter_plugin_api::QueueRecord;

use super::shard::ShardIndex;
use super::{Index, Place, SlotId};
use crate::limits::{REPLAY_PLAN_SAMPLES, REPLAY_PLAN_STEP_SLOTS};

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

/// The records between two positions.
#[derive(Debug)]
pub(crate) struct Page {
    shard: u32,
    from: u64,
    until: u64,
    slots: Vec<SlotId>,
    marks: Vec<QueueRecord>,
}

/// A plan on its way.
#[derive(Debug)]
pub(crate) struct Planner {
    shard: u32,
    /// Ascending, one beginning where the last ends.
    pages: Vec<Page>,
    seen: usize,
    end: usize,
}

impl Planner {
    /// A plan for what stands from position `from` up to `until`, in pages of about so many
    /// records.
    pub(crate) fn new(
        index: &Index,
        shard: u32,
        (from, until): (u64, u64),
        page_records: usize,
    ) -> Self {
        let mut plan = Self { shard, pages: Vec::new(), seen: 0, end: 0 };
        let Some(index) = index.shards.get(&shard).filter(|_| from < until) else { return plan };
        plan.end = index.slots.end();
        let begins = begins(index, (from, until), page_records);
        let ends = begins.iter().skip(1).copied().chain([until]);
        let pages = begins.iter().zip(ends).map(|(&from, until)| {
            let (slots, marks) = (Vec::new(), Vec::new());
            Page { shard, from, until, slots, marks }
        });
        plan.pages = pages.collect();
        for (record, mark) in index.marks() {
            plan.page_of(mark.position).into_iter().for_each(|page| page.marks.push(record));
        }
        plan
    }

    /// Looks at some more messages; answers whether there are yet more. There may be pauses: what
    /// comes meanwhile is none of the plan's.
    pub(crate) fn step(&mut self, index: &Index) -> bool {
        let Some(index) = index.shards.get(&self.shard) else { return false };
        let count = REPLAY_PLAN_STEP_SLOTS.min(self.end - self.seen);
        for (id, slot) in index.slots.taken(self.seen, count) {
            self.page_of(slot.position).into_iter().for_each(|page| page.slots.push(id));
        }
        self.seen += count;
        self.seen < self.end
    }

    pub(crate) fn into_pages(self) -> Vec<Page> {
        self.pages
    }

    fn page_of(&mut self, position: u64) -> Option<&mut Page> {
        let behind = self.pages.partition_point(|page| page.from <= position);
        self.pages.get_mut(behind.checked_sub(1)?).filter(|page| position < page.until)
    }
}

/// The positions at which pages begin: a sample of what is live tells where it stands densely.
fn begins(index: &ShardIndex, (from, until): (u64, u64), page_records: usize) -> Vec<u64> {
    let stride = ((index.slots.end() + index.mark_count()) / REPLAY_PLAN_SAMPLES).max(1);
    let slots = (0..index.slots.end()).step_by(stride);
    let slots = slots.flat_map(|begin| index.slots.taken(begin, 1));
    let marks = index.marks().step_by(stride);
    let positions = slots.map(|(_, slot)| slot.position);
    let positions = positions.chain(marks.map(|(_, mark)| mark.position));
    let mut sample: Vec<u64> = positions.filter(|it| (from..until).contains(it)).collect();
    sample.sort_unstable();
    let begins = sample.into_iter().step_by((page_records / stride).max(1)).skip(1);
    let mut begins: Vec<u64> = std::iter::once(from).chain(begins).collect();
    begins.dedup();
    begins
}

impl Page {
    /// The records that are live now, in no order.
    pub(crate) fn gather(&self, index: &Index) -> Vec<Live> {
        let Some(index) = index.shards.get(&self.shard) else { return Vec::new() };
        let mut records = Vec::with_capacity(self.slots.len() + self.marks.len());
        for &slot in &self.slots {
            let found = index.slots.get(slot);
            if found.entries > 0 && self.has(found.position) {
                let record = LiveRecord::Put { slot, place: found.place };
                records.push(Live { position: found.position, record });
            }
        }
        for &record in &self.marks {
            if let Some(mark) = index.mark(record).filter(|mark| self.has(mark.position)) {
                let delivery_count = mark.delivery_count;
                let record = LiveRecord::Mark { record, delivery_count };
                records.push(Live { position: mark.position, record });
            }
        }
        for key in index.keys.iter().filter(|key| self.has(key.position)) {
            let record = LiveRecord::Meta { place: key.place };
            records.push(Live { position: key.position, record });
        }
        records
    }

    fn has(&self, position: u64) -> bool {
        (self.from..self.until).contains(&position)
    }
}
