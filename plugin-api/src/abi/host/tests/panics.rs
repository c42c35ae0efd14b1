//! A panic in any entry becomes an error with its text, and never crosses.

use std::ops::Range;
use std::sync::{LazyLock, Mutex};

use super::sdk_recorder;
use crate::abi::host::{Fault, Library};
use crate::abi::native::{
    auth_factory, enter, exchange_factory, filter_factory, plugin_record, store_factory,
};
use crate::abi::types::{PhFactory, PhHost, PhPlugin, PhSlice};
use crate::auth::{Access, Action, Auth, Authorization, Limits, MechanismName, ObjectKind, Peer};
use crate::auth::{SaslOutcome, SessionId};
use crate::completion::Completion;
use crate::error::{ErrorKind, Result};
use crate::exchange::{Binding, BindingId, Bound, Exchange, Matches, Reads};
use crate::factory::{CommandOutput, Context, Factory};
use crate::filter::{Filter, FilterHandle, Verdict};
use crate::message::MessageView;
use crate::store::{
    Acquired, AppendOutcome, Capabilities, Epoch, MetaEntry, MetaRevision, Operation, Position,
    QueueRecord, Replayed, Shard, Store, StoredEntry,
};
use crate::testing::{MockMessage, arguments, binding, completion, context};

/// Panics wherever it is called.
struct Panics;

impl Factory for Panics {
    const TYPE_NAME: &'static str = "panics";
    const TRANSFORMS: bool = true;
    const SUBCOMMAND: Option<&'static str> = Some("panics");

    fn create(context: &Context<'_>) -> Result<Self> {
        if context.name == "create" { panic!("in create") } else { Ok(Self) }
    }

    fn command(_: &Context<'_>, _: &[&str], _: &mut dyn std::io::Read) -> Result<CommandOutput> {
        panic!("in command")
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("in destroy")
    }
}

impl Exchange for Panics {
    fn bind(&self, _: &Binding<'_>) -> Result<Bound> {
        panic!("in bind")
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        panic!("in unbind of {}", id.0)
    }

    fn route(&self, batch: &[&dyn MessageView], _: &mut dyn Matches) -> Result<()> {
        batch[0].headers(&mut |name, _| panic!("in route, at {name}"));
        Ok(())
    }

    fn inspect(&self, _: Option<BindingId>) -> Result<String> {
        std::panic::panic_any(7)
    }

    fn explain(&self, _: BindingId) -> Result<String> {
        panic!("in explain")
    }

    fn try_binding(&self, _: &Binding<'_>, _: &dyn MessageView) -> Result<String> {
        panic!("in try")
    }
}

impl Filter for Panics {
    fn compile(&self, _: &str) -> Result<(FilterHandle, Reads)> {
        panic!("in compile")
    }

    fn release(&self, _: FilterHandle) {
        panic!("in release")
    }

    fn matches(
        &self,
        _: &[&dyn MessageView],
        _: &[FilterHandle],
        _: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        panic!("in matches")
    }

    fn transform(&self, _: FilterHandle, _: &dyn MessageView) -> Result<Verdict> {
        panic!("in transform")
    }

    fn inspect(&self, _: Option<FilterHandle>) -> Result<String> {
        panic!("in inspect")
    }

    fn explain(&self, _: &str) -> Result<String> {
        panic!("in explain")
    }

    fn try_expression(&self, _: &str, _: &dyn MessageView) -> Result<String> {
        panic!("in try")
    }
}

/// A completion that a call took along before it panicked.
static KEPT: Mutex<Vec<Completion<SaslOutcome>>> = Mutex::new(Vec::new());

impl Auth for Panics {
    fn mechanisms(&self, _: &Peer<'_>) -> Vec<MechanismName> {
        panic!("in mechanisms")
    }

    fn start(
        &self,
        _: SessionId,
        _: &Peer<'_>,
        mechanism: &str,
        _: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        match mechanism {
            "ANSWERED" => done.ok(SaslOutcome::NotMine),
            "KEPT" => KEPT.lock().unwrap().push(done),
            "CAUGHT" => {
                let inner = std::panic::AssertUnwindSafe(move || {
                    let _done = done;
                    panic!("in start, caught");
                });
                assert!(std::panic::catch_unwind(inner).is_err());
                return;
            }
            _ => {}
        }
        panic!("in start")
    }

    fn step(&self, _: SessionId, _: &[u8], _: Completion<SaslOutcome>) {
        panic!("in step")
    }

    fn abandon(&self, _: SessionId) {
        panic!("in abandon")
    }

    fn authorize(&self, _: &Access<'_>, _: Completion<Authorization>) {
        panic!("in authorize")
    }

