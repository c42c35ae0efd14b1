//! The store kind of a component over [`Store`]: what is answered within the call, in pages.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::context::{Component, create, not_created};
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::factory::Factory;
use crate::flat::{PartsWriter, with_operations};
use crate::store::{
    Acquired, AppendOutcome, Epoch, MetaRevision, Offers, Operation, Position, QueueRecord, Record,
    Shard, Store,
};
use crate::value::{Value, encode_map};

/// The one store of a component.
#[derive(Debug)]
pub struct StoreComponent<T>(Mutex<Option<T>>);

impl<T: Factory + Store> Component for StoreComponent<T> {
    type Plugin = T;

    fn create(&self, configuration: &str, context: &[u8]) -> Result<()> {
        *self.lock() = Some(create::<T>(configuration, context)?);
        Ok(())
    }

    fn destroy(&self) {
        *self.lock() = None;
    }
}

impl<T: Factory + Store> StoreComponent<T> {
    /// A component before `create`.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// An encoded map; none before `create`, which the host then says.
    pub(super) fn capabilities(&self) -> Vec<u8> {
        let store = self.lock();
        let Some(store) = store.as_ref() else { return Vec::new() };
        let (can, offers) = (store.capabilities(), store.offers());
        encode_map([
            ("batch-operations-max", Value::Ulong(can.batch_operations_max)),
            ("batch-bytes-max", Value::Ulong(can.batch_bytes_max)),
            ("body-bytes-max", Value::Ulong(can.body_bytes_max)),
            ("atomic-over-shard", Value::Bool(can.is_atomic_over_shard)),
            ("entries", Value::Bool(offers.contains(Offers::ENTRIES))),
            ("meta-list", Value::Bool(offers.contains(Offers::META_LIST))),
            ("meta-remove", Value::Bool(offers.contains(Offers::META_REMOVE))),
        ])
    }

    pub(super) fn acquire(&self, shard: u32, node: &str) -> Result<Acquired> {
        self.with(|store| answered(|done| store.acquire(Shard(shard), node, done)))
    }

    pub(super) fn append(&self, shard: u32, epoch: u64, batch: &[u8]) -> Result<AppendOutcome> {
        self.with(|store| {
            let append = |batch: &[Operation<'_>]| {
                answered(|done| store.append(Shard(shard), Epoch(epoch), batch, done))
            };
            known(
                with_operations(batch, append)
                    .map_err(|error| Error::invalid(error.to_string()))??,
            )
        })
    }

    /// None where some entries are left.
    pub(super) fn purge(
        &self,
        shard: u32,
        epoch: u64,
        queue: u64,
    ) -> Result<Option<AppendOutcome>> {
        self.with(|store| {
            let purge = |done| store.purge_part(Shard(shard), Epoch(epoch), queue, done);
            answered(purge)?.map(known).transpose()
        })
    }

    pub(super) fn replay(
        &self,
        shard: u32,
        (from, until): (u64, u64),
        with_bodies: bool,
        bytes_max: u32,
    ) -> Result<Vec<u8>> {
        let mut page = Page::new(bytes_max);
        let mut visit = |replayed: crate::store::Replayed| {
            let is_in = page.takes();
            if is_in {
                add(&mut page.parts, replayed.position, &replayed.record);
            }
            is_in
        };
        let (from, until) = (Position(from), Position(until));
        self.with(|store| store.replay(Shard(shard), from, until, with_bodies, &mut visit))?;
        Ok(page.finish())
    }

    pub(super) fn read(&self, shard: u32, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        self.with(|store| store.read(Shard(shard), record))
    }

