//! Answers, fencing, limits, replay and threads, on a real disk.

use std::sync::mpsc;
use std::thread;

use philter_plugin_api::testing::context;
use philter_plugin_api::{ErrorKind, Record};
use tempfile::TempDir;

use super::*;

const SHARD: Shard = Shard(0);

fn create(directory: &TempDir, configuration: &str) -> Result<JournalStore> {
    let data_dir = directory.path().to_str();
    JournalStore::create(&Context { configuration, data_dir, ..context("journal") })
}

fn open(directory: &TempDir) -> JournalStore {
    create(directory, r#"{"segment_bytes": 65536}"#).unwrap()
}

/// What the store answers, whenever it does.
fn wait<T: Send + 'static>(call: impl FnOnce(Completion<T>)) -> Result<T> {
    let (send, receive) = mpsc::channel();
    call(Completion::new(move |result| drop(send.send(result))));
    receive.recv().unwrap()
}

fn acquire(store: &JournalStore) -> Acquired {
    wait(|done| store.acquire(SHARD, "node", done)).unwrap()
}

fn append(store: &JournalStore, epoch: Epoch, batch: &[Operation<'_>]) -> Result<AppendOutcome> {
    wait(|done| store.append(SHARD, epoch, batch, done))
}

fn replay(store: &JournalStore) -> Vec<Record> {
    let mut records = Vec::new();
    let mut visit = |replayed: Replayed| {
        records.push(replayed.record);
        true
    };
    store.replay(SHARD, Position(0), Position(u64::MAX), true, &mut visit).unwrap();
    records
}

fn put<'a>(message: u64, body: &'a [u8], queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"header", body, queues }
}

fn entry(id: u64) -> [QueueRecord; 1] {
    [QueueRecord { queue: 1, id }]
}

#[test]
fn a_caller_who_may_wait_has_its_answer_when_the_call_returns() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let epoch = acquire(&store).epoch;
    let (send, receive) = mpsc::channel();
    for id in 0..100 {
        // A disk that is slow for once hands the next ones to the writer.
        store.commits.forget_pace();
        let send = send.clone();
        let done =
            Completion::new(move |result| send.send((thread::current().id(), result)).unwrap());
        store.append_here(SHARD, epoch, &[put(id, b"body", &entry(id))], done);
        let (by, result) = receive.try_recv().unwrap();
        assert!(matches!(result, Ok(AppendOutcome::Done(_))), "{result:?}");
        assert_eq!(by, thread::current().id());
    }
    drop(store);
    assert_eq!(replay(&open(&directory)).len(), 100);
}

#[test]
fn what_nobody_waits_for_is_kept_by_itself_and_with_what_comes_next() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let epoch = acquire(&store).epoch;
    let lazily = |id, done| store.append_lazily(SHARD, epoch, &[put(id, b"", &entry(id))], done);
    // Many times, also while the writer looks after what came before.
    for id in 0..20 {
        assert!(matches!(wait(|done| lazily(id, done)), Ok(AppendOutcome::Done(_))));
    }
    let (send, receive) = mpsc::channel();
    for id in 20..40 {
        let told = send.clone();
        lazily(id, Completion::new(move |result| told.send((id, result)).unwrap()));
    }
    let position = append(&store, epoch, &[]).unwrap();
    let told: Vec<_> = receive.try_iter().map(|(id, result)| (id, result.unwrap())).collect();
    assert!(told.iter().map(|(id, _)| *id).eq(20..40), "{told:?}");
    assert_eq!(told.last().map(|(_, outcome)| *outcome), Some(position));
    // Nobody hears of the last one.
    lazily(40, Completion::new(drop));
    drop(store);
    assert_eq!(replay(&open(&directory)).len(), 41);
}

