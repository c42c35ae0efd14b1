//! One shard: what is live of its log, ready to be changed, read and replayed.
//!
//! A record keeps the position at which it was appended. What a later record made void is gone, so
//! a replay hands over puts with the entries that are left, the last delivery count of each, and
//! the last value of each key; it never hands over a delete.
//!
//! Invariants: every entry belongs to a put that is there; every put has an entry; `bytes` is the
//! sum of what the records cost.

mod batch;
mod record;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use philter_plugin_api::{Acquired, Epoch, Operation, Position, QueueRecord};

pub(crate) use batch::growth_bytes;
pub(crate) use record::{Kept, Put};

use crate::error::StoreError;
use crate::limits::{ENTRY_BYTES, RECORD_BYTES};

/// The live part of a shard's log.
#[derive(Debug, Default)]
pub(crate) struct ShardLog {
    epoch: u64,
    node: String,
    next_position: u64,
    log: BTreeMap<u64, Kept>,
    entries: BTreeMap<QueueRecord, Entry>,
    put_positions: HashMap<u64, u64>,
    meta_positions: HashMap<String, u64>,
    bytes: u64,
}

/// An entry of a queue.
#[derive(Clone, Copy, Debug)]
struct Entry {
    put_position: u64,
    mark_position: Option<u64>,
}

impl ShardLog {
    /// Gives the shard to `node`; whoever had it is fenced, by the epoch that is lost.
    pub(crate) fn acquire(&mut self, node: &str) -> (Acquired, Option<Epoch>) {
        let lost = (self.epoch > 0).then_some(Epoch(self.epoch));
        self.epoch += 1;
        node.clone_into(&mut self.node);
        (Acquired { epoch: Epoch(self.epoch), fence: self.end() }, lost)
    }

    /// Whether this epoch may append.
    pub(crate) fn is_current(&self, epoch: Epoch) -> bool {
        self.epoch == epoch.0
    }

    /// The position behind the last record.
    pub(crate) fn end(&self) -> Position {
        Position(self.next_position)
    }

