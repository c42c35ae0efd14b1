//! A store with a shard taken, and what is live in it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use philter_plugin_api::{
    Acquired, AppendOutcome, Completion, Epoch, Error, MetaRevision, Offers, Operation, Position,
    QueueRecord, Record, Replayed, Shard, Store,
};

use crate::rule::{Stop, demand, done, fails};
use crate::subject::{Making, Subject};

/// Past every position.
pub(super) const END: Position = Position(u64::MAX);

/// The shard that most rules work on.
pub(super) const SHARD: Shard = Shard(0);

/// What makes stores of the type that is looked at.
pub(super) struct Bench {
    pub(super) subject: Subject,
    /// How often [`Bench::append`] was called.
    pub(super) appends: AtomicU64,
}

/// A store with a shard taken.
pub(super) struct Taken<'a> {
    pub(super) bench: &'a Bench,
    pub(super) making: Making,
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
        self.store_in(&self.subject.making()?)
    }

    /// A store made from this.
    pub(super) fn store_in(&self, making: &Making) -> Result<Box<dyn Store>, Stop> {
        done("create", self.try_store_in(making))
    }

    /// A store made from this, if it is not refused.
    pub(super) fn try_store_in(&self, making: &Making) -> Result<Box<dyn Store>, Error> {
        let type_name = &self.subject.factory.type_name;
        let store = self.subject.plugin.create_store(type_name, &making.context())?;
        self.subject.recorder.made(making.instance());
        Ok(store)
    }

    /// A store with [`SHARD`] taken.
    pub(super) fn taken(&self) -> Result<Taken<'_>, Stop> {
        self.taken_in(self.subject.making()?)
    }

    /// A store made from this with [`SHARD`] taken.
    pub(super) fn taken_in(&self, making: Making) -> Result<Taken<'_>, Stop> {
        let store = self.store_in(&making)?;
        let epoch = self.acquire(store.as_ref(), SHARD)?.epoch;
        Ok(Taken { bench: self, making, store, epoch })
    }

    /// Ends a store, up to the deadline; its directory is free then.
    pub(super) fn close(&self, making: &Making, store: Box<dyn Store>) -> Result<(), Stop> {
        self.subject.end(store)?;
        let (instance, at_most) = (making.instance(), self.subject.deadline());
        demand(self.subject.recorder.waits_for_end(instance, at_most), || {
            "an instance is not destroyed after its last call: a token is lost".to_owned()
        })
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
        let nth = self.appends.fetch_add(1, Ordering::Relaxed);
        let append = |done| append_nth(nth, store, epoch, batch, done);
        done("append", self.subject.answer("append", append)?)
    }
}

/// Entries that append.
pub(super) const APPENDS: u64 = 3;

/// Appends by one entry after the other, which mean the same: `append`, and `append_here` and
/// `append_lazily` where they are there.
pub(super) fn append_nth(
    nth: u64,
    store: &dyn Store,
    epoch: Epoch,
    batch: &[Operation<'_>],
    done: Completion<AppendOutcome>,
) {
    let offers = store.offers();
    match nth % APPENDS {
        1 if offers.contains(Offers::APPEND_HERE) => store.append_here(SHARD, epoch, batch, done),
        2 if offers.contains(Offers::APPEND_LAZILY) => {
            store.append_lazily(SHARD, epoch, batch, done);
        }
        _ => store.append(SHARD, epoch, batch, done),
    }
}

impl<'a> Taken<'a> {
    /// Ends the store, and makes another over the same data directory with [`SHARD`] taken.
    pub(super) fn reopened(self) -> Result<Taken<'a>, Stop> {
        let Self { bench, making, store, .. } = self;
        bench.close(&making, store)?;
        bench.taken_in(bench.subject.again(&making))
    }

    /// Appends and waits for what is answered.
    pub(super) fn append(&self, batch: &[Operation<'_>]) -> Result<AppendOutcome, Stop> {
        self.bench.append(self.store.as_ref(), self.epoch, batch)
    }

    /// Settles every entry of a queue.
    pub(super) fn purge(&self, queue: u64) -> Result<AppendOutcome, Stop> {
        let purge = |done| self.store.purge(SHARD, self.epoch, queue, done);
        done("purge", self.bench.subject.answer("purge", purge)?)
    }

    /// Sets a key of the store's meta data.
    pub(super) fn set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
    ) -> Result<Option<MetaRevision>, Stop> {
        let set = |done| self.store.meta_compare_and_set(key, expected, value, done);
        let answer = self.bench.subject.answer("meta_compare_and_set", set)?;
        done("meta_compare_and_set", answer)
    }

    /// Sets a key whose revision is this.
    pub(super) fn must_set(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
    ) -> Result<MetaRevision, Stop> {
        match self.set(key, expected, value)? {
            Some(revision) => Ok(revision),
            None => fails(format!("the key '{key}' is not set at its revision {}", expected.0)),
        }
    }

    /// The body of an entry.
    pub(super) fn read(&self, record: QueueRecord) -> Result<Option<Vec<u8>>, Stop> {
        done("read", self.store.read(SHARD, record))
    }

    /// Appends what must be kept; answers how far the log is.
    pub(super) fn keep(&self, batch: &[Operation<'_>]) -> Result<Position, Stop> {
        match self.append(batch)? {
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
    /// Fails where something else is there than before: what is gone, back, or changed.
    pub(super) fn must_be(&self, before: &Self) -> Result<(), Stop> {
        let lost = before.entries.keys().find(|of| !self.entries.contains_key(of));
        demand(lost.is_none(), || format!("{lost:?} was confirmed and is not there any more"))?;
        let back = self.entries.keys().find(|of| !before.entries.contains_key(of));
        demand(back.is_none(), || format!("{back:?} was settled and is there again"))?;
        for (of, was) in &before.entries {
            let is = self.entries.get(of);
            demand(is == Some(was), || {
                format!("{of:?} was {} and is {}", shown(Some(was)), shown(is))
            })?;
        }
        let (was, is) = (&before.meta, &self.meta);
        demand(was == is, || format!("the keys were {was:?} and are {is:?}"))
    }

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

/// An entry's message, the length of its body, and its count, for people.
pub(super) fn shown(entry: Option<&(u64, Option<Vec<u8>>, u32)>) -> String {
    let Some((message, body, count)) = entry else { return "absent".to_owned() };
    let body = body.as_ref().map_or("no body".to_owned(), |body| format!("{} bytes", body.len()));
    format!("message {message} with {body}, handed out {count} times")
}

/// A message for these queues.
pub(super) fn put<'a>(message: u64, body: &'a [u8], queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"header", body, queues }
}

/// An entry of queue 1.
pub(super) fn entry(id: u64) -> QueueRecord {
    QueueRecord { queue: 1, id }
}
