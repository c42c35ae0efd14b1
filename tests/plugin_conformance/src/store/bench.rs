//! A store with a shard taken, and what is live in it.

use std::collections::BTreeMap;

use philter_plugin_api::{
    Acquired, AppendOutcome, Context, Epoch, Operation, Position, QueueRecord, Record, Replayed,
    Shard, Store,
};

use crate::rule::{Stop, demand, done, fails};
use crate::subject::Subject;

/// The shard that most rules work on.
pub(super) const SHARD: Shard = Shard(0);

/// What makes stores of the type that is looked at.
pub(super) struct Bench {
    pub(super) subject: Subject,
}

/// A store with a shard taken.
pub(super) struct Taken<'a> {
    pub(super) bench: &'a Bench,
    pub(super) store: Box<dyn Store>,
    pub(super) epoch: Epoch,
}

/// What a broker makes of a replay: entries with message, body and delivery count; keys and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Live {
    pub(super) entries: BTreeMap<QueueRecord, (u64, Option<Vec<u8>>, u32)>,
    pub(super) meta: BTreeMap<String, Vec<u8>>,
}

impl Bench {
    /// A store in a data directory of its own.
    pub(super) fn store(&self) -> Result<Box<dyn Store>, Stop> {
        self.store_in(&self.subject.making()?.context())
    }

    /// A store made from this.
    pub(super) fn store_in(&self, context: &Context<'_>) -> Result<Box<dyn Store>, Stop> {
        let type_name = &self.subject.factory.type_name;
        done("create", self.subject.library.create_store(type_name, context))
    }

    /// A store with [`SHARD`] taken.
    pub(super) fn taken(&self) -> Result<Taken<'_>, Stop> {
        let store = self.store()?;
        let epoch = self.acquire(store.as_ref(), SHARD)?.epoch;
        Ok(Taken { bench: self, store, epoch })
    }

    /// Takes a shard.
    pub(super) fn acquire(&self, store: &dyn Store, shard: Shard) -> Result<Acquired, Stop> {
        let acquire = |done| store.acquire(shard, "conformance", done);
        done("acquire", self.subject.answer("acquire", acquire)?)
    }

    /// Appends and waits for what is answered.
    pub(super) fn append(
        &self,
        store: &dyn Store,
        epoch: Epoch,
        batch: &[Operation<'_>],
    ) -> Result<AppendOutcome, Stop> {
        let append = |done| store.append(SHARD, epoch, batch, done);
        done("append", self.subject.answer("append", append)?)
    }
}

impl Taken<'_> {
    /// Appends what must be kept; answers how far the log is.
    pub(super) fn keep(&self, batch: &[Operation<'_>]) -> Result<Position, Stop> {
        match self.bench.append(self.store.as_ref(), self.epoch, batch)? {
            AppendOutcome::Done(position) => Ok(position),
            other => fails(format!("append is answered by {other:?}")),
        }
    }

    /// Every record from `from` up to `until`.
    pub(super) fn records(&self, from: Position, until: Position) -> Result<Vec<Replayed>, Stop> {
        records(self.store.as_ref(), from, until)
    }

    /// What is live up to `until`.
    pub(super) fn live(&self, until: Position) -> Result<Live, Stop> {
        Ok(Live::of(self.records(Position(0), until)?))
    }
}

/// Every record from `from` up to `until`, with bodies; their positions ascend within those bounds.
pub(super) fn records(
    store: &dyn Store,
    from: Position,
    until: Position,
) -> Result<Vec<Replayed>, Stop> {
    let mut records = Vec::new();
    let mut visit = |record| {
        records.push(record);
        true
    };
    done("replay", store.replay(SHARD, from, until, true, &mut visit))?;
    let ascends = records.is_sorted_by(|left, right| left.position < right.position);
    demand(ascends, || "the positions of a replay do not ascend".to_owned())?;
    let is_inside = |record: &Replayed| (from..until).contains(&record.position);
    demand(records.iter().all(is_inside), || {
        format!("a replay from {} up to {} hands over a record outside", from.0, until.0)
    })?;
    Ok(records)
}

impl Live {
    pub(super) fn of(records: Vec<Replayed>) -> Self {
        let mut live = Self::default();
        for Replayed { record, .. } in records {
            match record {
                Record::Put { message, body, queues, .. } => {
                    for record in queues {
                        let entry = (message, body.clone(), 0);
                        live.entries.entry(record).or_insert(entry);
                    }
                }
                Record::Delete(record) => drop(live.entries.remove(&record)),
                Record::Mark { record, delivery_count } => {
                    if let Some(entry) = live.entries.get_mut(&record) {
                        entry.2 = delivery_count;
                    }
                }
                Record::Meta { key, value } if value.is_empty() => drop(live.meta.remove(&key)),
                Record::Meta { key, value } => drop(live.meta.insert(key, value)),
            }
        }
        live
    }

    /// The messages of the entries, in the order of queue and id.
    pub(super) fn messages(&self) -> Vec<u64> {
        self.entries.values().map(|(message, _, _)| *message).collect()
    }
}

/// A message for these queues.
pub(super) fn put<'a>(message: u64, body: &'a [u8], queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"header", body, queues }
}

/// An entry of queue 1.
pub(super) fn entry(id: u64) -> QueueRecord {
    QueueRecord { queue: 1, id }
}
