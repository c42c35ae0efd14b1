//! Stores in text, run through the host: what is kept, what a failure costs, and what the operator
//! reads.

mod faults;
mod hostile;

use std::path::Path;
use std::sync::Arc;

use philter_plugin_api::value::MapRef;
use philter_plugin_api::{
    Acquired, AppendOutcome, Completion, Context, Epoch, ErrorKind, InstanceId, MetaRevision,
    Operation, Position, QueueRecord, Record, Replayed, Result, Shard, Store,
};
use philter_test_components::Component as Text;

use crate::tests::{Bench, reload};
use crate::{BreakerState, Component};

const SHARD: Shard = Shard(0);

fn context(data_dir: Option<&Path>) -> Context<'_> {
    Context {
        instance: InstanceId(1),
        name: "log",
        virtual_host: "",
        configuration: "{}",
        data_dir: data_dir.map(|data_dir| data_dir.to_str().unwrap()),
        arguments: MapRef::default(),
    }
}

/// A store over a folder, with the first shard taken.
struct Taken {
    component: Component,
    store: Box<dyn Store>,
    epoch: Epoch,
}

impl Taken {
    fn in_memory(bench: &Bench, text: &Text) -> Self {
        Self::over(bench, text, None)
    }

    fn over(bench: &Bench, text: &Text, data_dir: Option<&Path>) -> Self {
        let component = bench.open(text);
        let store = component.create_store("log", &context(data_dir)).unwrap();
        let epoch = acquire(&*store).unwrap().epoch;
        Self { component, store, epoch }
    }

    fn append(&self, batch: &[Operation<'_>]) -> Result<AppendOutcome> {
        now(|done| self.store.append(SHARD, self.epoch, batch, done))
    }

    fn put(&self, id: u64, body: &[u8]) -> Result<AppendOutcome> {
        let queues = [entry(id)];
        self.append(&[Operation::Put { message: id, header: b"h", body, queues: &queues }])
    }

    /// The messages that a replay hands over.
    fn messages(&self) -> Result<Vec<u64>> {
        let mut messages = Vec::new();
        let mut visit = |replayed: Replayed| {
            if let Record::Put { message, .. } = replayed.record {
                messages.push(message);
            }
            true
        };
        let (from, until) = (Position(0), Position(u64::MAX));
        self.store.replay(SHARD, from, until, true, &mut visit).map(|()| messages)
    }
}

fn entry(id: u64) -> QueueRecord {
    QueueRecord { queue: 1, id }
}

/// Waits for what is answered.
fn now<T: Send + 'static>(call: impl FnOnce(Completion<T>)) -> Result<T> {
    let (sender, answer) = std::sync::mpsc::channel();
    call(Completion::new(move |result| drop(sender.send(result))));
    answer.recv().unwrap()
}

fn acquire(store: &dyn Store) -> Result<Acquired> {
    now(|done| store.acquire(SHARD, "node", done))
}

