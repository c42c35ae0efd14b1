//! A store of a plugin behind the SDK's own trait.

use std::ops::Range;
use std::sync::Arc;

use super::Fault;
use super::handle::Handle;
use super::reply::{Reading, result_struct};
use super::store_meta::missing;
use super::store_record::{Replay, raw_operation};
use super::stored_entries::Entries;
use crate::abi::types::number;
use crate::abi::types::{
    AppendFn, PhAcquired, PhAppendOutcome, PhCapabilities, PhOperation, PhSlice, PhStoreVtable,
};
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::store::{
    Acquired, AppendOutcome, Capabilities, Epoch, MetaEntry, MetaRevision, Offers, Operation,
    Position, QueueRecord, Replayed, Shard, Store, StoredEntry,
};

/// A store of a plugin.
pub(super) struct NativeStore {
    pub(super) handle: Arc<Handle>,
    pub(super) vtable: PhStoreVtable,
    pub(super) capabilities: Capabilities,
    pub(super) offers: Offers,
}

/// Asks a new store what it can do and what it offers.
pub(super) fn capabilities(
    handle: &Handle,
    vtable: &PhStoreVtable,
) -> Result<(Capabilities, Offers)> {
    let entry = vtable.capabilities.ok_or_else(|| Error::unsupported("capabilities"))?;
    let mut can = PhCapabilities {
        size: size_of::<PhCapabilities>(),
        batch_operations_max: 0,
        batch_bytes_max: 0,
        body_bytes_max: 0,
        is_atomic_over_shard: 0,
        is_durable_on_ack: 0,
        offers: 0,
    };
    handle.run("capabilities", |reply| {
        // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
        unsafe { entry(handle.instance(), &raw mut can, reply) }
    })?;
    let capabilities = Capabilities {
        batch_operations_max: can.batch_operations_max,
        batch_bytes_max: can.batch_bytes_max,
        body_bytes_max: can.body_bytes_max,
        is_atomic_over_shard: can.is_atomic_over_shard != 0,
        is_durable_on_ack: can.is_durable_on_ack != 0,
    };
    Ok((capabilities, Offers::from_bits(can.offers).without(missing(vtable))))
}

impl NativeStore {
    fn append_by(
        &self,
        name: &'static str,
        entry: Option<AppendFn>,
        (shard, epoch): (Shard, Epoch),
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let Some(append) = entry else { return done.err(Error::unsupported(name)) };
        let (one, many): ([PhOperation; 1], Vec<PhOperation>);
        let operations: &[PhOperation] = match batch {
            // The most of them, and without an allocation.
            [only] => {
                one = [raw_operation(only)];
                &one
            }
            _ => {
                many = batch.iter().map(raw_operation).collect();
                &many
            }
        };
        let (first, count) = (operations.as_ptr(), operations.len());
        let stride = size_of::<PhOperation>();
        self.handle.start(name, done, |token, reply| {
            let instance = self.handle.instance();
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { append(instance, shard.0, epoch.0, first, count, stride, token, reply) }
        });
    }
}

impl Store for NativeStore {
    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    fn offers(&self) -> Offers {
        self.offers
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        let Some(acquire) = self.vtable.acquire else {
            return done.err(Error::unsupported("acquire"));
        };
        let node = PhSlice::of(node);
        self.handle.start("acquire", done, |token, reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { acquire(self.handle.instance(), shard.0, node, token, reply) }
        });
    }

    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        self.append_by("append", self.vtable.append, (shard, epoch), batch, done);
    }

    fn append_here(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        match self.vtable.append_here.filter(|_| self.offers.contains(Offers::APPEND_HERE)) {
            None => self.append(shard, epoch, batch, done),
            here => self.append_by("append_here", here, (shard, epoch), batch, done),
        }
    }

    fn append_lazily(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        match self.vtable.append_lazily.filter(|_| self.offers.contains(Offers::APPEND_LAZILY)) {
            None => self.append(shard, epoch, batch, done),
            lazily => self.append_by("append_lazily", lazily, (shard, epoch), batch, done),
        }
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let entry = self.vtable.replay.ok_or_else(|| Error::unsupported("replay"))?;
        let mut replay = Replay::new(visit);
        let raw = replay.raw(from, until, with_bodies);
        let done = self.handle.run("replay", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { entry(self.handle.instance(), shard.0, &raw const raw, reply) }
        });
        replay.end(&self.handle)?;
        done
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        let read = self.vtable.read.ok_or_else(|| Error::unsupported("read"))?;
        self.handle.call("read", |reply| {
            let QueueRecord { queue, id } = record;
            // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
            unsafe { read(self.handle.instance(), shard.0, queue, id, reply) }
        })
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        let Some(purge) = self.vtable.purge else { return done.err(Error::unsupported("purge")) };
        self.handle.start("purge", done, |token, reply| {
            // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
            unsafe { purge(self.handle.instance(), shard.0, epoch.0, queue, token, reply) }
        });
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        let statistics = self.vtable.statistics.ok_or_else(|| Error::unsupported("statistics"))?;
        self.handle.call("statistics", |reply| {
            // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
            unsafe { statistics(self.handle.instance(), shard.0, reply) }
        })
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        self.get_meta(key)
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        self.set_meta(key, expected, value, done);
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        self.list_meta(prefix, visit)
    }

    fn meta_watch(&self, prefix: &str) -> Result<()> {
        self.watch_meta(prefix)
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        self.remove_meta(key, expected, done);
    }

    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        let entry = self.vtable.entries.ok_or_else(|| Error::unsupported("entries"))?;
        let mut entries = Entries::new(visit);
        let raw = entries.raw(queue, ids);
        let done = self.handle.run("entries", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { entry(self.handle.instance(), shard.0, &raw const raw, reply) }
        });
        entries.end(&self.handle)?;
        done
    }

    fn inspect(&self) -> Result<String> {
        let inspect = self.vtable.inspect.ok_or_else(|| Error::unsupported("inspect"))?;
        // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
        self.handle.call("inspect", |reply| unsafe { inspect(self.handle.instance(), reply) })
    }
}

impl Reading for Acquired {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let raw = unsafe { result_struct::<PhAcquired>(entry, result) }?;
        Ok(Acquired { epoch: Epoch(raw.epoch), fence: Position(raw.fence) })
    }
}

impl Reading for AppendOutcome {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let raw = unsafe { result_struct::<PhAppendOutcome>(entry, result) }?;
        match raw.outcome {
            number::APPEND_DONE => Ok(AppendOutcome::Done(Position(raw.position))),
            number::APPEND_FENCED => Ok(AppendOutcome::Fenced),
            number::APPEND_FULL => Ok(AppendOutcome::Full),
            number::APPEND_UNKNOWN => Ok(AppendOutcome::Unknown),
            other => Err(Fault::BadNumber { entry, of: "the outcome", number: other }),
        }
    }
}
