//! What one side says through the store's trait, the other hears.

use std::ops::Range;
use std::sync::{LazyLock, Mutex};

use super::sdk_recorder;
use crate::abi::host::Library;
use crate::abi::native::{enter, plugin_record, store_factory};
use crate::abi::types::{PhFactory, PhHost, PhPlugin};
use crate::completion::Completion;
use crate::error::{Error, ErrorKind, Result};
use crate::factory::{Context, Factory, InstanceId};
use crate::notify::{Event, notify};
use crate::store::{
    Acquired, AppendOutcome, Capabilities, Epoch, MetaEntry, MetaRevision, Offers, Operation,
    Position, QueueRecord, Record, Replayed, Shard, Store, StoredEntry,
};
use crate::testing::{completion, context};
use crate::value::Value;

/// Keeps everything in one list, whatever the shard.
#[derive(Default)]
struct Kept {
    records: Mutex<Vec<Record>>,
    meta: Mutex<Option<(u64, Vec<u8>)>>,
}

impl Factory for Kept {
    const TYPE_NAME: &'static str = "kept";

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self::default())
    }
}

fn owned(operation: &Operation<'_>) -> Record {
    match *operation {
        Operation::Put { message, header, body, queues } => {
            let (header, body, queues) = (header.to_vec(), Some(body.to_vec()), queues.to_vec());
            Record::Put { message, header, body, queues }
        }
        Operation::Delete(record) => Record::Delete(record),
        Operation::Meta { key, value } => Record::Meta { key: key.into(), value: value.to_vec() },
        Operation::Mark { record, delivery_count } => Record::Mark { record, delivery_count },
    }
}

impl Store for Kept {
    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        let (epoch, fence) = (Epoch(shard.0.into()), Position(node.len() as u64));
        done.ok(Acquired { epoch, fence });
    }

    fn append(
        &self,
        _: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        let mut records = self.records.lock().unwrap();
        records.extend(batch.iter().map(owned));
        done.ok(match epoch.0 {
            1 => AppendOutcome::Done(Position(records.len() as u64)),
            2 => AppendOutcome::Fenced,
            3 => AppendOutcome::Full,
            _ => AppendOutcome::Unknown,
        });
    }

    fn replay(
        &self,
        _: Shard,
        from: Position,
        until: Position,
        with_bodies: bool,
        visit: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        let records = self.records.lock().unwrap();
        for (position, record) in (0..).map(Position).zip(records.iter()) {
            let mut record = record.clone();
            if let Record::Put { body, .. } = &mut record
                && !with_bodies
            {
                *body = None;
            }
            if position >= from && position < until && !visit(Replayed { position, record }) {
                break;
            }
        }
        Ok(())
    }

    fn read(&self, _: Shard, record: QueueRecord) -> Result<Option<Vec<u8>>> {
        Ok((record.id > 0).then(|| vec![7; record.id as usize - 1]))
    }

    fn purge(&self, _: Shard, epoch: Epoch, queue: u64, done: Completion<AppendOutcome>) {
        done.ok(AppendOutcome::Done(Position(epoch.0 + queue)));
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        Ok(format!("{{\"shard\":{}}}", shard.0))
    }

    fn meta_get(&self, _: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        let meta = self.meta.lock().unwrap().clone();
        Ok(meta.map(|(revision, value)| (MetaRevision(revision), value)))
    }

    fn meta_compare_and_set(
        &self,
        _: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let mut meta = self.meta.lock().unwrap();
        let revision = meta.as_ref().map_or(0, |(revision, _)| *revision);
        if revision != expected.0 {
            return done.ok(None);
        }
        *meta = Some((revision + 1, value.to_vec()));
        done.ok(Some(MetaRevision(revision + 1)));
    }

    fn offers(&self) -> Offers {
        ALL_OFFERS
    }

    fn append_here(
        &self,
        _: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        done.ok(AppendOutcome::Done(Position(epoch.0 * 100 + batch.len() as u64)));
    }

    fn append_lazily(
        &self,
        _: Shard,
        epoch: Epoch,
        batch: &[Operation<'_>],
        done: Completion<AppendOutcome>,
    ) {
        done.ok(AppendOutcome::Done(Position(epoch.0 * 200 + batch.len() as u64)));
    }

    fn entries(
        &self,
        _: Shard,
        queue: u64,
        ids: Range<u64>,
        visit: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        let body = |id| vec![7; usize::try_from(id).unwrap()];
        let header = queue.to_be_bytes();
        let visit = |id| visit(StoredEntry { id, header: &header, body: &body(id) });
        let _ = ids.map(visit).take_while(|goes_on| *goes_on).count();
        Ok(())
    }

    fn meta_list(&self, prefix: &str, visit: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        let entry = |number: u8| MetaEntry {
            key: format!("{prefix}{number}"),
            revision: MetaRevision(number.into()),
            value: vec![number; number.into()],
        };
        let _ = (0..10).map(entry).map(visit).take_while(|goes_on| *goes_on).count();
        Ok(())
    }

    fn meta_watch(&self, prefix: &str) -> Result<()> {
        if prefix.is_empty() {
            return Err(Error::invalid("everything is too much"));
        }
        notify(InstanceId(77), Event::MetaChanged, &Value::from(prefix));
        Ok(())
    }

    fn meta_remove(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        std::thread::scope(|scope| {
            scope.spawn(|| done.ok(key.len() as u64 == expected.0));
        });
    }
}

