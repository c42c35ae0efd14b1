//! A durable store in one file, with a planted fault by its type: `ledger` has none.
//!
//! It writes what happens as lines of JSON and reads them all at its start. It is for the kit's
//! tests alone: nothing is ever compacted, and nothing reaches the disk but by the system's own
//! leave.

mod fault;
mod file;
mod state;

use std::fs::File;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, Completion, Context, Epoch, Error, ErrorKind, Event,
    Factory, InstanceId, MetaEntry, MetaRevision, Offers, Operation, Position, QueueRecord, Record,
    Replayed, Result, Shard, Store, StoredEntry, Value, notify,
};

use fault::Fault;
use file::{Line, Lines};
use state::State;

/// Bytes of one body.
const BODY_BYTES_MAX: usize = 1 << 20;

/// A store with the fault of this number; see [`Fault`].
pub(crate) struct Ledger<const FAULT: u8> {
    instance: InstanceId,
    bytes_max: u64,
    kept: Mutex<Kept>,
    _lock: Option<File>,
}

struct Kept {
    state: State,
    lines: Lines,
    watched: Vec<String>,
}

impl<const FAULT: u8> Ledger<FAULT> {
    const FAULT: Fault = Fault::of(FAULT);

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: Event, fields: [(&str, Value); 2]) {
        let fields = fields.map(|(name, value)| (Value::from(name), value));
        notify(self.instance, event, &Value::Map(fields.into()));
    }

    fn tell_of_key(&self, key: &str, revision: u64) {
        let is_watched = self.kept().watched.iter().any(|prefix| key.starts_with(prefix));
        if is_watched && Self::FAULT != Fault::Deaf {
            let fields = [("key", Value::from(key)), ("revision", Value::Ulong(revision))];
            self.tell(Event::MetaChanged, fields);
        }
    }

    fn append_now(
        &self,
        shard: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
    ) -> Result<AppendOutcome> {
        let mut kept = self.kept();
        if kept.state.shard(shard.0).epoch != epoch.0 {
            return Ok(AppendOutcome::Fenced);
        }
        let good = batch.iter().take_while(|operation| is_good(operation)).count();
        if good < batch.len() {
            if Self::FAULT == Fault::KeepsHalves {
                kept.keep::<FAULT>(shard, batch.get(..good).unwrap_or_default())?;
            }
            let text = format!("a body has more than {BODY_BYTES_MAX} bytes");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        let needs_room = batch.iter().any(|operation| match operation {
            Operation::Put { .. } => true,
            Operation::Meta { value, .. } => !value.is_empty(),
            Operation::Delete(_) => Self::FAULT == Fault::IsFullForDeletes,
            Operation::Mark { .. } => false,
        });
        if needs_room && kept.state.body_bytes() >= self.bytes_max {
            return Ok(AppendOutcome::Full);
        }
        kept.keep::<FAULT>(shard, batch)?;
        Ok(AppendOutcome::Done(Position(kept.state.shard(shard.0).next)))
    }
}

fn is_good(operation: &Operation<'_>) -> bool {
    !matches!(operation, Operation::Put { body, .. } if body.len() > BODY_BYTES_MAX)
}

impl Kept {
    fn keep<const FAULT: u8>(&mut self, shard: Shard, batch: &[Operation<'_>]) -> Result<()> {
        let records: Vec<_> = batch.iter().map(owned).collect();
        let fault = Fault::of(FAULT);
        let is_written = |record: &&Record| match record {
            Record::Delete(_) => fault != Fault::LosesDeletes,
            Record::Mark { .. } => fault != Fault::LosesMarks,
            Record::Put { .. } | Record::Meta { .. } => true,
        };
        let written: Vec<_> = records.iter().filter(is_written).cloned().collect();
        self.lines.write(&Line::Batch(shard.0, written))?;
        for record in records {
            self.state.shard(shard.0).apply(record, fault == Fault::MovesRetries);
        }
        Ok(())
    }
}

impl<const FAULT: u8> Factory for Ledger<FAULT> {
    const TYPE_NAME: &'static str = Self::FAULT.type_name();
    const CONFIGURATION_SCHEMA: &'static str =
        r#"{"type": "object", "properties": {"bytes_max": {"type": "integer"}}}"#;