#[test]
fn what_was_confirmed_is_there_after_a_new_start() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let first = acquire(&store);
    let queues = [QueueRecord { queue: 1, id: 1 }, QueueRecord { queue: 2, id: 9 }];
    let mark = Operation::Mark { record: queues[1], delivery_count: 3 };
    let meta = Operation::Meta { key: "k", value: b"v" };
    append(&store, first.epoch, &[put(1, b"one", &queues), mark, meta]).unwrap();
    append(&store, first.epoch, &[put(2, b"two", &entry(2)), Operation::Delete(queues[0])])
        .unwrap();
    let revision =
        wait(|done| store.meta_compare_and_set("lease", MetaRevision(0), b"mine", done)).unwrap();
    let kept = replay(&store);
    drop(store);

    let store = open(&directory);
    let second = acquire(&store);
    assert!(second.epoch > first.epoch && second.fence > first.fence);
    assert_eq!(replay(&store), kept);
    assert_eq!(kept.len(), 4, "{kept:?}");
    assert_eq!(store.read(SHARD, queues[1]), Ok(Some(b"one".to_vec())));
    assert_eq!(store.read(SHARD, queues[0]), Ok(None));
    assert_eq!(store.meta_get("lease"), Ok(Some((revision.unwrap(), b"mine".to_vec()))));
    let late = append(&store, first.epoch, &[]);
    assert_eq!(late, Ok(AppendOutcome::Fenced));
}

#[test]
fn a_directory_is_one_stores() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let error = create(&directory, "{}").unwrap_err();
    assert!(error.text().contains(&std::process::id().to_string()), "{error}");
    assert!(error.text().contains("data directory of its own"), "{error}");
    drop(store);
    drop(open(&directory));
}

#[test]
fn without_a_data_directory_it_says_what_to_do() {
    let error = JournalStore::create(&context("journal")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.text().contains("--data-dir"), "{error}");
}

#[test]
fn says_what_a_confirm_is_worth() {
    let directory = TempDir::new().unwrap();
    let store = create(&directory, r#"{"sync": "interval", "interval_ms": 77}"#).unwrap();
    let state: serde_json::Value = serde_json::from_str(&store.inspect().unwrap()).unwrap();
    assert_eq!(state["sync"], "interval");
    assert!(state["durability"].as_str().unwrap().contains("77 ms"));
    let epoch = acquire(&store).epoch;
    append(&store, epoch, &[put(1, b"a", &entry(1))]).unwrap();
    drop(store);
    assert_eq!(replay(&open(&directory)).len(), 1);
}

#[test]
fn many_append_at_once_and_every_message_is_kept_once() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let epoch = acquire(&store).epoch;
    thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..200 {
                    let id = writer * 1000 + number;
                    append(store, epoch, &[put(id, &[7; 500], &entry(id))]).unwrap();
                }
            });
        }
    });
    assert_eq!(replay(&store).len(), 800);
    drop(store);
    let store = open(&directory);
    assert_eq!(replay(&store).len(), 800);
}

#[test]
fn a_visitor_may_append() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let epoch = acquire(&store).epoch;
    append(&store, epoch, &[put(1, b"a", &entry(1))]).unwrap();
    let mut visit = |_| append(&store, epoch, &[put(2, b"b", &entry(2))]).is_ok();
    store.replay(SHARD, Position(0), Position(u64::MAX), true, &mut visit).unwrap();
    assert_eq!(store.read(SHARD, entry(2)[0]), Ok(Some(b"b".to_vec())));
}

#[test]
fn what_could_never_fit_is_an_error_that_names_the_limit() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let epoch = acquire(&store).epoch;
    let delete = Operation::Delete(entry(1)[0]);
    let too_many = append(&store, epoch, &vec![delete; BATCH_OPERATIONS_MAX + 1]).unwrap_err();
    assert_eq!(too_many.kind(), ErrorKind::LimitExceeded);
    append(&store, epoch, &[put(7, b"a", &entry(1))]).unwrap();
    let taken = append(&store, epoch, &[put(8, b"b", &entry(1))]).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::InvalidArgument);
    assert_eq!(store.statistics(Shard(9)).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_body_larger_than_a_segment_is_kept() {
    let directory = TempDir::new().unwrap();
    let store = open(&directory);
    let epoch = acquire(&store).epoch;
    let body = vec![9; 300_000];
    append(&store, epoch, &[put(1, &body, &entry(1))]).unwrap();
    append(&store, epoch, &[put(2, b"b", &entry(2))]).unwrap();
    assert_eq!(store.read(SHARD, entry(1)[0]), Ok(Some(body.clone())));
    drop(store);
    let store = open(&directory);
    assert_eq!(store.read(SHARD, entry(1)[0]), Ok(Some(body)));
    assert_eq!(replay(&store).len(), 2);
}