    pub(super) fn entries(
        &self,
        shard: u32,
        queue: u64,
        ids: std::ops::Range<u64>,
        bytes_max: u32,
    ) -> Result<Vec<u8>> {
        let mut page = Page::new(bytes_max);
        let mut visit = |entry: crate::store::StoredEntry<'_>| {
            let is_in = page.takes();
            if is_in {
                page.parts.pair(entry.id, entry.header, entry.body);
            }
            is_in
        };
        self.with(|store| store.entries(Shard(shard), queue, ids, &mut visit))?;
        Ok(page.finish())
    }

    pub(super) fn statistics(&self, shard: u32) -> Result<String> {
        self.with(|store| store.statistics(Shard(shard)))
    }

    pub(super) fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        self.with(|store| store.meta_get(key))
    }

    pub(super) fn meta_compare_and_set(
        &self,
        key: &str,
        expected: u64,
        value: &[u8],
    ) -> Result<Option<MetaRevision>> {
        let expected = MetaRevision(expected);
        let set =
            |store: &T| answered(|done| store.meta_compare_and_set(key, expected, value, done));
        self.with(set)
    }

    pub(super) fn meta_remove(&self, key: &str, expected: u64) -> Result<bool> {
        let expected = MetaRevision(expected);
        self.with(|store| answered(|done| store.meta_remove(key, expected, done)))
    }

    pub(super) fn meta_list(&self, prefix: &str, from: &str, bytes_max: u32) -> Result<Vec<u8>> {
        let mut page = Page::new(bytes_max);
        let mut visit = |entry: crate::store::MetaEntry| {
            let is_in = page.takes();
            if is_in {
                page.parts.pair(entry.revision.0, entry.key.as_bytes(), &entry.value);
            }
            is_in
        };
        self.with(|store| store.meta_list_from(prefix, from, &mut visit))?;
        Ok(page.finish())
    }

    pub(super) fn inspect(&self) -> Result<String> {
        self.with(Store::inspect)
    }

    fn with<R>(&self, work: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        self.lock().as_ref().map_or_else(|| Err(not_created()), work)
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Factory + Store> Default for StoreComponent<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A page under way.
struct Page {
    parts: PartsWriter,
    bytes_max: usize,
    has_more: bool,
}

impl Page {
    fn new(bytes_max: u32) -> Self {
        let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
        Self { parts: PartsWriter::with_capacity(0), bytes_max, has_more: false }
    }

    /// Whether one more goes in; the first one always does.
    fn takes(&mut self) -> bool {
        self.has_more = !self.parts.is_empty() && self.parts.len() >= self.bytes_max;
        !self.has_more
    }

    fn finish(self) -> Vec<u8> {
        self.parts.finish(self.has_more)
    }
}

fn add(parts: &mut PartsWriter, position: Position, record: &Record) {
    match record {
        Record::Put { message, header, body, queues } => {
            let (message, with_body) = (*message, body.is_some());
            let body = body.as_deref().unwrap_or_default();
            parts.record(position, &Operation::Put { message, header, body, queues }, with_body);
        }
        Record::Delete(record) => parts.record(position, &Operation::Delete(*record), true),
        Record::Meta { key, value } => {
            parts.record(position, &Operation::Meta { key, value }, true);
        }
        Record::Mark { record, delivery_count } => {
            let (record, delivery_count) = (*record, *delivery_count);
            parts.record(position, &Operation::Mark { record, delivery_count }, true);
        }
    }
}

/// What was answered; a component has nowhere to answer from later.
fn answered<R: Send + 'static>(call: impl FnOnce(Completion<R>)) -> Result<R> {
    let slot = Arc::new(Mutex::new(None));
    let place = Arc::clone(&slot);
    call(Completion::new(move |answer| {
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }));
    let answer = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    let late = || Error::internal("a component answers before the call returns, this one did not");
    answer.unwrap_or_else(|| Err(late()))
}

/// An outcome that the contract has: whoever writes to a map knows what is in it.
fn known(outcome: AppendOutcome) -> Result<AppendOutcome> {
    match outcome {
        AppendOutcome::Unknown => Err(Error::internal("a component's append is never 'unknown'")),
        outcome => Ok(outcome),
    }
}

#[cfg(test)]
mod tests;
