//! A store over a map of bytes: shards, epochs, records, entries and keys, as [`crate::Store`]
//! wants them. `layout` says what stands where.
//!
//! Invariants:
//! - the map has everything; what is in memory beside is who was told of an epoch;
//! - a call reads what it touches, and writes once, at its end;
//! - no answer is given and no visitor called under the lock.

mod change;
mod layout;
mod limits;
mod meta;
mod reading;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::change::Change;
use self::layout::{Entry, Head, Totals};
use self::limits::{
    BATCH_BYTES_MAX, BATCH_OPERATIONS_MAX, ENTRY_BYTES, PAGE_BYTES, PURGE_ENTRIES, RECORD_BYTES,
};
use super::{Changes, KeyValue, Keys};
use crate::completion::Completion;
use crate::error::{Error, ErrorKind, Result};
use crate::factory::{CommandOutput, Context, Factory, InstanceId, NO_CONFIGURATION};
use crate::notify::{Event, notify};
use crate::store::{
    Acquired, AppendOutcome, Capabilities, Epoch, MetaEntry, MetaRevision, Offers, Operation,
    Position, QueueRecord, Replayed, Shard, Store, StoredEntry,
};
use crate::value::Value;

/// A store that stands on a map: what it is called, and which map that is. [`OverKeyValue`] of it
/// is what a library exports:
///
/// ```standalone_crate
/// # use philter_plugin_api::*;
/// use philter_plugin_api::key_value::{Granted, KeyValueOptions, KeyValueStore, OverKeyValue};
///
/// struct Plain;
///
/// impl KeyValueStore for Plain {
///     const TYPE_NAME: &'static str = "plain";
///     type Map = Granted;
///
///     fn open(_: &Context<'_>) -> Result<(Granted, KeyValueOptions)> {
///         Ok((Granted::new(), KeyValueOptions::default()))
///     }
/// }
///
/// export_plugin! { store: [OverKeyValue<Plain>] }
/// # fn main() {}
/// ```
pub trait KeyValueStore: Sized + Send + Sync + 'static {
    /// As [`Factory::TYPE_NAME`].
    const TYPE_NAME: &'static str;

    /// As [`Factory::CONFIGURATION_SCHEMA`].
    const CONFIGURATION_SCHEMA: &'static str = NO_CONFIGURATION;

    /// As [`Factory::SUBCOMMAND`].
    const SUBCOMMAND: Option<&'static str> = None;

    /// The map.
    type Map: KeyValue;

    /// Opens the map of an instance.
    ///
    /// # Errors
    /// A configuration that is wrong, or that does not fit what is in the map; the text names
    /// which.
    fn open(context: &Context<'_>) -> Result<(Self::Map, KeyValueOptions)>;

    /// As [`Factory::command`].
    ///
    /// # Errors
    /// No such subcommand.
    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let _ = (context, arguments, input);
        Err(Error::unsupported("command"))
    }
}

/// What a store over a map goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyValueOptions {
    /// Bytes to keep, with what each record costs beside its own; beyond that the store is full.
    pub bytes_max: u64,
}

impl Default for KeyValueOptions {
    /// As many bytes as there are.
    fn default() -> Self {
        Self { bytes_max: u64::MAX }
    }
}

/// A store over the map that `S` opens.
pub struct OverKeyValue<S: KeyValueStore> {
    instance: InstanceId,
    options: KeyValueOptions,
    is_durable: bool,
    state: Mutex<State<S::Map>>,
}

struct State<M> {
    map: M,
    /// The epochs that this instance was granted.
    held: BTreeMap<Shard, Epoch>,
}

impl<S: KeyValueStore> Debug for OverKeyValue<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OverKeyValue").field("type_name", &S::TYPE_NAME).finish_non_exhaustive()
    }
}

impl<S: KeyValueStore> Factory for OverKeyValue<S> {
    const TYPE_NAME: &'static str = S::TYPE_NAME;
    const CONFIGURATION_SCHEMA: &'static str = S::CONFIGURATION_SCHEMA;
    const SUBCOMMAND: Option<&'static str> = S::SUBCOMMAND;