/// A store without an optional entry.
struct Bare(Kept);

impl Factory for Bare {
    const TYPE_NAME: &'static str = "bare";

    fn create(context: &Context<'_>) -> Result<Self> {
        Kept::create(context).map(Self)
    }
}

impl Store for Bare {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn acquire(&self, shard: Shard, node: &str, done: Completion<Acquired>) {
        self.0.acquire(shard, node, done);
    }

    fn append(&self, _: Shard, _: Epoch, _: &[Operation<'_>], done: Completion<AppendOutcome>) {
        done.ok(AppendOutcome::Full);
    }

    fn replay(
        &self,
        _: Shard,
        _: Position,
        _: Position,
        _: bool,
        _: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        Ok(())
    }

    fn read(&self, _: Shard, _: QueueRecord) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    fn purge(&self, _: Shard, _: Epoch, _: u64, done: Completion<AppendOutcome>) {
        done.ok(AppendOutcome::Fenced);
    }

    fn statistics(&self, shard: Shard) -> Result<String> {
        self.0.statistics(shard)
    }

    fn meta_get(&self, _: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        Ok(None)
    }

    fn meta_compare_and_set(
        &self,
        _: &str,
        _: MetaRevision,
        _: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        done.ok(None);
    }
}

const CAPABILITIES: Capabilities = Capabilities {
    batch_operations_max: 1,
    batch_bytes_max: 2,
    body_bytes_max: u64::MAX,
    is_atomic_over_shard: true,
    is_durable_on_ack: false,
};

static FACTORIES: &[PhFactory] = &[store_factory::<Kept>(), store_factory::<Bare>()];
static PLUGIN: PhPlugin = plugin_record("keeping", "1", "MIT", FACTORIES);

unsafe extern "C" fn entry(host: *const PhHost) -> *const PhPlugin {
    // SAFETY: the host of `Library::enter`.
    unsafe { enter(host, &PLUGIN) }
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    // SAFETY: an entry of this program, which is never unloaded.
    unsafe { Library::enter("kept.so".into(), entry, sdk_recorder()) }.unwrap()
});

fn store() -> Box<dyn Store> {
    LIBRARY.create_store("kept", &context("s")).unwrap()
}

const SHARD: Shard = Shard(4);

const ALL_OFFERS: Offers = Offers::META_LIST
    .and(Offers::META_WATCH)
    .and(Offers::META_REMOVE)
    .and(Offers::APPEND_HERE)
    .and(Offers::ENTRIES)
    .and(Offers::APPEND_LAZILY);

