//! Store `my-plugin`: keeps messages in memory, and says so. It is a beginning: what a store has to
//! promise is in the SDK's `store.rs`, what it costs to keep the promise is in yours.
//!
//! Begin with `log.rs`, which is one shard and knows no locks; this file is the store around it.
//!
//! Invariants:
//! - an append is kept whole or not at all;
//! - no answer is given and no visitor called under a lock.

mod log;
mod meta;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, Completion, Context, Epoch, Error, ErrorKind, Event,
    Factory, InstanceId, MetaRevision, Operation, Position, QueueRecord, Replayed, Result, Shard,
    Store, Value, export_plugin, notify,
};

use log::ShardLog;
use meta::Meta;

/// Operations of one append, and bytes of their headers, bodies, keys and values.
const BATCH_OPERATIONS_MAX: u64 = 65_536;
const BATCH_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The store.
struct Memory {
    instance: InstanceId,
    shards: Mutex<BTreeMap<Shard, ShardLog>>,
    meta: Mutex<Meta>,
}

impl Factory for Memory {
    const TYPE_NAME: &'static str = "my-plugin";

    fn create(context: &Context<'_>) -> Result<Self> {
        let instance = context.instance;
        Ok(Self { instance, shards: Mutex::default(), meta: Mutex::default() })
    }
}

impl Memory {
    fn shards(&self) -> MutexGuard<'_, BTreeMap<Shard, ShardLog>> {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn meta(&self) -> MutexGuard<'_, Meta> {
        self.meta.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `change` makes of a shard, where the epoch is still its own.
    fn change(
        &self,
        shard: Shard,
        epoch: Epoch,
        change: impl FnOnce(&mut ShardLog) -> Result<()>,
    ) -> Result<AppendOutcome> {
        let mut shards = self.shards();
        let Some(log) = shards.get_mut(&shard).filter(|log| log.epoch == epoch.0) else {
            return Ok(AppendOutcome::Fenced);
        };
        change(log)?;
        Ok(AppendOutcome::Done(log.end()))
    }
}

fn answer<T: Send + 'static>(done: Completion<T>, result: Result<T>) {
    match result {
        Ok(value) => done.ok(value),
        Err(error) => done.err(error),
    }
}

/// Refuses what is past the limits that the capabilities name.
fn check(batch: &[Operation<'_>]) -> Result<()> {
    let bytes = |operation: &Operation<'_>| match operation {
        Operation::Put { header, body, .. } => header.len() + body.len(),
        Operation::Meta { key, value } => key.len() + value.len(),
        Operation::Delete(_) | Operation::Mark { .. } => 0,
    };
    let over = |what, found: u64, max| {
        let text = format!("an append of {found} {what}, at most {max} are allowed");
        if found > max { Err(Error::new(ErrorKind::LimitExceeded, text)) } else { Ok(()) }
    };
    over("operations", batch.len() as u64, BATCH_OPERATIONS_MAX)?;
    over("bytes", batch.iter().map(|it| bytes(it) as u64).sum(), BATCH_BYTES_MAX)
}

impl Store for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: BATCH_OPERATIONS_MAX,
            batch_bytes_max: BATCH_BYTES_MAX,
            body_bytes_max: BATCH_BYTES_MAX / 2,
            is_atomic_over_shard: true,
            is_durable_on_ack: false,
        }
    }

    fn acquire(&self, shard: Shard, _: &str, done: Completion<Acquired>) {
        let (lost, acquired) = {
            let mut shards = self.shards();
            let log = shards.entry(shard).or_default();
            let lost = log.epoch;
            log.epoch += 1;
            (lost, Acquired { epoch: Epoch(log.epoch), fence: log.end() })
        };
        if lost > 0 {
            let lost = [("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(lost))];
            let lost = lost.map(|(key, value)| (Value::from(key), value));
            notify(self.instance, Event::EpochLost, &Value::Map(lost.to_vec()));
        }
        done.ok(acquired);
    }

    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let kept = check(batch).and_then(|()| self.change(shard, epoch, |log| log.append(batch)));
        answer(done, kept);
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let records = self.shards().get(&shard).map(|log| log.records(from..until, with_bodies));
        // The visitor may call the store, so no lock is held any more.
        records.into_iter().flatten().all(visit);
        Ok(())
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        Ok(self.shards().get(&shard).and_then(|log| log.body(record)))
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        answer(
            done,
            self.change(shard, epoch, |log| {
                log.purge(queue);
                Ok(())
            }),
        );
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        let shards = self.shards();
        let log = shards.get(&shard).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("nobody ever took shard {}", shard.0))
        })?;
        Ok(format!(r#"{{"entries":{}}}"#, log.entries()))
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        Ok(self.meta().get(key))
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let set = self.meta().compare_and_set(key, expected, value);
        done.ok(set);
    }

    fn inspect(&self) -> Result<String> {
        let durability = "memory alone: nothing outlives the process";
        Ok(format!(r#"{{"durability":"{durability}","sync":"never"}}"#))
    }
}

export_plugin! { store: [Memory] }
