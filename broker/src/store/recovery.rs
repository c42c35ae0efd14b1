//! What a store has after a start: definitions, prepared branches, and the entries of queues and of
//! exchanges in which they wait.
//!
//! Invariants:
//! - everything is read before anything else is appended;
//! - an entry that may have been delivered comes back as redelivered: all do, but those that came
//!   after the last broker that was killed, where the one before this ended in order;
//! - entries under a number that no definition names are deleted: their queue was;
//! - what is too much for memory is never in it all at once: where the store hands over entries by
//!   their ids, entries are only counted from there on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use foldhash::HashMap;
use philter_model::memory::message_bytes;
use philter_model::queue::EntryId;
use philter_plugin_api::{
    Acquired, Completion, Error, Offers, Position, QueueRecord, Record, Replayed,
    Result as StoreResult, Store,
};
use tracing::{info, warn};

use super::definition::{CLEAN, Definition};
use super::entries::{Gathering, may_leave};
use super::ledger::{PagingLimits, SHARD};
use super::record::{Reader, Stored};
use super::{Ledger, Opened, RecoveredEntries, RecoveredEntry, StoredBranch};

/// What a store has.
#[derive(Default)]
pub(crate) struct Recovered {
    /// Definitions in the order of their keys.
    pub(crate) definitions: Vec<Definition>,
    /// Branches that were prepared.
    pub(crate) branches: Vec<StoredBranch>,
    /// Entries by the number of their queue, or of the exchange in which they wait.
    entries: HashMap<u64, RecoveredEntries>,
}

/// A store that can't be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecoveryError {
    /// The store says why.
    #[error("the store can't be read: {0}")]
    Store(#[from] Error),
    /// A record that no broker of this version wrote.
    #[error(
        "the store can't be read: the record at position {position} is no message of this broker's \
         or an older version's; a newer broker may have written it"
    )]
    Record {
        /// Where it stands.
        position: u64,
    },
    /// A definition that no broker of this version wrote.
    #[error(
        "the store can't be read: the definition '{key}' is none of this broker's or an older \
         version's; a newer broker may have written it"
    )]
    Definition {
        /// Its key.
        key: String,
    },
}

/// Takes the store over and reads all that it has.
pub(super) fn recover(
    store: Box<dyn Store>,
    paging: PagingLimits,
) -> Result<Opened, RecoveryError> {
    let began = Instant::now();
    let Acquired { epoch, fence } = acquire(&*store)?;
    let lets_leave = store.offers().contains(Offers::ENTRIES);
    let mut reading = Reading::new(paging, lets_leave);
    let mut failure = None;
    store.replay(SHARD, Position(0), fence, true, &mut |replayed| {
        failure = reading.take(replayed).err();
        failure.is_none()
    })?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let ledger = Arc::new(Ledger::new(store, epoch, paging));
    let recovered = reading.finish(&ledger)?;
    let entries: usize = recovered.entries.values().map(RecoveredEntries::len).sum();
    info!(
        "the store had {} definitions and {entries} entries of queues, read in {} ms",
        recovered.definitions.len(),
        began.elapsed().as_millis()
    );
    Ok(Opened { ledger, recovered })
}

fn acquire(store: &dyn Store) -> StoreResult<Acquired> {
    let (tell, told) = mpsc::channel();
    store.acquire(SHARD, "philter", Completion::new(move |result| drop(tell.send(result))));
    told.recv().map_err(|_| Error::internal("the store did not answer"))?
}

struct Reading {
    paging: PagingLimits,
    /// Entries can be read later.
    lets_leave: bool,
    reader: Reader,
    meta: BTreeMap<String, Vec<u8>>,
    entries: HashMap<u64, Gathering>,
    counts: HashMap<QueueRecord, u32>,
    gone: Vec<QueueRecord>,
}

impl Reading {
    fn new(paging: PagingLimits, lets_leave: bool) -> Self {
        Self {
            paging,
            lets_leave,
            reader: Reader::default(),
            meta: BTreeMap::new(),
            entries: HashMap::default(),
            counts: HashMap::default(),
            gone: Vec::new(),
        }
    }

