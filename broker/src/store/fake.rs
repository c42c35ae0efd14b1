//! A store of tests: what it kept outlives whoever appended it, as long as the test has its disk.
//!
//! Invariants:
//! - appends are kept in the order of their calls, and a crash loses those that were not completed;
//! - nothing is called under the lock.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use parking_lot::Mutex;
use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, Completion, Epoch, Error, MetaRevision, Offers,
    Operation, Position, QueueRecord, Record, Replayed, Result as StoreResult, Shard, Store,
    StoredEntry,
};

use super::{Opened, PagingLimits, RecoveryError, recovery};

/// What a store stands on. Clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    epoch: u64,
    appends: Vec<Vec<Record>>,
    /// How many of them nobody waits for.
    lazy: usize,
    /// Appends that wait to be completed, while they do.
    waiting: Option<Vec<Waiting>>,
    /// Called before the next append is kept.
    before_next: Option<Box<dyn FnOnce() + Send>>,
    is_full: bool,
    has_failed: bool,
    is_unreadable: bool,
    limits: Option<(u64, u64)>,
    has_no_entries: bool,
}

struct Waiting {
    records: Vec<Record>,
    done: Completion<AppendOutcome>,
}

impl Disk {
    /// Opens the store that is on it, as a broker does at its start; nothing leaves memory.
    pub(crate) fn open(&self) -> Opened {
        let limits = PagingLimits { queue_bytes_max: u64::MAX, all_bytes_max: u64::MAX };
        self.try_open(limits).unwrap()
    }

    /// The same where what is too much leaves it, and the store may not be readable.
    pub(crate) fn try_open(&self, paging: PagingLimits) -> Result<Opened, RecoveryError> {
        recovery::recover(Box::new(OnDisk(self.clone())), paging)
    }

    /// It takes so many operations and bytes at a time.
    pub(crate) fn limit(&self, operations_max: u64, bytes_max: u64) {
        self.0.lock().limits = Some((operations_max, bytes_max));
    }

    /// From now on nothing is completed before [`Disk::complete`].
    pub(crate) fn hold(&self) {
        self.0.lock().waiting.get_or_insert_default();
    }

    /// Completes what waits, in order, and what comes from now on at once.
    pub(crate) fn complete(&self) {
        let Some(waiting) = self.0.lock().waiting.take() else { return };
        for Waiting { records, done } in waiting {
            self.0.lock().appends.push(records);
            done.ok(AppendOutcome::Done(self.end()));
        }
    }

    /// Somebody else does this while the next append is about to be kept.
    pub(crate) fn before_next(&self, meanwhile: impl FnOnce() + Send + 'static) {
        self.0.lock().before_next = Some(Box::new(meanwhile));
    }

    /// Has no room for what waits.
    pub(crate) fn refuse(&self) {
        let waiting = self.0.lock().waiting.take();
        for Waiting { done, .. } in waiting.into_iter().flatten() {
            done.ok(AppendOutcome::Full);
        }
    }

    /// Whether there is no room for more than deletes.
    pub(crate) fn set_full(&self, is_full: bool) {
        self.0.lock().is_full = is_full;
    }

    /// It does not hand over entries by their ids.
    pub(crate) fn lack_entries(&self) {
        self.0.lock().has_no_entries = true;
    }

    /// From now on every append fails.
    pub(crate) fn fail(&self) {
        self.0.lock().has_failed = true;
    }

    /// From now on no body can be read, and no entry.
    pub(crate) fn fail_reads(&self) {
        self.0.lock().is_unreadable = true;
    }

    /// What it kept, append by append.
    pub(crate) fn appends(&self) -> Vec<Vec<Record>> {
        self.0.lock().appends.clone()
    }

    /// What is left where the broker was killed now.
    pub(crate) fn after_crash(&self) -> Self {
        self.after(usize::MAX)
    }

