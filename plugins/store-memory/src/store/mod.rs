//! The store as the broker sees it: shards under locks of their own, one budget over all.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, Completion, Context, Epoch, Error, Event, Factory,
    InstanceId, Level, MetaEntry, MetaRevision, Offers, Operation, Position, QueueRecord, Replayed,
    Result, Shard, Store, StoredEntry, Value, log, notify,
};

use crate::budget::Budget;
use crate::configuration::{Configuration, SCHEMA};
use crate::error::StoreError;
use crate::limits::{
    BATCH_OPERATIONS_MAX, ENTRIES_PAGE_RECORDS, ENTRY_BYTES, RECORD_BYTES, REPLAY_PAGE_RECORDS,
    SHARDS_MAX,
};
use crate::meta::{Changed, Meta};
use crate::shard_log::{Kept, ShardLog, growth_bytes};

/// A store that keeps messages while the process runs.
#[derive(Debug)]
pub struct Memory {
    instance: InstanceId,
    budget: Budget,
    shards: RwLock<HashMap<Shard, Arc<Mutex<ShardLog>>>>,
    meta: Meta,
}

impl Factory for Memory {
    const TYPE_NAME: &'static str = "memory";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;

    fn create(context: &Context<'_>) -> Result<Self> {
        let Configuration { bytes_max } = Configuration::parse(context.configuration)?;
        log(Level::Warn, "messages are kept in memory: nothing outlives this process");
        let budget = Budget::new(bytes_max);
        let (shards, meta) = (RwLock::default(), Meta::default());
        Ok(Self { instance: context.instance, budget, shards, meta })
    }
}

impl Store for Memory {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: BATCH_OPERATIONS_MAX as u64,
            batch_bytes_max: self.budget.bytes_max(),
            body_bytes_max: self.budget.bytes_max().saturating_sub(RECORD_BYTES + ENTRY_BYTES),
            is_atomic_over_shard: true,
            is_durable_on_ack: false,
        }
    }

    fn offers(&self) -> Offers {
        let of_keys = Offers::META_LIST.and(Offers::META_WATCH).and(Offers::META_REMOVE);
        of_keys.and(Offers::ENTRIES)
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        match self.shard_or_new(shard).map(|log| log.lock().acquire(node)) {
            Ok((acquired, lost)) => {
                if let Some(lost) = lost {
                    notify(self.instance, Event::EpochLost, &epoch_lost(shard, lost));
                }
                done.ok(acquired);
            }
            Err(error) => done.err(error.into()),
        }
    }

    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        done.finish(self.append_now(shard, epoch, batch).map_err(Error::from));
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let Some(log) = self.shard(shard) else { return Ok(()) };
        let mut next = from.0;
        loop {
            let page: Vec<(u64, Kept)> =
                log.lock().records(next..until.0).take(REPLAY_PAGE_RECORDS).collect();
            let Some(&(last, _)) = page.last() else { return Ok(()) };
            for (position, kept) in page {
                if !visit(kept.replayed(position, with_bodies)) {
                    return Ok(());
                }
            }
            next = last.saturating_add(1);
        }
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        let body = self
            .shard(shard)
            .and_then(|log| log.lock().put_of(record).map(|put| Arc::clone(&put.body)));
        Ok(body.map(|body| body.to_vec()))
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        done.ok(self.purge_now(shard, epoch, queue));
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        let log = self.shard(shard).ok_or(StoreError::NoShard { shard: shard.0 })?;
        let statistics = log.lock().statistics();
        Ok(statistics.to_string())
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        Ok(self.meta.get(key))
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let set = self.meta.compare_and_set(&self.budget, key, expected, value);
        self.tell(key, set.as_ref().ok().copied().flatten());
        let revision = set.map(|changed| changed.map(|changed| changed.revision));
        done.finish(revision.map_err(Error::from));
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        let mut last: Option<String> = None;
        loop {
            let page = self.meta.page(prefix, last.as_deref());
            let Some(end) = page.last().map(|entry| entry.key.clone()) else { return Ok(()) };
            for entry in page {
                if !visit(entry) {
                    return Ok(());
                }
            }
            last = Some(end);
        }
    }

    fn meta_watch(&self, prefix: &str) -> Result<()> {
        Ok(self.meta.watch(prefix)?)
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        let removed = self.meta.remove(&self.budget, key, expected);
        self.tell(key, removed);
        done.ok(removed.is_some());
    }

    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        let Some(log) = self.shard(shard) else { return Ok(()) };
        let mut next = ids.start;
        loop {
            let page = log.lock().puts(queue, next..ids.end, ENTRIES_PAGE_RECORDS);
            let Some(&(last, _)) = page.last() else { return Ok(()) };
            for (id, put) in page {
                if !visit(StoredEntry { id, header: &put.header, body: &put.body }) {
                    return Ok(());
                }
            }
            next = last.saturating_add(1);
        }
    }

    fn inspect(&self) -> Result<String> {
        let state = serde_json::json!({
            "durability": "Messages are kept in memory: nothing outlives this process.",
            "sync": "never",
            "shards": self.shards.read().len(),
            "meta_keys": self.meta.len(),
            "bytes": self.budget.taken_bytes(),
            "bytes_max": self.budget.bytes_max(),
        });
        Ok(state.to_string())
    }
}

