//! One shard: what is live of its log. What a later record made void is gone, so a replay hands
//! over puts with the entries that are left, the last delivery count of each, and the last value of
//! each key.
//!
//! Invariants: every entry belongs to a put that is there; every put has an entry.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use philter_plugin_api::{Error, Operation, Position, QueueRecord, Record, Replayed, Result};

/// A shard.
#[derive(Default)]
pub(crate) struct ShardLog {
    /// The epoch that may append; 0 before anybody took the shard.
    pub(crate) epoch: u64,
    next: u64,
    /// By their positions.
    puts: BTreeMap<u64, Put>,
    entries: BTreeMap<QueueRecord, Entry>,
    /// Positions and values.
    keys: BTreeMap<String, (u64, Vec<u8>)>,
}

struct Put {
    message: u64,
    header: Vec<u8>,
    body: Vec<u8>,
    /// Those of its entries that are not settled.
    live: BTreeSet<QueueRecord>,
}

struct Entry {
    /// The position of its put.
    put: u64,
    /// Position and count of the last mark.
    mark: Option<(u64, u32)>,
}

impl ShardLog {
    /// The position behind the last record.
    pub(crate) fn end(&self) -> Position {
        Position(self.next)
    }

    /// How many entries there are.
    pub(crate) fn entries(&self) -> usize {
        self.entries.len()
    }

    /// Keeps a batch.
    ///
    /// # Errors
    /// An entry that belongs to another message; then nothing is kept.
    pub(crate) fn append(&mut self, batch: &[Operation<'_>]) -> Result<()> {
        self.check(batch)?;
        for operation in batch {
            let position = self.next;
            self.next += 1;
            match *operation {
                Operation::Put { message, header, body, queues } => {
                    self.put(position, (message, header, body), queues);
                }
                Operation::Delete(record) => self.delete(record),
                Operation::Meta { key, value: [] } => drop(self.keys.remove(key)),
                Operation::Meta { key, value } => {
                    self.keys.insert(key.to_owned(), (position, value.to_owned()));
                }
                Operation::Mark { record, delivery_count } => {
                    if let Some(entry) = self.entries.get_mut(&record) {
                        entry.mark = Some((position, delivery_count));
                    }
                }
            }
        }
        Ok(())
    }

    fn check(&self, batch: &[Operation<'_>]) -> Result<()> {
        let mut added: BTreeMap<QueueRecord, u64> = BTreeMap::new();
        for operation in batch {
            let &Operation::Put { message, queues, .. } = operation else { continue };
            for record in queues {
                let there = self.message_of(*record).or_else(|| added.get(record).copied());
                if let Some(other) = there.filter(|there| *there != message) {
                    let QueueRecord { queue, id } = record;
                    let text = format!("entry {id} of queue {queue} is of message {other}");
                    return Err(Error::invalid(format!("{text}, not of {message}")));
                }
                added.insert(*record, message);
            }
        }
        Ok(())
    }

    fn message_of(&self, record: QueueRecord) -> Option<u64> {
        let entry = self.entries.get(&record)?;
        self.puts.get(&entry.put).map(|put| put.message)
    }

    /// Adds the entries that are not there yet; a put that is sent again adds none.
    fn put(
        &mut self,
        position: u64,
        (message, header, body): (u64, &[u8], &[u8]),
        queues: &[QueueRecord],
    ) {
        let new = queues.iter().filter(|record| !self.entries.contains_key(record));
        let live: BTreeSet<QueueRecord> = new.copied().collect();
        if live.is_empty() {
            return;
        }
        let of_put = |record| (record, Entry { put: position, mark: None });
        self.entries.extend(live.iter().copied().map(of_put));
        let (header, body) = (header.to_owned(), body.to_owned());
        self.puts.insert(position, Put { message, header, body, live });
    }

    fn delete(&mut self, record: QueueRecord) {
        let Some(Entry { put: position, .. }) = self.entries.remove(&record) else { return };
        let Some(put) = self.puts.get_mut(&position) else { return };
        put.live.remove(&record);
        if put.live.is_empty() {
            self.puts.remove(&position);
        }
    }

    /// Settles every entry of a queue.
    pub(crate) fn purge(&mut self, queue: u64) {
        let all = QueueRecord { queue, id: 0 }..=QueueRecord { queue, id: u64::MAX };
        let records: Vec<QueueRecord> = self.entries.range(all).map(|(it, _)| *it).collect();
        records.into_iter().for_each(|record| self.delete(record));
    }

    /// The body of an entry.
    pub(crate) fn body(&self, record: QueueRecord) -> Option<Vec<u8>> {
        let entry = self.entries.get(&record)?;
        self.puts.get(&entry.put).map(|put| put.body.clone())
    }

    /// What is live of these positions, in order.
    pub(crate) fn records(&self, positions: Range<Position>, with_bodies: bool) -> Vec<Replayed> {
        let range = positions.start.0..positions.end.0;
        let mut records: Vec<Replayed> = Vec::new();
        let mut push = |position: u64, record: Record| {
            if range.contains(&position) {
                records.push(Replayed { position: Position(position), record });
            }
        };
        for (position, put) in &self.puts {
            push(
                *position,
                Record::Put {
                    message: put.message,
                    header: put.header.clone(),
                    body: with_bodies.then(|| put.body.clone()),
                    queues: put.live.iter().copied().collect(),
                },
            );
        }
        for (record, entry) in &self.entries {
            if let Some((position, delivery_count)) = entry.mark {
                push(position, Record::Mark { record: *record, delivery_count });
            }
        }
        for (key, (position, value)) in &self.keys {
            push(*position, Record::Meta { key: key.clone(), value: value.clone() });
        }
        records.sort_by_key(|replayed| replayed.position);
        records
    }
}