fn append(store: &dyn Store, epoch: u64, batch: &[Operation<'_>]) -> Result<AppendOutcome> {
    let (done, answer) = completion();
    store.append(SHARD, Epoch(epoch), batch, done);
    answer.wait()
}

#[test]
fn operations_come_back_as_records() {
    let queues = [QueueRecord { queue: 1, id: 2 }, QueueRecord { queue: 3, id: 4 }];
    let batch = [
        Operation::Put { message: 9, header: b"header", body: b"body", queues: &queues },
        Operation::Put { message: 10, header: b"", body: b"", queues: &[] },
        Operation::Delete(queues[1]),
        Operation::Meta { key: "k\u{e9}y", value: b"value" },
        Operation::Meta { key: "", value: b"" },
        Operation::Mark { record: queues[0], delivery_count: 6 },
    ];
    let store = store();
    assert_eq!(append(&*store, 1, &batch), Ok(AppendOutcome::Done(Position(6))));
    let replay = |from, until, with_bodies, at_most| {
        let mut records = Vec::new();
        let mut visit = |replayed| {
            records.push(replayed);
            records.len() < at_most
        };
        store.replay(SHARD, Position(from), Position(until), with_bodies, &mut visit).unwrap();
        records
    };
    let positions = (0..).map(Position);
    let wanted: Vec<_> = positions
        .zip(batch.iter().map(owned))
        .map(|(position, record)| Replayed { position, record })
        .collect();
    assert_eq!(replay(0, 6, true, 99), wanted);
    assert_eq!(replay(2, 4, true, 99), wanted[2..4]);
    assert_eq!(replay(0, 6, true, 3), wanted[..3]);
    let without = replay(0, 1, false, 99);
    assert!(matches!(without[0].record, Record::Put { body: None, message: 9, .. }));
}

#[test]
fn an_append_here_or_lazily_is_another_entry_where_there_is_one() {
    let queues = [QueueRecord { queue: 1, id: 1 }];
    let put = Operation::Put { message: 1, header: b"", body: b"", queues: &queues };
    let here = |store: &dyn Store, batch: &[Operation<'_>]| {
        let (done, answer) = completion();
        store.append_here(SHARD, Epoch(1), batch, done);
        answer.wait()
    };
    let lazily = |store: &dyn Store, batch: &[Operation<'_>]| {
        let (done, answer) = completion();
        store.append_lazily(SHARD, Epoch(1), batch, done);
        answer.wait()
    };
    assert_eq!(here(&*store(), &[put]), Ok(AppendOutcome::Done(Position(101))));
    assert_eq!(here(&*store(), &[put, put]), Ok(AppendOutcome::Done(Position(102))));
    assert_eq!(lazily(&*store(), &[put, put]), Ok(AppendOutcome::Done(Position(202))));
    let bare = LIBRARY.create_store("bare", &context("s")).unwrap();
    let (done, plain) = completion();
    bare.append(SHARD, Epoch(1), &[put], done);
    let plain = plain.wait();
    assert_eq!((here(&*bare, &[put]), lazily(&*bare, &[put])), (plain.clone(), plain));
}

#[test]
fn outcomes_arrive() {
    let store = store();
    assert_eq!(append(&*store, 2, &[]), Ok(AppendOutcome::Fenced));
    assert_eq!(append(&*store, 3, &[]), Ok(AppendOutcome::Full));
    assert_eq!(append(&*store, 4, &[]), Ok(AppendOutcome::Unknown));
    assert_eq!(store.capabilities(), CAPABILITIES);
    let (done, answer) = completion();
    store.acquire(SHARD, "node-1", done);
    assert_eq!(answer.wait(), Ok(Acquired { epoch: Epoch(4), fence: Position(6) }));
    let (done, answer) = completion();
    store.purge(SHARD, Epoch(2), 40, done);
    assert_eq!(answer.wait(), Ok(AppendOutcome::Done(Position(42))));
    assert_eq!(store.statistics(SHARD).unwrap(), "{\"shard\":4}");
}

#[test]
fn absent_and_empty_differ() {
    let store = store();
    let read = |id| store.read(SHARD, QueueRecord { queue: 1, id }).unwrap();
    assert_eq!(read(0), None);
    assert_eq!(read(1), Some(vec![]));
    assert_eq!(read(3), Some(vec![7, 7]));
    let set = |expected, value: &[u8]| {
        let (done, answer) = completion();
        store.meta_compare_and_set("key", MetaRevision(expected), value, done);
        answer.wait().unwrap()
    };
    assert_eq!(store.meta_get("key"), Ok(None));
    assert_eq!(set(1, b"x"), None);
    assert_eq!(set(0, b""), Some(MetaRevision(1)));
    assert_eq!(store.meta_get("key"), Ok(Some((MetaRevision(1), vec![]))));
    assert_eq!(set(1, b"xy"), Some(MetaRevision(2)));
    assert_eq!(store.meta_get("key"), Ok(Some((MetaRevision(2), b"xy".to_vec()))));
}

#[test]
fn keys_are_listed_until_the_visitor_says() {
    let store = store();
    let mut entries = Vec::new();
    let mut visit = |entry: MetaEntry| {
        entries.push(entry);
        entries.len() < 4
    };
    store.meta_list("p/", &mut visit).unwrap();
    let keys: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(keys, ["p/0", "p/1", "p/2", "p/3"]);
    assert_eq!((entries[3].revision, entries[3].value.as_slice()), (MetaRevision(3), &[3; 3][..]));
    assert!(entries[0].value.is_empty());
}

#[test]
fn entries_of_a_range_come_until_the_visitor_says() {
    let store = store();
    let mut entries = Vec::new();
    let mut visit = |entry: StoredEntry<'_>| {
        entries.push((entry.id, entry.header.to_vec(), entry.body.to_vec()));
        entries.len() < 3
    };
    store.entries(SHARD, 5, 0..100, &mut visit).unwrap();
    let header = 5_u64.to_be_bytes().to_vec();
    let expected = [(0, vec![]), (1, vec![7]), (2, vec![7, 7])];
    assert_eq!(entries, expected.map(|(id, body)| (id, header.clone(), body)));
    let mut count = 0;
    store
        .entries(SHARD, 5, 7..9, &mut |_| {
            count += 1;
            true
        })
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn a_watch_is_heard_and_a_removal_answered() {
    let store = store();
    store.meta_watch("round-trip/").unwrap();
    let told = (InstanceId(77), Event::MetaChanged, Value::from("round-trip/"));
    assert!(sdk_recorder().events.lock().unwrap().contains(&told));
    let error = store.meta_watch("").unwrap_err();
    assert_eq!(
        (error.kind(), error.text()),
        (ErrorKind::InvalidArgument, "everything is too much")
    );
    for (revision, is_removed) in [(3, true), (4, false)] {
        let (done, answer) = completion();
        store.meta_remove("key", MetaRevision(revision), done);
        assert_eq!(answer.wait(), Ok(is_removed));
    }
}

#[test]
fn what_a_store_does_not_offer_is_unsupported() {
    assert_eq!(store().offers(), ALL_OFFERS);
    let bare = LIBRARY.create_store("bare", &context("s")).unwrap();
    assert_eq!(bare.offers(), Offers::NONE);
    let (done, answer) = completion();
    bare.meta_remove("key", MetaRevision(1), done);
    let refused = [
        bare.meta_list("", &mut |_| true).unwrap_err(),
        bare.meta_watch("").unwrap_err(),
        bare.entries(SHARD, 1, 0..9, &mut |_| true).unwrap_err(),
        answer.wait().unwrap_err(),
        bare.inspect().unwrap_err(),
    ];
    assert!(refused.iter().all(|error| error.kind() == ErrorKind::Unsupported), "{refused:?}");
}