    fn limits(&self, _: &str) -> Limits {
        panic!("in limits")
    }

    fn inspect(&self) -> Result<String> {
        panic!("in inspect")
    }
}

/// A store that panics, but for `capabilities`, without which there is none.
struct PanickingStore;

impl Factory for PanickingStore {
    const TYPE_NAME: &'static str = "panics";

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self)
    }
}

impl Store for PanickingStore {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batch_operations_max: 1,
            batch_bytes_max: 1,
            body_bytes_max: 1,
            is_atomic_over_shard: false,
            is_durable_on_ack: false,
        }
    }

    fn acquire(&self, _: Shard, _: &str, _: Completion<Acquired>) {
        panic!("in acquire")
    }

    fn append(&self, _: Shard, _: Epoch, _: &[Operation<'_>], _: Completion<AppendOutcome>) {
        panic!("in append")
    }

    fn replay(
        &self,
        _: Shard,
        _: Position,
        _: Position,
        _: bool,
        _: &mut dyn FnMut(Replayed) -> bool,
    ) -> Result<()> {
        panic!("in replay")
    }

    fn read(&self, _: Shard, _: QueueRecord) -> Result<Option<Vec<u8>>> {
        panic!("in read")
    }

    fn purge(&self, _: Shard, _: Epoch, _: u64, _: Completion<AppendOutcome>) {
        panic!("in purge")
    }

    fn statistics(&self, _: Shard) -> Result<String> {
        panic!("in statistics")
    }

    fn meta_get(&self, _: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        panic!("in meta_get")
    }

    fn meta_compare_and_set(
        &self,
        _: &str,
        _: MetaRevision,
        _: &[u8],
        _: Completion<Option<MetaRevision>>,
    ) {
        panic!("in meta_compare_and_set")
    }

    fn inspect(&self) -> Result<String> {
        panic!("in inspect")
    }

    fn meta_list(&self, _: &str, _: &mut dyn FnMut(MetaEntry) -> bool) -> Result<()> {
        panic!("in meta_list")
    }

    fn meta_watch(&self, _: &str) -> Result<()> {
        panic!("in meta_watch")
    }

    fn meta_remove(&self, _: &str, _: MetaRevision, _: Completion<bool>) {
        panic!("in meta_remove")
    }

    fn entries(
        &self,
        _: Shard,
        _: u64,
        _: Range<u64>,
        _: &mut dyn FnMut(StoredEntry<'_>) -> bool,
    ) -> Result<()> {
        panic!("in entries")
    }
}

static FACTORIES: &[PhFactory] = &[
    exchange_factory::<Panics>(),
    PhFactory { subcommand: PhSlice::ABSENT, ..filter_factory::<Panics>() },
    PhFactory { subcommand: PhSlice::ABSENT, ..auth_factory::<Panics>() },
    store_factory::<PanickingStore>(),
];
static PLUGIN: PhPlugin = plugin_record("panicking", "1", "MIT", FACTORIES);

unsafe extern "C" fn entry(host: *const PhHost) -> *const PhPlugin {
    // SAFETY: the host of `Library::enter`.
    unsafe { enter(host, &PLUGIN) }
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    // SAFETY: an entry of this program, which is never unloaded.
    unsafe { Library::enter("panics.so".into(), entry, sdk_recorder()) }.unwrap()
});

#[track_caller]
fn panicked<T: std::fmt::Debug>(result: Result<T>, text: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.text()), (ErrorKind::Panic, text));
}

#[test]
fn in_an_exchange() {
    let message = MockMessage::new("key").header("first", 1).header("second", 2);
    let none = arguments::<&str>([]);
    let bound = binding(1, "q", "k", &none);
    let exchange = LIBRARY.create_exchange("panics", &context("x")).unwrap();
    panicked(exchange.bind(&bound), "in bind");
    panicked(exchange.unbind(BindingId(5)), "in unbind of 5");
    panicked(exchange.route(&[&message], &mut Ignored), "in route, at first");
    panicked(exchange.inspect(None), "a panic without a text");
    panicked(exchange.explain(BindingId(1)), "in explain");
    panicked(exchange.try_binding(&bound, &message), "in try");
    drop(exchange);
    panicked(LIBRARY.create_exchange("panics", &context("create")).map(|_| ()), "in create");
    let run = LIBRARY.command("panics", &context("x"), &[], &mut std::io::empty());
    panicked(run, "in command");
}

struct Ignored;

impl Matches for Ignored {
    fn push(&mut self, _: usize, _: BindingId) {}
}