#[test]
fn what_is_appended_is_there_after_a_new_start() {
    let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
    let first = Taken::over(&bench, &Text::store("log"), Some(folder.path()));
    assert!(first.store.capabilities().is_durable_on_ack);
    for id in 0..300 {
        first.put(id, &vec![7; 10_000]).unwrap();
    }
    let set = now(|done| first.store.meta_compare_and_set("k", MetaRevision(0), b"v", done));
    let other = first.component.create_store("log", &context(Some(folder.path())));
    let text = other.err().unwrap().to_string();
    let wanted = "log.redb: another instance has this store's database, in this process or another";
    assert!(text.contains(wanted), "{text}");
    drop(first);
    let again = Taken::over(&bench, &Text::store("log"), Some(folder.path()));
    assert!(again.epoch > Epoch(1));
    assert_eq!(again.messages(), Ok((0..300).collect()));
    assert_eq!(again.store.read(SHARD, entry(9)), Ok(Some(vec![7; 10_000])));
    let found = again.store.meta_get("k");
    assert_eq!(found, Ok(set.unwrap().map(|revision| (revision, b"v".to_vec()))));
    let state = again.store.inspect().unwrap();
    assert!(state.contains(r#""sync":"always""#) && state.contains("is-well"), "{state}");
}

#[test]
fn without_a_data_directory_nothing_outlives_the_process_and_the_log_says_so() {
    let bench = Bench::new();
    let taken = Taken::in_memory(&bench, &Text::store("log"));
    assert!(!taken.store.capabilities().is_durable_on_ack);
    taken.put(1, b"b").unwrap();
    assert_eq!(taken.messages(), Ok(vec![1]));
    bench.wait_for("messages are kept in memory, and nothing outlives this process");
    let state = taken.store.inspect().unwrap();
    assert!(state.contains(r#""sync":"never""#), "{state}");
}

#[test]
fn it_is_described_as_a_draft_that_may_block() {
    let factory = Bench::new().open(&Text::store("log")).info().factories[0].clone();
    assert!(factory.is_draft && factory.may_block);
    assert_eq!(factory.optional_entries, ["inspect"]);
}

#[test]
fn a_map_is_granted_to_stores_alone() {
    let import = "(import \"philter:store/key-value@0.1.0\" (instance))";
    let error = Bench::new().try_open(Text::filter("f").declaration(import).build());
    let text = error.err().unwrap().to_string();
    assert!(text.contains("'philter:store/key-value@0.1.0', which it is not granted"), "{text}");
}

#[test]
fn what_comes_while_the_thread_is_busy_is_committed_together_and_in_order() {
    let (bench, folder) = (Bench::new(), tempfile::tempdir().unwrap());
    let taken = Taken::over(&bench, &Text::store("log"), Some(folder.path()));
    let (sender, answers) = std::sync::mpsc::channel();
    for id in 0..500 {
        let (sender, queues) = (sender.clone(), [entry(id)]);
        let put = Operation::Put { message: id, header: b"h", body: b"b", queues: &queues };
        let done = Completion::new(move |result| drop(sender.send(result)));
        taken.store.append(SHARD, taken.epoch, &[put], done);
    }
    for id in 0..500 {
        assert_eq!(answers.recv().unwrap(), Ok(AppendOutcome::Done(Position(id + 1))));
    }
    assert_eq!(taken.component.statistics().calls, 500);
}

#[test]
fn an_answer_may_append_and_may_not_wait() {
    let bench = Bench::new();
    let taken = Arc::new(Taken::in_memory(&bench, &Text::store("log")));
    let (sender, answers) = std::sync::mpsc::channel();
    let own = Arc::clone(&taken);
    let done = Completion::new(move |_| {
        let sender = sender.clone();
        let read = own.store.read(SHARD, entry(1));
        let after = Completion::new(move |outcome| drop(sender.send((read, outcome))));
        own.store.append(SHARD, own.epoch, &[], after);
    });
    taken.store.append(SHARD, taken.epoch, &[], done);
    let (read, outcome) = answers.recv().unwrap();
    assert!(read.unwrap_err().text().contains("on the one thread that it has"));
    assert_eq!(outcome, Ok(AppendOutcome::Done(Position(0))));
}

#[test]
fn the_limits_are_those_of_its_memory() {
    let mut bench = Bench::new();
    bench.settings.memory_bytes_max = 4 << 20;
    let taken = Taken::in_memory(&bench, &Text::store("log"));
    let can = taken.store.capabilities();
    assert_eq!((can.batch_operations_max, can.batch_bytes_max), (1000, 512 << 10));
    assert_eq!(can.body_bytes_max, 512 << 10);
    let error = taken.put(1, &vec![0; (512 << 10) + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.text().contains("memory_bytes_max, 4194304"), "{error}");
    let many = vec![Operation::Delete(entry(1)); 1001];
    assert_eq!(taken.append(&many).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert!(taken.put(1, &vec![0; 500 << 10]).is_ok());
    assert_eq!(taken.messages(), Ok(vec![1]));
}

#[test]
fn the_new_file_goes_on_where_the_old_one_was() {
    let bench = Bench::new();
    let taken = Taken::in_memory(&bench, &Text::store("log"));
    taken.put(1, b"b").unwrap();
    let swap = |text: &Text| std::fs::write(bench.path(), text.build()).unwrap();
    swap(&Text::store("log").entry("create", "unreachable"));
    let error = reload(&bench, &taken.component).unwrap_err().to_string();
    assert!(error.contains("the creation of store 'log' is not taken by the new file"), "{error}");
    taken.put(2, b"b").unwrap();
    let more = "(i32.store8 (i32.const 1249) (i32.const 9)) (call $default-capabilities)";
    swap(&Text::store("log").entry("capabilities", more));
    let error = reload(&bench, &taken.component).unwrap_err().to_string();
    assert!(error.contains("its capabilities were"), "{error}");
    let full = "(call $ok-case (i32.const 2) (i64.const 0))";
    swap(&Text::store("log").entry("append", full));
    reload(&bench, &taken.component).unwrap();
    assert_eq!(taken.put(3, b"b"), Ok(AppendOutcome::Full));
    swap(&Text::store("log"));
    reload(&bench, &taken.component).unwrap();
    taken.put(4, b"b").unwrap();
    assert_eq!(taken.messages(), Ok(vec![1, 2, 4]));
    let state = taken.component.statistics();
    assert_eq!((state.reloads, state.breaker, state.traps), (2, BreakerState::Closed, 0));
}
