//! A plugin that was built against the header of a kind's version 1.0 works in this host. What
//! stands in `tests/kept` is never edited: a test here that fails has found a broken promise.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests and what they stand on")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use philter_plugin_api::abi::host::{HostServices, Library};
use philter_plugin_api::testing::{completion, context};
use philter_plugin_api::{
    Acquired, AppendOutcome, Context, Epoch, ErrorKind, Event, InstanceId, Level, MetaEntry,
    MetaRevision, Offers, Operation, Position, QueueRecord, Record, Replayed, Shard, Store, Value,
};

const SHARD: Shard = Shard(0);

#[derive(Default)]
struct Services {
    events: Mutex<Vec<(InstanceId, Event, Value)>>,
    destroyed: Mutex<Vec<InstanceId>>,
}

impl HostServices for Services {
    fn log(&self, _: &str, _: Level, text: &str) {
        panic!("it has nothing to log: {text}");
    }

    fn notify(&self, _: &str, instance: InstanceId, event: Event, value: &Value) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push((instance, event, value.clone()));
    }

    fn destroyed(&self, _: &str, instance: InstanceId) {
        self.destroyed.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}

/// Builds `tests/kept/<version>/<source>` against the header beside it.
fn build(version: &str, source: &str, folder: &Path) -> PathBuf {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept").join(version);
    let library = folder.join(format!("lib{version}.so"));
    let mut cc = Command::new("cc");
    cc.args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1", "-shared", "-fPIC"]);
    cc.args(["-pthread", "-fvisibility=hidden", "-I"]).arg(&kept).arg("-o");
    cc.arg(&library).arg(kept.join(source));
    assert!(cc.status().is_ok_and(|status| status.success()), "{cc:?}");
    library
}

fn acquire(store: &dyn Store) -> Acquired {
    let (done, answer) = completion();
    store.acquire(SHARD, "node", done);
    answer.wait().unwrap()
}

fn append(store: &dyn Store, epoch: Epoch, batch: &[Operation<'_>]) -> AppendOutcome {
    let (done, answer) = completion();
    store.append(SHARD, epoch, batch, done);
    answer.wait().unwrap()
}

fn puts(store: &dyn Store, from: u64, with_bodies: bool) -> Vec<(u64, u64, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut visit = |Replayed { position, record }| {
        let Record::Put { message, body, .. } = record else { panic!("{record:?}") };
        found.push((position.0, message, body));
        true
    };
    store.replay(SHARD, Position(from), Position(99), with_bodies, &mut visit).unwrap();
    found
}

#[test]
fn a_store_of_version_1_0_appends_replays_and_fences() {
    let folder = tempfile::tempdir().unwrap();
    let services = Arc::new(Services::default());
    let lent: Arc<Services> = Arc::clone(&services);
    let library = Library::open(&build("store-1.0", "store.c", folder.path()), lent).unwrap();
    let factory = &library.info().factories[0];
    assert_eq!((factory.kind_version.to_string().as_str(), factory.is_draft), ("1.0", false));
    assert_eq!(factory.optional_entries, ["meta_list"]);

    let context = Context { instance: InstanceId(7), ..context("kept") };
    let store = library.create_store("kept", &context).unwrap();
    let store = &*store;
    let first = acquire(store);
    let queues = [QueueRecord { queue: 1, id: 1 }, QueueRecord { queue: 2, id: 1 }];
    let put = Operation::Put { message: 5, header: b"header", body: b"body", queues: &queues };
    assert_eq!(append(store, first.epoch, &[put]), AppendOutcome::Done(Position(2)));
    assert_eq!(append(store, first.epoch, &[put]), AppendOutcome::Done(Position(2)));
    assert_eq!(append(store, first.epoch, &vec![put; 40]), AppendOutcome::Full);
    let body = Some(b"body".to_vec());
    assert_eq!(puts(store, 0, true), [(0, 5, body.clone()), (1, 5, body.clone())]);
    assert_eq!(puts(store, 1, false), [(1, 5, None)]);
    assert_eq!(store.read(SHARD, queues[1]), Ok(body));
    assert_eq!(store.read(SHARD, QueueRecord { queue: 3, id: 1 }), Ok(None));

    let second = acquire(store);
    assert!(second.epoch > first.epoch && second.fence == Position(2));
    assert_eq!(append(store, first.epoch, &[put]), AppendOutcome::Fenced);
    let lost = [("shard", Value::Uint(0)), ("epoch", Value::Ulong(first.epoch.0))];
    let lost = Value::Map(lost.map(|(key, value)| (key.into(), value)).into());
    assert_eq!(*services.events.lock().unwrap(), [(InstanceId(7), Event::EpochLost, lost)]);
    let (done, answer) = completion();
    store.purge(SHARD, second.epoch, 1, done);
    assert_eq!(answer.wait(), Ok(AppendOutcome::Unknown));
    assert_eq!(store.statistics(SHARD).unwrap(), r#"{"entries":2}"#);
    assert_eq!(store.statistics(Shard(1)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_store_of_version_1_0_keeps_keys_and_lacks_what_it_does_not_offer() {
    let folder = tempfile::tempdir().unwrap();
    let services = Arc::new(Services::default());
    let lent: Arc<Services> = Arc::clone(&services);
    let library = Library::open(&build("store-1.0", "store.c", folder.path()), lent).unwrap();
    let context = Context { instance: InstanceId(8), ..context("kept") };
    let store = library.create_store("kept", &context).unwrap();
    assert_eq!(store.capabilities().body_bytes_max, 1 << 20);
    assert_eq!(store.offers(), Offers::META_LIST);
    let set = |expected, value: &[u8]| {
        let (done, answer) = completion();
        store.meta_compare_and_set("a/key", MetaRevision(expected), value, done);
        answer.wait()
    };
    assert_eq!(set(3, b"x"), Ok(None));
    assert_eq!(set(0, b"x"), Ok(Some(MetaRevision(1))));
    assert_eq!(set(1, &[b'x'; 40]).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert_eq!(store.meta_get("a/key"), Ok(Some((MetaRevision(1), b"x".to_vec()))));
    assert_eq!(store.meta_get("another"), Ok(None));
    let mut listed = Vec::new();
    store
        .meta_list("a/", &mut |entry| {
            listed.push(entry);
            true
        })
        .unwrap();
    let entry = MetaEntry { key: "a/key".into(), revision: MetaRevision(1), value: b"x".to_vec() };
    assert_eq!(listed, [entry]);
    assert_eq!(store.meta_watch("a/").unwrap_err().kind(), ErrorKind::Unsupported);
    let (done, answer) = completion();
    store.meta_remove("a/key", MetaRevision(1), done);
    assert_eq!(answer.wait().unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(store.inspect().unwrap_err().kind(), ErrorKind::Unsupported);
    drop(store);
    assert_eq!(*services.destroyed.lock().unwrap(), [InstanceId(8)]);
}