impl Memory {
    /// Tells of a change that somebody watches.
    fn tell(&self, key: &str, changed: Option<Changed>) {
        if let Some(Changed { revision, is_watched: true }) = changed {
            let told = [("key", Value::from(key)), ("revision", Value::Ulong(revision.0))];
            notify(self.instance, Event::MetaChanged, &map(told));
        }
    }

    fn append_now(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
    ) -> Result<AppendOutcome, StoreError> {
        if batch.len() > BATCH_OPERATIONS_MAX {
            return Err(StoreError::BatchOperations { found: batch.len() });
        }
        let found_bytes = growth_bytes(batch);
        let bytes_max = self.budget.bytes_max();
        if found_bytes > bytes_max {
            return Err(StoreError::BatchBytes { found_bytes, bytes_max });
        }
        let Some(log) = self.shard(shard) else { return Ok(AppendOutcome::Fenced) };
        let mut log = log.lock();
        if !log.is_current(epoch) {
            return Ok(AppendOutcome::Fenced);
        }
        log.check(batch)?;
        if !self.budget.take(found_bytes) {
            return Ok(AppendOutcome::Full);
        }
        let before_bytes = log.bytes();
        log.apply(batch);
        self.settle(before_bytes + found_bytes, &log);
        Ok(AppendOutcome::Done(log.end()))
    }

    fn purge_now(&self, shard: Shard, epoch: Epoch, queue: u64) -> AppendOutcome {
        let Some(log) = self.shard(shard) else { return AppendOutcome::Fenced };
        let mut log = log.lock();
        if !log.is_current(epoch) {
            return AppendOutcome::Fenced;
        }
        let before_bytes = log.bytes();
        log.purge(queue);
        self.settle(before_bytes, &log);
        AppendOutcome::Done(log.end())
    }

    /// Gives back what was taken for a shard beyond what it costs now.
    fn settle(&self, taken_bytes: u64, log: &ShardLog) {
        self.budget.give_back(taken_bytes.saturating_sub(log.bytes()));
    }

    fn shard(&self, shard: Shard) -> Option<Arc<Mutex<ShardLog>>> {
        self.shards.read().get(&shard).cloned()
    }

    fn shard_or_new(&self, shard: Shard) -> Result<Arc<Mutex<ShardLog>>, StoreError> {
        let mut shards = self.shards.write();
        if shards.len() >= SHARDS_MAX && !shards.contains_key(&shard) {
            return Err(StoreError::Shards);
        }
        Ok(Arc::clone(shards.entry(shard).or_default()))
    }
}

fn epoch_lost(shard: Shard, lost: Epoch) -> Value {
    map([("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(lost.0))])
}

fn map(fields: [(&str, Value); 2]) -> Value {
    Value::Map(fields.map(|(name, value)| (Value::from(name), value)).into())
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
