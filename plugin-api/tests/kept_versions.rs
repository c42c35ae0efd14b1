//! A plugin that was built against the header of a kind's version 1.0 works in this host. What
//! stands in `tests/kept` is never edited: a test here that fails has found a broken promise.
//! The WIT that stands there is for components: the host's own tests load one that is of it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests and what they stand on")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use philter_plugin_api::abi::host::{HostServices, Library};
use philter_plugin_api::testing::{MockMessage, arguments, binding, completion, context, route};
use philter_plugin_api::{
    Acquired, AppendOutcome, BindingId, Context, Destination, Epoch, ErrorKind, Event, InstanceId,
    Level, MetaEntry, MetaRevision, Offers, Operation, Position, Property, QueueRecord, Record,
    Replayed, Shard, Store, Value, Verdict,
};

const SHARD: Shard = Shard(0);

#[derive(Default)]
struct Services {
    lines: Mutex<Vec<String>>,
    events: Mutex<Vec<(InstanceId, Event, Value)>>,
    destroyed: Mutex<Vec<InstanceId>>,
}

impl HostServices for Services {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(format!("{plugin} {level:?} {text}"));
    }

    fn notify(&self, _: &str, instance: InstanceId, event: Event, value: &Value) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push((instance, event, value.clone()));
    }

    fn destroyed(&self, _: &str, instance: InstanceId) {
        self.destroyed.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}

impl Services {
    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Builds `tests/kept/<version>/<source>` against the header beside it.
fn build(version: &str, source: &str, folder: &Path) -> PathBuf {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kept").join(version);
    let library = folder.join(format!("lib{source}.so"));
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
    assert_eq!(services.lines(), [""; 0]);
}

/// A library of `exchange-filter-1.0` and what it said.
fn exchange_or_filter(source: &str, folder: &Path) -> (Library, Arc<Services>) {
    let services = Arc::new(Services::default());
    let lent: Arc<Services> = Arc::clone(&services);
    let library = Library::open(&build("exchange-filter-1.0", source, folder), lent).unwrap();
    let factory = library.info().factories.first().unwrap();
    assert_eq!((factory.kind_version.to_string().as_str(), factory.is_draft), ("1.0", false));
    (library, services)
}

#[test]
fn an_exchange_of_version_1_0_binds_and_routes() {
    let folder = tempfile::tempdir().unwrap();
    let (library, services) = exchange_or_filter("exchange.c", folder.path());
    let refused = library.create_exchange("kept", &context("e")).err().unwrap();
    assert_eq!(refused.text(), "the configuration has no header");
    let context = Context { configuration: r#"{"header":"h"}"#, ..context("e") };
    let exchange = library.create_exchange("kept", &context).unwrap();
    let none = arguments::<&str>([]);
    for (id, key) in [(3, "a"), (5, "b"), (8, "a")] {
        let bound = exchange.bind(&binding(id, "q", key, &none)).unwrap();
        assert_eq!((bound.reads.bits(), bound.cacheable), (13, false));
    }
    let mut to_exchange = binding(9, "q", "a", &none);
    to_exchange.destination = Destination::Exchange("q");
    assert_eq!(exchange.bind(&to_exchange).unwrap_err().kind(), ErrorKind::Unauthorized);

    let full = MockMessage::new("a").header("h", 1).body("body");
    let batch: [&MockMessage; 4] = [
        &full,
        &MockMessage::new("b").header("h", 1).body("body"),
        &MockMessage::new("a").header("h", 1),
        &MockMessage::new("a").header("H", 1).body("body"),
    ];
    let found = route(&*exchange, &batch.map(|message| message as _));
    let ids = |ids: &[u64]| ids.iter().copied().map(BindingId).collect::<Vec<_>>();
    assert_eq!(found, [ids(&[3, 8]), ids(&[5]), ids(&[]), ids(&[])]);
    exchange.unbind(BindingId(3)).unwrap();
    assert_eq!(exchange.unbind(BindingId(3)).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(route(&*exchange, &[&full]), [ids(&[8])]);

    assert_eq!(exchange.inspect(None).unwrap(), r#"{"bindings":2}"#);
    assert_eq!(exchange.inspect(Some(BindingId(3))).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(exchange.explain(BindingId(8)).unwrap(), r#"{"key":"a","to":"q"}"#);
    let tried = exchange.try_binding(&binding(0, "q", "a", &none), &full).unwrap();
    assert_eq!(tried, r#"{"matches":true}"#);
    let ran = library.command("kept", &context, &["x", "yz"], &mut "input".as_bytes()).unwrap();
    assert_eq!((ran.output.as_str(), ran.errors.as_str(), ran.exit_code), ("input", "xyz", 2));
    drop(exchange);
    assert_eq!(services.lines(), ["kept-exchange Info e", "kept-exchange Warn destroyed"]);
}

#[test]
fn a_filter_of_version_1_0_compiles_matches_and_transforms() {
    let folder = tempfile::tempdir().unwrap();
    let (library, services) = exchange_or_filter("filter.c", folder.path());
    let filter = library.create_filter("kept", &context("kept")).unwrap();
    let refused = filter.compile("a b").unwrap_err();
    assert_eq!((refused.text(), refused.place()), ("wanted is a name", Some((1, 2))));
    let (a, reads) = filter.compile("a").unwrap();
    let (b, _) = filter.compile("b").unwrap();
    assert_eq!(reads.bits(), 6);
    let message = MockMessage::new("").property(Property::ContentType, "text/xml");
    let (has_a, has_both) =
        (message.clone().header("a", 1), message.clone().header("b", 1).header("a", 1));
    let bare = MockMessage::new("").header("a", 1);
    let mut found = Vec::new();
    let mut answer = |message, handle| found.push((message, handle));
    filter.matches(&[&has_a, &bare, &has_both], &[a, b], &mut answer).unwrap();
    assert_eq!(found, [(0, 0), (2, 0), (2, 1)]);

    assert!(filter.transforms());
    let replaced = filter.transform(a, &has_a).unwrap();
    let content_type = Some("text/plain".to_owned());
    assert_eq!(replaced, Verdict::Replace { body: b"another".to_vec(), content_type });
    assert_eq!(filter.transform(b, &has_a).unwrap(), Verdict::DeadLetter);
    assert_eq!(filter.inspect(None).unwrap(), r#"{"of":"language"}"#);
    assert_eq!(filter.inspect(Some(a)).unwrap(), r#"{"of":"expression"}"#);
    assert_eq!(filter.explain("four").unwrap(), r#"{"bytes":4}"#);
    assert_eq!(filter.try_expression("a", &bare).unwrap(), r#"{"matches":false}"#);
    filter.release(a);
    filter.release(b);
    drop(filter);
    assert_eq!(services.lines(), ["kept-filter Info kept", "kept-filter Warn destroyed"]);
}