    /// What is left where the broker was killed when so many appends were kept.
    pub(crate) fn after(&self, appends: usize) -> Self {
        let state = self.0.lock();
        let appends = state.appends.iter().take(appends).cloned().collect();
        let State { epoch, limits, has_no_entries, .. } = *state;
        let state = State { epoch, appends, limits, has_no_entries, ..State::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// How many appends wait to be completed.
    pub(crate) fn waiting(&self) -> usize {
        self.0.lock().waiting.as_ref().map_or(0, Vec::len)
    }

    /// How many appends there were that nobody waits for.
    pub(crate) fn lazy(&self) -> usize {
        self.0.lock().lazy
    }

    /// The keys that stand, with their values.
    pub(crate) fn meta(&self) -> HashMap<String, Vec<u8>> {
        let mut meta = HashMap::default();
        for record in self.0.lock().appends.iter().flatten() {
            if let Record::Meta { key, value } = record {
                match value.is_empty() {
                    true => drop(meta.remove(key)),
                    false => drop(meta.insert(key.clone(), value.clone())),
                }
            }
        }
        meta
    }

    /// The entries that are there, by queue and id.
    pub(crate) fn entries(&self) -> Vec<QueueRecord> {
        let mut entries: Vec<_> = live(&self.0.lock().appends).into_iter().collect();
        entries.sort_unstable();
        entries
    }

    fn end(&self) -> Position {
        Position(self.0.lock().appends.iter().map(|append| append.len() as u64).sum())
    }

    fn keep(&self, epoch: Epoch, records: Vec<Record>, done: Completion<AppendOutcome>) {
        let mut state = self.0.lock();
        let needs_room = records.iter().any(needs_room);
        let refusal = match () {
            () if state.has_failed => Some(Err(Error::internal("the disk is broken"))),
            () if epoch.0 != state.epoch => Some(Ok(AppendOutcome::Fenced)),
            () if state.is_full && needs_room => Some(Ok(AppendOutcome::Full)),
            () => None,
        };
        if let Some(refusal) = refusal {
            drop(state);
            return done.finish(refusal);
        }
        if let Some(waiting) = &mut state.waiting {
            return waiting.push(Waiting { records, done });
        }
        state.appends.push(records);
        drop(state);
        done.ok(AppendOutcome::Done(self.end()));
    }
}

fn needs_room(record: &Record) -> bool {
    match record {
        Record::Put { .. } => true,
        Record::Meta { value, .. } => !value.is_empty(),
        Record::Delete(_) | Record::Mark { .. } => false,
    }
}

fn live(appends: &[Vec<Record>]) -> HashSet<QueueRecord> {
    let mut entries = HashSet::default();
    for record in appends.iter().flatten() {
        match record {
            Record::Put { queues, .. } => entries.extend(queues.iter().copied()),
            Record::Delete(record) => drop(entries.remove(record)),
            Record::Meta { .. } | Record::Mark { .. } => {}
        }
    }
    entries
}

fn owned(operation: &Operation<'_>) -> Record {
    match *operation {
        Operation::Put { message, header, body, queues } => Record::Put {
            message,
            header: header.to_vec(),
            body: Some(body.to_vec()),
            queues: queues.to_vec(),
        },
        Operation::Delete(record) => Record::Delete(record),
        Operation::Meta { key, value } => {
            Record::Meta { key: key.to_owned(), value: value.to_vec() }
        }
        Operation::Mark { record, delivery_count } => Record::Mark { record, delivery_count },
    }
}

/// The store that a broker has: it is fenced when the disk is opened again.
struct OnDisk(Disk);

impl Store for OnDisk {
    fn capabilities(&self) -> Capabilities {
        let (operations_max, bytes_max) = self.0.0.lock().limits.unwrap_or((65_536, 1 << 28));
        Capabilities {
            batch_operations_max: operations_max,
            batch_bytes_max: bytes_max,
            body_bytes_max: bytes_max,
            is_atomic_over_shard: true,
            is_durable_on_ack: true,
        }
    }

    fn acquire(&self, _: Shard, _: &str, done: Completion<Acquired>) {
        let epoch = {
            let mut state = self.0.0.lock();
            state.epoch += 1;
            Epoch(state.epoch)
        };
        done.ok(Acquired { epoch, fence: self.0.end() });
    }

    fn append(
        &self,
        _: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let before_next = self.0.0.lock().before_next.take();
        before_next.into_iter().for_each(|meanwhile| meanwhile());
        self.0.keep(epoch, batch.iter().map(owned).collect(), done);
    }

    fn append_lazily(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        self.0.0.lock().lazy += 1;
        self.append(shard, epoch, batch, done);
    }

    fn replay(
        &self,
        _: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> StoreResult<()> {
        let records = self.0.appends().into_iter().flatten().zip(0..);
        for (mut record, at) in records.filter(|(_, at)| (from.0..until.0).contains(at)) {
            if let Record::Put { body, .. } = &mut record {
                body.take_if(|_| !with_bodies);
            }
            if !visit(Replayed { position: Position(at), record }) {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, _: Shard, record: QueueRecord) -> StoreResult<Option<Vec<u8>>> {
        let state = self.0.0.lock();
        if state.is_unreadable {
            return Err(Error::internal("the disk is broken"));
        }
        if !live(&state.appends).contains(&record) {
            return Ok(None);
        }
        let body = |kept: &Record| match kept {
            Record::Put { body, queues, .. } if queues.contains(&record) => body.clone(),
            _ => None,
        };
        Ok(state.appends.iter().flatten().find_map(body))
    }

    fn offers(&self) -> Offers {
        let entries = if self.0.0.lock().has_no_entries { Offers::NONE } else { Offers::ENTRIES };
        entries.and(Offers::APPEND_LAZILY)
    }

    fn entries(
        &self,
        _: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> StoreResult<()> {
        let appends = self.0.appends();
        if self.0.0.lock().is_unreadable {
            return Err(Error::internal("the disk is broken"));
        }
        let mut found = BTreeMap::new();
        let live = live(&appends);
        for record in appends.iter().flatten() {
            let Record::Put { header, body, queues, .. } = record else { continue };
            let of_range = |of: &&QueueRecord| of.queue == queue && ids.contains(&of.id);
            for of in queues.iter().filter(of_range).filter(|of| live.contains(of)) {
                found.insert(of.id, (header, body));
            }
        }
        for (id, (header, body)) in found {
            let body = body.as_deref().unwrap_or_default();
            if !visit(StoredEntry { id, header, body }) {
                break;
            }
        }
        Ok(())
    }

    fn purge(&self, _: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        let waiting = {
            let state = self.0.0.lock();
            let waiting = state.waiting.iter().flatten().map(|waiting| waiting.records.clone());
            state.appends.iter().cloned().chain(waiting).collect::<Vec<_>>()
        };
        let gone = live(&waiting).into_iter().filter(|record| record.queue == queue);
        self.0.keep(epoch, gone.map(Record::Delete).collect(), done);
    }

    fn statistics(&self, _: Shard) -> StoreResult<String> {
        Ok("{}".to_owned())
    }

    fn meta_get(&self, _: &str) -> StoreResult<Option<(MetaRevision, Vec<u8>)>> {
        Ok(None)
    }

    fn meta_compare_and_set(
        &self,
        _: &str,
        _: MetaRevision,
        _: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        done.err(Error::unsupported("meta_compare_and_set"));
    }

    fn inspect(&self) -> StoreResult<String> {
        let is_full = self.0.0.lock().is_full;
        let durability = "what is kept outlives the broker, as long as the test";
        Ok(format!(
            r#"{{"durability": "{durability}", "sync": "always", "full": {is_full}, "low": false}}"#
        ))
    }
}