    fn create(context: &Context<'_>) -> Result<Self> {
        let configuration: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(context.configuration)
                .map_err(|error| Error::invalid(error.to_string()))?;
        let bytes_max = configuration.get("bytes_max").and_then(serde_json::Value::as_u64);
        let none = || Error::invalid("a ledger needs a data directory");
        let folder = Path::new(context.data_dir.ok_or_else(none)?);
        let lock = match Self::FAULT {
            Fault::SharesItsDirectory => None,
            _ => Some(file::lock(folder)?),
        };
        let mut state = State::default();
        file::read(folder, |line| state.replay(line, Self::FAULT))?;
        let lines = Lines::open(folder, Self::FAULT == Fault::ConfirmsEarly)?;
        Ok(Self {
            instance: context.instance,
            bytes_max: bytes_max.unwrap_or(u64::MAX),
            kept: Mutex::new(Kept { state, lines, watched: Vec::new() }),
            _lock: lock,
        })
    }
}

impl<const FAULT: u8> Store for Ledger<FAULT> {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: u64::MAX,
            batch_bytes_max: u64::MAX,
            body_bytes_max: BODY_BYTES_MAX as u64,
            is_atomic_over_shard: true,
            is_durable_on_ack: true,
        }
    }

    fn offers(&self) -> Offers {
        let of_keys = Offers::META_LIST.and(Offers::META_WATCH).and(Offers::META_REMOVE);
        of_keys.and(Offers::ENTRIES)
    }

    fn acquire(&self, shard: Shard, _: &str, done: Completion<Acquired>) {
        let mut kept = self.kept();
        let of = kept.state.shard(shard.0);
        let lost = of.epoch;
        of.epoch += 1;
        let acquired = Acquired { epoch: Epoch(of.epoch), fence: Position(of.next) };
        let line = Line::Epoch(shard.0, of.epoch);
        let written = match Self::FAULT {
            Fault::RepeatsEpochs => Ok(()),
            _ => kept.lines.write(&line),
        };
        drop(kept);
        if lost > 0 && Self::FAULT != Fault::Silent {
            let fields = [("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(lost))];
            self.tell(Event::EpochLost, fields);
        }
        done.finish(written.map(|()| acquired));
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
        let log = self.kept().state.shard(shard.0).log.clone();
        for (position, mut record) in log {
            if let Record::Put { body, .. } = &mut record
                && !with_bodies
            {
                *body = None;
            }
            let position = Position(position);
            let is_wanted = (from.0..until.0).contains(&position.0);
            if is_wanted && !visit(Replayed { position, record }) {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        Ok(self.kept().state.shard(shard.0).body(record))
    }

    fn purge(&self, shard: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        let entries = self.kept().state.shard(shard.0).of_queue(queue);
        let deletes: Vec<_> = entries.into_iter().map(Operation::Delete).collect();
        done.finish(self.append_now(shard, epoch, &deletes));
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        match self.kept().state.shards.get(&shard.0) {
            Some(of) => Ok(format!("{{\"epoch\": {}}}", of.epoch)),
            None => Err(Error::new(ErrorKind::NotFound, "nobody took this shard")),
        }
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        let found = self.kept().state.keys.get(key).cloned();
        Ok(found.map(|(revision, value)| (MetaRevision(revision), value)))
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let mut kept = self.kept();
        if kept.state.revision(key) != expected.0 {
            return done.ok(None);
        }
        let revision = kept.state.last_revision + 1;
        let line = Line::Key(key.to_owned(), revision, Some(value.to_vec()));
        if Self::FAULT != Fault::LosesKeys
            && let Err(error) = kept.lines.write(&line)
        {
            return done.err(error);
        }
        kept.state.replay(line, Self::FAULT);
        drop(kept);
        self.tell_of_key(key, revision);
        done.ok(Some(MetaRevision(revision)));
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        let keys = self.kept().state.keys.clone();
        for (key, (revision, value)) in keys {
            let is_wanted = key.starts_with(prefix) || Self::FAULT == Fault::ListsEverything;
            let revision = MetaRevision(revision);
            if is_wanted && !visit(MetaEntry { key, revision, value }) {
                break;
            }
        }
        Ok(())
    }

    fn meta_watch(&self, prefix: &str) -> Result<()> {
        self.kept().watched.push(prefix.to_owned());
        Ok(())
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        let mut kept = self.kept();
        let found = kept.state.revision(key);
        if found == 0 || found != expected.0 {
            return done.ok(false);
        }
        let revision = kept.state.last_revision + 1;
        let line = Line::Key(key.to_owned(), revision, None);
        let written = kept.lines.write(&line);
        kept.state.replay(line, Self::FAULT);
        drop(kept);
        self.tell_of_key(key, 0);
        done.finish(written.map(|()| true));
    }

    fn entries(
        &self,
        shard: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        let found = self.kept().state.shard(shard.0).puts(queue, &ids);
        let skipped = usize::from(Self::FAULT == Fault::SkipsEntries);
        let wanted = found.len().saturating_sub(skipped);
        for (id, header, body) in found.into_iter().take(wanted) {
            if !visit(StoredEntry { id, header: &header, body: &body }) {
                break;
            }
        }
        Ok(())
    }

    fn inspect(&self) -> Result<String> {
        let durability = match Self::FAULT {
            Fault::SaysNothing => "durable",
            _ => "What is confirmed outlives the process, and no power cut.",
        };
        Ok(format!("{{\"durability\": \"{durability}\", \"sync\": \"never\"}}"))
    }
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