    fn create(context: &Context<'_>) -> Result<Self> {
        let (map, options) = S::open(context)?;
        let is_durable = map.is_durable();
        let state = Mutex::new(State { map, held: BTreeMap::new() });
        Ok(Self { instance: context.instance, options, is_durable, state })
    }

    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        S::command(context, arguments, input)
    }
}

impl<S: KeyValueStore> OverKeyValue<S> {
    fn state(&self) -> MutexGuard<'_, State<S::Map>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_now(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
    ) -> Result<AppendOutcome> {
        check_limits(batch)?;
        let map = &mut self.state().map;
        match Change::begin(map, shard, epoch, batch)? {
            None => Ok(AppendOutcome::Fenced),
            Some(change) => change.append(map, batch, self.options.bytes_max),
        }
    }

    /// Takes a shard; with the epoch that this instance loses by it.
    fn acquire_now(&self, shard: Shard, node: &str) -> Result<(Acquired, Option<Epoch>)> {
        let mut state = self.state();
        let found = read_head(&mut state.map, shard)?;
        let mut head = found.map(|(head, _)| head).unwrap_or_default();
        head.epoch += 1;
        node.clone_into(&mut head.node);
        let mut changes = Changes::new();
        changes.put(&layout::head(shard), &head.encode());
        state.map.write(changes)?;
        let epoch = Epoch(head.epoch);
        let lost = state.held.insert(shard, epoch);
        Ok((Acquired { epoch, fence: Position(head.next) }, lost))
    }
}

impl<S: KeyValueStore> Store for OverKeyValue<S> {
    fn capabilities(&self) -> Capabilities {
        let fits = self.options.bytes_max.saturating_sub(RECORD_BYTES + ENTRY_BYTES);
        let bytes_max = self.options.bytes_max.clamp(1, BATCH_BYTES_MAX);
        Capabilities {
            batch_operations_max: BATCH_OPERATIONS_MAX,
            batch_bytes_max: bytes_max,
            body_bytes_max: fits.min(bytes_max / 2),
            is_atomic_over_shard: true,
            is_durable_on_ack: self.is_durable,
        }
    }

    fn offers(&self) -> Offers {
        Offers::META_LIST.and(Offers::META_REMOVE).and(Offers::ENTRIES)
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        match self.acquire_now(shard, node) {
            Ok((acquired, lost)) => {
                if let Some(lost) = lost {
                    notify(self.instance, Event::EpochLost, &epoch_lost(shard, lost));
                }
                done.ok(acquired);
            }
            Err(error) => done.err(error),
        }
    }

    fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        done.finish(self.append_now(shard, epoch, batch));
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let mut next = from.0;
        loop {
            let range = next..until.0;
            let page = reading::records(&mut self.state().map, shard, range, with_bodies)?;
            for replayed in page.records {
                if !visit(replayed) {
                    return Ok(());
                }
            }
            match page.next {
                Some(position) => next = position,
                None => return Ok(()),
            }
        }
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        reading::body(&mut self.state().map, shard, record)
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        let outcome = {
            let map = &mut self.state().map;
            loop {
                match purge_some(map, shard, epoch, queue) {
                    Ok(None) => {}
                    Ok(Some(outcome)) => break Ok(outcome),
                    Err(error) => break Err(error),
                }
            }
        };
        done.finish(outcome);
    }

    fn purge_part(
        &self,
        shard: Shard,
        epoch: Epoch,
        queue: u64,
        done: Completion<Option<AppendOutcome>>,
    ) {
        let some = purge_some(&mut self.state().map, shard, epoch, queue);
        done.finish(some);
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        let Some((head, _)) = read_head(&mut self.state().map, shard)? else {
            let text = format!("shard {} does not exist", shard.0);
            return Err(Error::new(ErrorKind::NotFound, text));
        };
        let Head { epoch, next, messages, entries, bytes, node: _ } = head;
        Ok(format!(
            "{{\"epoch\":{epoch},\"position\":{next},\"messages\":{messages},\
             \"entries\":{entries},\"bytes\":{bytes}}}"
        ))
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        meta::get(&mut self.state().map, key)
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let bytes_max = self.options.bytes_max;
        let set = meta::compare_and_set(&mut self.state().map, bytes_max, key, expected, value);
        done.finish(set);
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        self.meta_list_from(prefix, prefix, visit)
    }

    fn meta_list_from(
        &self,
        prefix: &str,
        from: &str,
        visit: &mut dyn FnMut(MetaEntry) -> bool,
    ) -> Result<()> {
        let mut from = from.to_owned();
        loop {
            let page = meta::list(&mut self.state().map, prefix, &from)?;
            for entry in page.entries {
                if !visit(entry) {
                    return Ok(());
                }
            }
            match page.next {
                Some(next) => from = next,
                None => return Ok(()),
            }
        }
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        let removed = meta::remove(&mut self.state().map, key, expected);
        done.finish(removed);
    }

    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        let mut ids = ids;
        loop {
            let page = reading::entries(&mut self.state().map, shard, queue, ids.clone())?;
            for (id, header, body) in &page.entries {
                if !visit(StoredEntry { id: *id, header, body }) {
                    return Ok(());
                }
            }
            match page.next {
                Some(next) => ids.start = next,
                None => return Ok(()),
            }
        }
    }

    fn inspect(&self) -> Result<String> {
        let (durability, sync) = match self.is_durable {
            true => {
                ("What is acknowledged is kept by the map that this store stands on.", "always")
            }
            false => ("Messages are kept in memory: nothing outlives this process.", "never"),
        };
        let Totals { bytes, keys, .. } = read_totals(&mut self.state().map)?;
        let bytes_max = match self.options.bytes_max {
            u64::MAX => "null".to_owned(),
            bytes_max => bytes_max.to_string(),
        };
        Ok(format!(
            "{{\"durability\":\"{durability}\",\"sync\":\"{sync}\",\"bytes\":{bytes},\
             \"bytes_max\":{bytes_max},\"meta_keys\":{keys}}}"
        ))
    }
}

/// Settles some entries of a queue; none where some are left.
fn purge_some(
    map: &mut impl KeyValue,
    shard: Shard,
    epoch: Epoch,
    queue: u64,
) -> Result<Option<AppendOutcome>> {
    let found = read_head(map, shard)?.filter(|(head, _)| head.epoch == epoch.0);
    let Some((head, totals)) = found else { return Ok(Some(AppendOutcome::Fenced)) };
    let end = Position(head.next);
    let [from, until] = [0, u64::MAX].map(|id| layout::entry(shard, QueueRecord { queue, id }));
    // The last id there can be as well.
    let until = [until.as_slice(), &[0]].concat();
    let found = map.scan(&from, &until, PURGE_ENTRIES, PAGE_BYTES)?;
    let mut entries = Vec::with_capacity(found.len());
    for (key, value) in found.iter() {
        let record = QueueRecord { queue, id: layout::last_number(key)? };
        entries.push((record, Entry::decode(value)?));
    }
    if !entries.is_empty() {
        Change::of_entries(shard, (head, totals), entries.into_iter()).settle(map)?;
    }
    Ok((!found.has_more()).then_some(AppendOutcome::Done(end)))
}

fn read_head(map: &mut impl KeyValue, shard: Shard) -> Result<Option<(Head, Totals)>> {
    let mut keys = Keys::new();
    keys.push(&layout::head(shard));
    keys.push(layout::TOTALS);
    let values = map.get(&keys)?;
    let mut values = values.iter();
    let Some(head) = values.next().flatten() else { return Ok(None) };
    let totals = Totals::decode(values.next().flatten())?;
    Ok(Some((Head::decode(head)?, totals)))
}

fn read_totals(map: &mut impl KeyValue) -> Result<Totals> {
    let mut keys = Keys::new();
    keys.push(layout::TOTALS);
    let values = map.get(&keys)?;
    Totals::decode(values.iter().next().flatten())
}

/// Refuses what is past the limits that the capabilities name.
fn check_limits(batch: &[Operation<'_>]) -> Result<()> {
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

fn epoch_lost(shard: Shard, lost: Epoch) -> Value {
    let fields = [("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(lost.0))];
    Value::Map(fields.map(|(name, value)| (Value::from(name), value)).into())
}
