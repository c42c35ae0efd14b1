//! A store in memory that gives out epochs and never asks for them again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use philter_plugin_api::{
    Acquired, AppendOutcome, Capabilities, Completion, Context, Epoch, Error, Factory,
    MetaRevision, Operation, Position, QueueRecord, Record, Replayed, Result, Shard, Store,
};

#[derive(Default)]
pub(crate) struct Unfenced {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    epochs: u64,
    log: Vec<(Shard, Record)>,
    meta: BTreeMap<String, (u64, Vec<u8>)>,
}

impl Unfenced {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Factory for Unfenced {
    const TYPE_NAME: &'static str = "unfenced";

    fn create(context: &Context<'_>) -> Result<Self> {
        match context.configuration {
            "{}" => Ok(Self::default()),
            _ => Err(Error::invalid("it takes no configuration")),
        }
    }
}

impl Store for Unfenced {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: u64::MAX,
            batch_bytes_max: u64::MAX,
            body_bytes_max: u64::MAX,
            is_atomic_over_shard: true,
            is_durable_on_ack: false,
        }
    }

    fn acquire(&self, _: Shard, _: &str, done: Completion<Acquired>) {
        let mut state = self.state();
        state.epochs += 1;
        let fence = Position(state.log.len() as u64);
        done.ok(Acquired { epoch: Epoch(state.epochs), fence });
    }

    fn append(
        &self,
        shard: Shard,
        _: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let mut state = self.state();
        state.log.extend(batch.iter().map(|operation| (shard, owned(operation))));
        done.ok(AppendOutcome::Done(Position(state.log.len() as u64)));
    }

    fn replay(
        &self,
        shard: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let log = self.state().log.clone();
        for (position, (of, mut record)) in (0..).map(Position).zip(log) {
            if let Record::Put { body, .. } = &mut record
                && !with_bodies
            {
                *body = None;
            }
            let is_wanted = of == shard && (from..until).contains(&position);
            if is_wanted && !visit(Replayed { position, record }) {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, shard: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        for (of, kept) in &self.state().log {
            match kept {
                Record::Put { body, queues, .. } if *of == shard && queues.contains(&record) => {
                    found.clone_from(body);
                }
                Record::Delete(deleted) if *of == shard && *deleted == record => found = None,
                _ => {}
            }
        }
        Ok(found)
    }

    fn purge(&self, shard: Shard, _: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        let mut state = self.state();
        let mut deletes = Vec::new();
        for (of, record) in &state.log {
            if let Record::Put { queues, .. } = record
                && *of == shard
            {
                deletes.extend(queues.iter().filter(|record| record.queue == queue).copied());
            }
        }
        state.log.extend(deletes.into_iter().map(|record| (shard, Record::Delete(record))));
        done.ok(AppendOutcome::Done(Position(state.log.len() as u64)));
    }

    fn statistics(&self, _: Shard) -> Result<String> {
        Ok("{}".to_owned())
    }

    fn meta_get(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        let found = self.state().meta.get(key).cloned();
        Ok(found.map(|(revision, value)| (MetaRevision(revision), value)))
    }

    fn meta_compare_and_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let mut state = self.state();
        let found = state.meta.get(key).map_or(0, |(revision, _)| *revision);
        if found != expected.0 {
            return done.ok(None);
        }
        state.meta.insert(key.to_owned(), (found + 1, value.to_vec()));
        done.ok(Some(MetaRevision(found + 1)));
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