    /// What the records cost.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Checks a batch before anything of it is applied.
    ///
    /// # Errors
    /// An entry that belongs to another message.
    pub(crate) fn check(&self, batch: &[Operation<'_>]) -> Result<(), StoreError> {
        let mut added: HashMap<QueueRecord, u64> = HashMap::new();
        for operation in batch {
            let &Operation::Put { message, queues, .. } = operation else { continue };
            for record in queues {
                let present = self.message_of(record).or_else(|| added.get(record).copied());
                match present {
                    Some(present) if present != message => {
                        let &QueueRecord { queue, id } = record;
                        return Err(StoreError::EntryTaken { queue, id, present, given: message });
                    }
                    _ => added.insert(*record, message),
                };
            }
        }
        Ok(())
    }

    /// Applies a batch that [`Self::check`] found good.
    pub(crate) fn apply(&mut self, batch: &[Operation<'_>]) {
        for operation in batch {
            let position = self.next_position;
            self.next_position += 1;
            match *operation {
                Operation::Put { message, header, body, queues } => {
                    self.put(position, message, header, body, queues);
                }
                Operation::Delete(record) => self.delete(record),
                Operation::Meta { key, value } => self.set_meta(position, key, value),
                Operation::Mark { record, delivery_count } => {
                    self.mark(position, record, delivery_count);
                }
            }
        }
    }

    /// Deletes every entry of a queue.
    pub(crate) fn purge(&mut self, queue: u64) {
        let of_queue = QueueRecord { queue, id: 0 }..=QueueRecord { queue, id: u64::MAX };
        let records: Vec<_> = self.entries.range(of_queue).map(|(&record, _)| record).collect();
        for record in records {
            self.delete(record);
        }
    }

    /// The put behind an entry.
    pub(crate) fn put_of(&self, record: QueueRecord) -> Option<&Put> {
        let entry = self.entries.get(&record)?;
        match self.log.get(&entry.put_position)? {
            Kept::Put(put) => Some(put),
            Kept::Mark { .. } | Kept::Meta { .. } => None,
        }
    }

    /// The first puts behind a queue's entries in a range of ids, in their order.
    pub(crate) fn puts(&self, queue: u64, ids: Range<u64>, count: usize) -> Vec<(u64, Put)> {
        if ids.is_empty() {
            return Vec::new();
        }
        let ids = QueueRecord { queue, id: ids.start }..QueueRecord { queue, id: ids.end };
        let records = self.entries.range(ids).map(|(record, _)| *record);
        let puts = records.filter_map(|record| Some((record.id, self.put_of(record)?.clone())));
        puts.take(count).collect()
    }

    /// The records in a range of positions, in order. A put comes with the entries that are left.
    pub(crate) fn records(&self, range: Range<u64>) -> impl Iterator<Item = (u64, Kept)> {
        let range = if range.is_empty() { 0..0 } else { range };
        self.log.range(range).map(|(&position, kept)| (position, self.as_it_stands(position, kept)))
    }

    /// Counters as JSON.
    pub(crate) fn statistics(&self) -> serde_json::Value {
        serde_json::json!({
            "epoch": self.epoch,
            "node": self.node,
            "position": self.next_position,
            "messages": self.put_positions.len(),
            "entries": self.entries.len(),
            "meta_keys": self.meta_positions.len(),
            "bytes": self.bytes,
        })
    }

    fn as_it_stands(&self, position: u64, kept: &Kept) -> Kept {
        let mut kept = kept.clone();
        if let Kept::Put(put) = &mut kept {
            let is_left = |record: &QueueRecord| {
                self.entries.get(record).is_some_and(|entry| entry.put_position == position)
            };
            put.queues.retain(is_left);
        }
        kept
    }

    fn message_of(&self, record: &QueueRecord) -> Option<u64> {
        self.put_of(*record).map(|put| put.message)
    }

    fn put(
        &mut self,
        position: u64,
        message: u64,
        header: &[u8],
        body: &[u8],
        queues: &[QueueRecord],
    ) {
        // A put that is sent again finds its message, and adds the entries that are not there.
        let position = self.put_positions.get(&message).copied().unwrap_or(position);
        let mut added = Vec::new();
        for &record in queues {
            let entry = Entry { put_position: position, mark_position: None };
            if let std::collections::btree_map::Entry::Vacant(vacant) = self.entries.entry(record) {
                vacant.insert(entry);
                added.push(record);
            }
        }
        if added.is_empty() {
            return;
        }
        self.bytes += added.len() as u64 * ENTRY_BYTES;
        let live = added.len();
        match self.log.get_mut(&position) {
            Some(Kept::Put(put)) => {
                // An entry may come back after its delete; it stands here once.
                put.queues.extend(added);
                put.queues.sort_unstable();
                put.queues.dedup();
                put.live += live;
            }
            _ => {
                let put = Put::new(message, header, body, added);
                self.bytes += put.cost_bytes();
                self.put_positions.insert(message, position);
                self.log.insert(position, Kept::Put(put));
            }
        }
    }

    fn delete(&mut self, record: QueueRecord) {
        let Some(entry) = self.entries.remove(&record) else { return };
        self.bytes = self.bytes.saturating_sub(ENTRY_BYTES);
        if let Some(position) = entry.mark_position {
            self.log.remove(&position);
        }
        let Some(Kept::Put(put)) = self.log.get_mut(&entry.put_position) else { return };
        put.live = put.live.saturating_sub(1);
        if put.live == 0 {
            self.bytes = self.bytes.saturating_sub(put.cost_bytes());
            self.put_positions.remove(&put.message);
            self.log.remove(&entry.put_position);
        }
    }

    fn mark(&mut self, position: u64, record: QueueRecord, delivery_count: u32) {
        let Some(entry) = self.entries.get_mut(&record) else { return };
        if let Some(former) = entry.mark_position.replace(position) {
            self.log.remove(&former);
        }
        self.log.insert(position, Kept::Mark { record, delivery_count });
    }

    fn set_meta(&mut self, position: u64, key: &str, value: &[u8]) {
        if let Some(former) = self.meta_positions.remove(key)
            && let Some(Kept::Meta { value, .. }) = self.log.remove(&former)
        {
            self.bytes = self.bytes.saturating_sub(meta_bytes(key, &value));
        }
        if !value.is_empty() {
            self.bytes += meta_bytes(key, value);
            self.meta_positions.insert(key.to_owned(), position);
            self.log.insert(position, Kept::Meta { key: key.to_owned(), value: value.into() });
        }
    }
}

/// What a key of a shard's meta data costs.
fn meta_bytes(key: &str, value: &[u8]) -> u64 {
    RECORD_BYTES + key.len() as u64 + value.len() as u64
}

#[cfg(test)]
mod tests;