    fn take(&mut self, replayed: Replayed) -> Result<(), RecoveryError> {
        match replayed.record {
            Record::Put { header, body, queues, .. } => {
                let body = Cow::Owned(body.unwrap_or_default());
                let stored = self.reader.decode(&header, body);
                let Some(stored) = stored else {
                    return Err(RecoveryError::Record { position: replayed.position.0 });
                };
                self.take_message(stored, &queues);
            }
            Record::Delete(record) => self.gone.push(record),
            Record::Mark { record, delivery_count } => {
                self.counts.insert(record, delivery_count);
            }
            Record::Meta { key, value } if value.is_empty() => {
                self.meta.remove(&key);
            }
            Record::Meta { key, value } => {
                self.meta.insert(key, value);
            }
        }
        Ok(())
    }

    /// What is too much for memory stays where it is, but for what waits to go on.
    fn take_message(&mut self, stored: Stored, queues: &[QueueRecord]) {
        let Stored { message, entered_ms, later } = stored;
        let is_too_much = message_bytes() > self.paging.all_bytes_max && later.is_none();
        let leaves = self.lets_leave && later.is_none() && may_leave(&message);
        let message = Arc::new(message);
        for &QueueRecord { queue, id } in queues {
            let of_queue = self.entries.entry(queue).or_default();
            let is_long = of_queue.resident_bytes + message.size() > self.paging.queue_bytes_max;
            if leaves && (is_too_much || is_long) {
                of_queue.add_away(EntryId(id), message.size());
                continue;
            }
            let message = match is_too_much {
                true => Arc::new(message.paged(queue, id)),
                false => Arc::clone(&message),
            };
            let (id, later) = (EntryId(id), later.clone());
            of_queue.add(RecoveredEntry { id, message, delivery_count: 0, entered_ms, later });
        }
    }

    fn finish(mut self, ledger: &Arc<Ledger>) -> Result<Recovered, RecoveryError> {
        if let Some(doubtful_before) = self.meta.remove(CLEAN) {
            ledger.trust_counts_from(first_u64(&doubtful_before));
            // From now on it is not, and before anything is delivered. The ledger says why it
            // can't.
            let (_, appended) = super::turn(|| ledger.set(CLEAN.to_owned(), Vec::new()));
            let appended = appended.unwrap_or_default().awaited;
            appended.iter().for_each(|(awaited, _)| drop(awaited.block()));
        }
        let (mut definitions, mut branches) = (Vec::new(), Vec::new());
        for (key, value) in std::mem::take(&mut self.meta) {
            let unknown = || RecoveryError::Definition { key: key.clone() };
            match StoredBranch::is_key(&key) {
                true => {
                    let branch = StoredBranch::decode(&key, &value, &mut self.reader);
                    branches.push(branch.ok_or_else(unknown)?);
                }
                false => definitions.push(Definition::decode(&key, &value).ok_or_else(unknown)?),
            }
        }
        let entries = self.entries_of_queues(ledger)?;
        Ok(Recovered { definitions, branches, entries })
    }

    fn entries_of_queues(
        self,
        ledger: &Ledger,
    ) -> Result<HashMap<u64, RecoveredEntries>, RecoveryError> {
        let Self { mut entries, counts, gone, .. } = self;
        entries.values_mut().for_each(Gathering::unite);
        // A store hands over what is live; one that hands over its whole log may show deletes.
        for QueueRecord { queue, id } in &gone {
            if let Some(entries) = entries.get_mut(queue) {
                entries.remove(EntryId(*id));
            }
        }
        for QueueRecord { queue, id } in counts.keys() {
            if let Some(entries) = entries.get_mut(queue) {
                entries.mix(EntryId(*id));
            }
        }
        let mut all = HashMap::default();
        for (queue, gathering) in entries {
            let mut of_queue = gathering.finish(queue, ledger)?;
            for entry in &mut of_queue.entries {
                let record = QueueRecord { queue, id: entry.id.0 };
                let count = counts.get(&record).copied().unwrap_or(0);
                entry.delivery_count = count.max(u32::from(ledger.is_doubtful(entry.id.0)));
            }
            all.insert(queue, of_queue);
        }
        Ok(all)
    }
}

/// The number that a value begins with.
fn first_u64(value: &[u8]) -> u64 {
    value.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

impl Recovered {
    /// Takes the entries of a queue, or what waits in an exchange, in order.
    pub(crate) fn take_entries(&mut self, number: u64) -> RecoveredEntries {
        self.entries.remove(&number).unwrap_or_default()
    }

    /// Deletes the entries that no queue took.
    pub(crate) fn drop_rest(self, ledger: &Arc<Ledger>) {
        for (queue, entries) in self.entries {
            warn!(
                "{} stored entries are dropped: their queue, or exchange, was deleted",
                entries.len()
            );
            ledger.purge(queue);
        }
    }
}
