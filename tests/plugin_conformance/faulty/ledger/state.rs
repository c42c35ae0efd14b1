//! What a ledger has in memory: the log of each shard, and the keys.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use philter_plugin_api::{QueueRecord, Record};

use super::fault::Fault;
use super::file::Line;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) shards: HashMap<u32, ShardState>,
    pub(crate) keys: BTreeMap<String, (u64, Vec<u8>)>,
    pub(crate) last_revision: u64,
}

/// A shard.
#[derive(Default)]
pub(crate) struct ShardState {
    pub(crate) epoch: u64,
    /// The next position.
    pub(crate) next: u64,
    /// What happened; a put that is sent again has only the entries that it adds.
    pub(crate) log: BTreeMap<u64, Record>,
    /// Where the put of each entry stands.
    entries: BTreeMap<QueueRecord, u64>,
}

impl State {
    pub(crate) fn shard(&mut self, shard: u32) -> &mut ShardState {
        self.shards.entry(shard).or_default()
    }

    /// The revision of a key; 0: there is none.
    pub(crate) fn revision(&self, key: &str) -> u64 {
        self.keys.get(key).map_or(0, |(revision, _)| *revision)
    }

    /// Bytes of the bodies that are live.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.shards.values().map(ShardState::body_bytes).sum()
    }

    pub(crate) fn replay(&mut self, line: Line, fault: Fault) {
        match line {
            Line::Batch(shard, records) => {
                for record in records {
                    self.shard(shard).apply(record, fault == Fault::MovesRetries);
                }
            }
            Line::Epoch(shard, epoch) => self.shard(shard).epoch = epoch,
            Line::Key(key, revision, value) => {
                self.last_revision = revision;
                match value {
                    Some(value) => drop(self.keys.insert(key, (revision, value))),
                    None => drop(self.keys.remove(&key)),
                }
            }
        }
    }
}

impl ShardState {
    pub(crate) fn apply(&mut self, mut record: Record, moves_retries: bool) {
        let position = self.next;
        self.next += 1;
        match &mut record {
            Record::Put { queues, .. } => {
                if moves_retries {
                    let moved = queues.iter().filter(|of| self.entries.contains_key(of));
                    let deletes: Vec<_> = moved.copied().map(Record::Delete).collect();
                    deletes.into_iter().for_each(|delete| self.apply(delete, false));
                }
                queues.retain(|of| !self.entries.contains_key(of));
                queues.sort_unstable();
                queues.dedup();
                if queues.is_empty() {
                    return;
                }
                let at = if moves_retries { self.next } else { position };
                self.next = self.next.max(at + 1);
                self.entries.extend(queues.iter().map(|of| (*of, at)));
                drop(self.log.insert(at, record));
                return;
            }
            Record::Delete(of) => drop(self.entries.remove(of)),
            Record::Meta { .. } | Record::Mark { .. } => {}
        }
        self.log.insert(position, record);
    }

    pub(crate) fn of_queue(&self, queue: u64) -> Vec<QueueRecord> {
        self.entries.keys().filter(|of| of.queue == queue).copied().collect()
    }

    pub(crate) fn body(&self, of: QueueRecord) -> Option<Vec<u8>> {
        match self.log.get(self.entries.get(&of)?)? {
            Record::Put { body, .. } => body.clone(),
            _ => None,
        }
    }

    /// Ids, headers and bodies of a queue's entries in a range.
    pub(crate) fn puts(&self, queue: u64, ids: &Range<u64>) -> Vec<(u64, Vec<u8>, Vec<u8>)> {
        let of_range = |of: &&QueueRecord| of.queue == queue && ids.contains(&of.id);
        let wanted = self.entries.iter().filter(|(of, _)| of_range(of));
        let put = |(of, at): (&QueueRecord, &u64)| match self.log.get(at)? {
            Record::Put { header, body, .. } => Some((of.id, header.clone(), body.clone()?)),
            _ => None,
        };
        wanted.filter_map(put).collect()
    }

    fn body_bytes(&self) -> u64 {
        let bodies = self.entries.values().filter_map(|position| match self.log.get(position)? {
            Record::Put { body, .. } => body.as_ref().map(|body| body.len() as u64),
            _ => None,
        });
        bodies.sum()
    }
}
