//! What is live, and in which segment: the journal's memory, without a message in it.
//!
//! It is a plain value that frames are applied to, in the order of the log, while the journal runs
//! and when it is recovered alike.
//!
//! Invariants:
//! - every entry leads to a message's slot, and a slot goes with its last entry;
//! - a record counts in the usage of the segment that its place names, and nowhere else;
//! - what is applied twice is there once: a record is known by its position, which a copy keeps.

mod entries;
mod keys;
mod live;
mod queue;
mod settled;
mod shard;
mod slots;
mod usage;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use philter_plugin_api::{Operation, QueueRecord};

pub(crate) use live::{Live, LiveRecord, Page, Planner};
pub(crate) use slots::SlotId;
pub(crate) use usage::Usages;

use self::keys::Keys;
use self::settled::Settled;
use self::shard::ShardIndex;
use self::slots::Slot;
use crate::error::JournalError;
use crate::format::{FRAME_BYTES, FrameHeader, FrameKind, Located, Op, Operations, ShardState};

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) segment: u32,
    pub(crate) offset: u32,
    pub(crate) bytes: u32,
}

/// Everything that is live.
#[derive(Debug, Default)]
pub(crate) struct Index {
    shards: BTreeMap<u32, ShardIndex>,
    /// What is let go of in steps, and the shards that had it.
    settled: VecDeque<(u32, Settled)>,
    store_keys: Keys,
    pub(crate) usages: Usages,
}

/// Whether a batch can be applied as it is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// None of its entries is there.
    New,
    /// Some of its entries are there, as the same messages.
    Repeats,
}

impl Index {
    /// Applies a frame that begins at this byte of a segment. What a long purge settled is to be
    /// let go of.
    pub(crate) fn apply(&mut self, header: &FrameHeader, payload: &[u8], segment: u32, begin: u64) {
        for Located { position, offset, bytes, op } in Operations::new(header, payload) {
            let offset = begin + (FRAME_BYTES + offset) as u64;
            let place = Place {
                segment,
                offset: u32::try_from(offset).unwrap_or(u32::MAX),
                bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            };
            self.apply_one(header, position, place, op);
        }
    }

    /// Applies a frame that nobody waits behind.
    pub(crate) fn recover(
        &mut self,
        header: &FrameHeader,
        payload: &[u8],
        segment: u32,
        begin: u64,
    ) {
        self.apply(header, payload, segment, begin);
        while self.let_go(usize::MAX) {}
    }

    /// Lets go of about so many entries that were settled; answers whether there are more.
    pub(crate) fn let_go(&mut self, entries_max: usize) -> bool {
        let Self { shards, settled, usages, .. } = self;
        let mut left = entries_max;
        while left > 0
            && let Some((shard, first)) = settled.front_mut()
        {
            left = match shards.get_mut(shard) {
                Some(index) => first.step(&mut index.slots, usages, left),
                None => left,
            };
            if left > 0 {
                settled.pop_front();
            }
        }
        self.is_letting_go()
    }

    /// Whether messages are counted as live that are not.
    pub(crate) fn is_letting_go(&self) -> bool {
        !self.settled.is_empty()
    }

    fn apply_one(&mut self, header: &FrameHeader, position: u64, place: Place, op: Op<'_>) {
        let Self { usages, store_keys, settled, .. } = self;
        if op.may_be_tombstone() {
            usages.add_tombstone(place);
        }
        match op {
            Op::StoreMeta { key, .. } => return store_keys.set(key, position, place, usages),
            Op::StoreRemove { key } => {
                return store_keys.remove(key, position, place.segment, usages);
            }
            Op::State(state) => return self.take_shards(&state.shards),
            Op::Freed { .. } | Op::Seal => return,
            _ => {}
        }
        let shard = self.shards.entry(header.shard).or_default();
        match op {
            Op::Put(put) if header.kind == FrameKind::Append => {
                shard.put(&put, position, place, usages);
            }
            Op::Put(put) => shard.put_copy(&put, position, place, usages),
            Op::Delete { queue, first, count } => {
                let taken = shard.delete(queue, (first, count), position, place.segment, usages);
                settled.extend(taken.map(|taken| (header.shard, taken)));
            }
            Op::Purge { queue } => {
                let taken = shard.purge(queue, position, place.segment, usages);
                settled.extend(taken.map(|taken| (header.shard, taken)));
            }
            Op::Mark { record, delivery_count } => {
                shard.set_mark(record, delivery_count, position, place, usages);
            }
            Op::Meta { key, value: [] } => shard.keys.remove(key, position, place.segment, usages),
            Op::Meta { key, .. } => shard.keys.set(key, position, place, usages),
            Op::Acquire { node } => shard.acquire(header.epoch, node),
            Op::StoreMeta { .. } | Op::StoreRemove { .. } => {}
            Op::State(_) | Op::Freed { .. } | Op::Seal => {}
        }
    }

    fn take_shards(&mut self, states: &[ShardState]) {
        for ShardState { shard, epoch, node } in states {
            self.shards.entry(*shard).or_default().acquire(*epoch, node);
        }
    }