#[test]
fn in_a_filter() {
    let message = MockMessage::new("key");
    let filter = LIBRARY.create_filter("panics", &context("f")).unwrap();
    panicked(filter.compile("true()"), "in compile");
    filter.release(FilterHandle(1));
    let matches = filter.matches(&[&message], &[FilterHandle(1)], &mut |_, _| ());
    panicked(matches, "in matches");
    panicked(filter.transform(FilterHandle(1), &message), "in transform");
    panicked(filter.inspect(None), "in inspect");
    panicked(filter.explain("x"), "in explain");
    panicked(filter.try_expression("x", &message), "in try");
}

fn start(auth: &dyn Auth, mechanism: &str) -> Result<SaslOutcome> {
    let peer = Peer { address: "", is_loopback: true, is_encrypted: true, server_name: "" };
    let (done, answer) = completion();
    auth.start(SessionId(1), &peer, mechanism, Some(b""), done);
    answer.wait()
}

#[test]
fn in_an_auth_provider() {
    let auth = LIBRARY.create_auth("panics", &context("a")).unwrap();
    let peer = Peer { address: "", is_loopback: true, is_encrypted: true, server_name: "" };
    assert_eq!(auth.mechanisms(&peer), Vec::<String>::new());
    panicked(start(&*auth, "PLAIN"), "in start");
    let (done, answer) = completion();
    auth.step(SessionId(1), b"", done);
    panicked(answer.wait(), "in step");
    auth.abandon(SessionId(1));
    let properties = crate::value::MapRef::default();
    let (action, object) = (Action::Bind, ObjectKind::Queue);
    let access = Access { identity: "", action, object, name: "", properties };
    let (done, answer) = completion();
    auth.authorize(&access, done);
    panicked(answer.wait(), "in authorize");
    // Nobody knows how much is allowed: nothing is.
    let nothing = Limits { connections_max: Some(0), queues_max: Some(0) };
    assert_eq!(auth.limits("someone"), nothing);
    panicked(auth.inspect(), "in inspect");
}

#[test]
fn after_the_answer_the_answer_stands() {
    let auth = LIBRARY.create_auth("panics", &context("a")).unwrap();
    assert_eq!(start(&*auth, "ANSWERED"), Ok(SaslOutcome::NotMine));
}

#[test]
fn before_the_answer_the_panic_is_the_answer_even_where_the_completion_lives_on() {
    let auth = LIBRARY.create_auth("panics", &context("a")).unwrap();
    panicked(start(&*auth, "KEPT"), "in start");
    for kept in KEPT.lock().unwrap().drain(..) {
        kept.ok(SaslOutcome::NotMine);
    }
    let faults = sdk_recorder().faults.lock().unwrap().clone();
    assert!(!faults.iter().any(|fault| matches!(fault, Fault::CompletedTwice { .. })));
}

#[test]
fn that_the_plugin_catches_itself_leaves_a_call_without_an_answer() {
    let auth = LIBRARY.create_auth("panics", &context("a")).unwrap();
    let error = start(&*auth, "CAUGHT").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(error.text(), "the plugin dropped the call without an answer");
}

#[test]
fn in_a_store() {
    let store = LIBRARY.create_store("panics", &context("s")).unwrap();
    let (shard, epoch) = (Shard(1), Epoch(1));
    let (done, answer) = completion();
    store.acquire(shard, "node", done);
    panicked(answer.wait(), "in acquire");
    let (done, answer) = completion();
    store.append(shard, epoch, &[], done);
    panicked(answer.wait(), "in append");
    let (done, answer) = completion();
    store.append_here(shard, epoch, &[], done);
    panicked(answer.wait(), "in append");
    let (done, answer) = completion();
    store.append_lazily(shard, epoch, &[], done);
    panicked(answer.wait(), "in append");
    let replay = store.replay(shard, Position(0), Position(9), true, &mut |_| true);
    panicked(replay, "in replay");
    panicked(store.read(shard, QueueRecord { queue: 1, id: 1 }), "in read");
    let (done, answer) = completion();
    store.purge(shard, epoch, 1, done);
    panicked(answer.wait(), "in purge");
    panicked(store.statistics(shard), "in statistics");
    panicked(store.meta_get("key"), "in meta_get");
    let (done, answer) = completion();
    store.meta_compare_and_set("key", MetaRevision(0), b"", done);
    panicked(answer.wait(), "in meta_compare_and_set");
    panicked(store.inspect(), "in inspect");
    panicked(store.meta_list("", &mut |_| true), "in meta_list");
    panicked(store.meta_watch(""), "in meta_watch");
    let (done, answer) = completion();
    store.meta_remove("key", MetaRevision(1), done);
    panicked(answer.wait(), "in meta_remove");
    panicked(store.entries(shard, 1, 0..1, &mut |_| true), "in entries");
}