    /// All shards with their epochs, for a state frame.
    pub(crate) fn shard_states(&self) -> Vec<ShardState> {
        let taken = self.shards.iter().filter(|(_, index)| index.epoch > 0);
        let state = |(shard, index): (&u32, &ShardIndex)| ShardState {
            shard: *shard,
            epoch: index.epoch,
            node: index.node.clone(),
        };
        taken.map(state).collect()
    }

    /// How many shards there are.
    pub(crate) fn shards(&self) -> usize {
        self.shards.len()
    }

    /// The last epoch of a shard, 0 where nobody took it.
    pub(crate) fn epoch(&self, shard: u32) -> u64 {
        self.shards.get(&shard).map_or(0, |index| index.epoch)
    }

    /// Whether a batch adds entries that are there already.
    ///
    /// # Errors
    /// An entry that belongs to another message.
    pub(crate) fn fit(&self, shard: u32, batch: &[Operation<'_>]) -> Result<Fit, JournalError> {
        let mut fit = Fit::New;
        let Some(index) = self.shards.get(&shard) else { return Ok(fit) };
        for operation in batch {
            let &Operation::Put { message, queues, .. } = operation else { continue };
            for &QueueRecord { queue, id } in queues {
                let Some(slot) = index.slot_of(QueueRecord { queue, id }) else { continue };
                let present = index.slots.get(slot).message;
                if present != message {
                    return Err(JournalError::EntryTaken { queue, id, present, given: message });
                }
                fit = Fit::Repeats;
            }
        }
        Ok(fit)
    }

    /// The message that an entry is.
    pub(crate) fn message_of(&self, shard: u32, record: QueueRecord) -> Option<u64> {
        Some(self.slot_of(shard, record)?.message)
    }

    /// Where an entry's message stands.
    pub(crate) fn place_of(&self, shard: u32, record: QueueRecord) -> Option<Place> {
        Some(self.slot_of(shard, record)?.place)
    }

    fn slot_of(&self, shard: u32, record: QueueRecord) -> Option<&Slot> {
        let index = self.shards.get(&shard)?;
        Some(index.slots.get(index.slot_of(record)?))
    }

    /// Where the messages of a queue's entries stand, from the first id on, at most `count`.
    pub(crate) fn places(
        &self,
        shard: u32,
        queue: u64,
        ids: Range<u64>,
        count: usize,
    ) -> Vec<(u64, Place)> {
        let Some(index) = self.shards.get(&shard) else { return Vec::new() };
        let found = index.range(queue, ids).take(count);
        found.map(|(id, slot)| (id, index.slots.get(slot).place)).collect()
    }

    /// Whether an entry is still the message of this slot and position.
    pub(crate) fn is_entry_of(
        &self,
        shard: u32,
        record: QueueRecord,
        slot: SlotId,
        position: u64,
    ) -> bool {
        self.shards.get(&shard).is_some_and(|index| {
            index.slot_of(record) == Some(slot) && index.slots.get(slot).position == position
        })
    }

    /// Whether an entry's message stands at exactly this place.
    pub(crate) fn stands_at(&self, shard: u32, record: QueueRecord, place: Place) -> bool {
        self.place_of(shard, record) == Some(place)
    }

    /// The current delivery count of an entry with its position and segment.
    pub(crate) fn mark_of(&self, shard: u32, record: QueueRecord) -> Option<(u64, u32, u32)> {
        let mark = self.shards.get(&shard)?.mark(record)?;
        Some((mark.position, mark.delivery_count, mark.segment))
    }

    /// Where the current value of a shard's key stands.
    pub(crate) fn key_place(&self, shard: u32, key: &str) -> Option<Place> {
        self.shards.get(&shard)?.keys.get(key).map(|key| key.place)
    }

    /// The position of the current value of a shard's key.
    pub(crate) fn key_position(&self, shard: u32, key: &str) -> Option<u64> {
        self.shards.get(&shard)?.keys.get(key).map(|key| key.position)
    }

    /// Where the current value of a key of the store stands, and its position.
    pub(crate) fn store_key(&self, key: &str) -> Option<(u64, Place)> {
        self.store_keys.get(key).map(|key| (key.position, key.place))
    }

    /// The keys of the store that begin with a prefix, in order.
    pub(crate) fn store_key_names(&self, prefix: &str) -> Vec<String> {
        let keys = self.store_keys.names().filter(|key| key.starts_with(prefix));
        let mut keys: Vec<String> = keys.map(str::to_owned).collect();
        keys.sort_unstable();
        keys
    }

    /// How many keys the store has.
    pub(crate) fn store_keys(&self) -> usize {
        self.store_keys.len()
    }

    /// How many messages are live.
    pub(crate) fn messages(&self) -> usize {
        self.shards.values().map(|index| index.slots.len()).sum()
    }

    /// A shard's counters; none where nobody took it.
    pub(crate) fn statistics(&self, shard: u32) -> Option<serde_json::Value> {
        let index = self.shards.get(&shard).filter(|index| index.epoch > 0)?;
        Some(index.statistics())
    }
}
