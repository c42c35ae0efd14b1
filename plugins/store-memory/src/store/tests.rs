//! Fencing, limits, replay and threads.

use std::thread;

use philter_plugin_api::testing::{EventCapture, LogCapture, completion, context};
use philter_plugin_api::{ErrorKind, Record};

use super::*;

pub(super) const SHARD: Shard = Shard(0);

pub(super) fn store(bytes_max: u64) -> Memory {
    let configuration = format!(r#"{{"bytes_max": {bytes_max}}}"#);
    Memory::create(&Context { configuration: &configuration, ..context("memory") }).unwrap()
}

/// What the store answers; it has answered by the time its entry returns.
pub(super) fn now<T: Send + 'static>(call: impl FnOnce(Completion<T>)) -> Result<T> {
    let (done, answer) = completion();
    call(done);
    answer.now().unwrap()
}

pub(super) fn acquire(store: &Memory, shard: Shard) -> Acquired {
    now(|done| store.acquire(shard, "node", done)).unwrap()
}

pub(super) fn append(
    store: &Memory,
    epoch: Epoch,
    batch: &[Operation<'_>],
) -> Result<AppendOutcome> {
    now(|done| store.append(SHARD, epoch, batch, done))
}

pub(super) fn replay(store: &Memory, from: Position, until: Position) -> Vec<Replayed> {
    let mut records = Vec::new();
    let mut visit = |record| {
        records.push(record);
        true
    };
    store.replay(SHARD, from, until, true, &mut visit).unwrap();
    records
}

fn put<'a>(message: u64, body: &'a [u8], queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"", body, queues }
}

fn entry(id: u64) -> [QueueRecord; 1] {
    [QueueRecord { queue: 1, id }]
}

#[test]
fn says_that_nothing_outlives_the_process() {
    let lines = LogCapture::start();
    let store = store(4096);
    assert!(!store.capabilities().is_durable_on_ack);
    assert!(lines.contains("nothing outlives this process"));
}

#[test]
fn a_later_epoch_fences_an_earlier_one() {
    let store = store(1 << 20);
    let first = acquire(&store, SHARD);
    assert!(matches!(append(&store, first.epoch, &[]), Ok(AppendOutcome::Done(_))));
    append(&store, first.epoch, &[put(1, b"a", &entry(1))]).unwrap();
    let second = acquire(&store, SHARD);
    assert!(second.epoch > first.epoch);
    let late = append(&store, first.epoch, &[put(2, b"b", &entry(2))]);
    assert_eq!(late, Ok(AppendOutcome::Fenced));
    let purged = now(|done| store.purge(SHARD, first.epoch, 1, done));
    assert_eq!(purged, Ok(AppendOutcome::Fenced));
    assert_eq!(replay(&store, Position(0), second.fence).len(), 1);
    let other = acquire(&store, Shard(1));
    assert_eq!(other.fence, Position(0), "shards have nothing in common");
}

#[test]
fn a_shard_that_nobody_took_is_fenced_and_empty() {
    let store = store(4096);
    assert_eq!(append(&store, Epoch(0), &[]), Ok(AppendOutcome::Fenced));
    assert!(replay(&store, Position(0), Position(u64::MAX)).is_empty());
    assert_eq!(store.read(SHARD, entry(1)[0]), Ok(None));
    assert_eq!(store.statistics(SHARD).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_full_store_takes_deletes_and_then_messages_again() {
    let store = store(2000);
    let epoch = acquire(&store, SHARD).epoch;
    let body = [0; 1000];
    assert!(matches!(
        append(&store, epoch, &[put(1, &body, &entry(1))]),
        Ok(AppendOutcome::Done(_))
    ));
    let second = entry(2);
    let both = [Operation::Delete(entry(7)[0]), put(2, &body, &second)];
    assert_eq!(append(&store, epoch, &both), Ok(AppendOutcome::Full));
    assert_eq!(store.read(SHARD, entry(2)[0]), Ok(None), "nothing of the batch is kept");
    let mark = Operation::Mark { record: entry(1)[0], delivery_count: 1 };
    assert!(matches!(append(&store, epoch, &[mark]), Ok(AppendOutcome::Done(_))));
    let delete = Operation::Delete(entry(1)[0]);
    assert!(matches!(append(&store, epoch, &[delete]), Ok(AppendOutcome::Done(_))));
    assert!(matches!(append(&store, epoch, &both), Ok(AppendOutcome::Done(_))));
}

#[test]
fn what_could_never_fit_is_an_error_that_names_the_limit() {
    let store = store(1000);
    let epoch = acquire(&store, SHARD).epoch;
    let too_large = append(&store, epoch, &[put(1, &[0; 1000], &entry(1))]).unwrap_err();
    assert_eq!(too_large.kind(), ErrorKind::LimitExceeded);
    assert!(too_large.text().contains("1000"), "{too_large}");
    let delete = Operation::Delete(entry(1)[0]);
    let too_many = append(&store, epoch, &vec![delete; BATCH_OPERATIONS_MAX + 1]).unwrap_err();
    assert_eq!(too_many.kind(), ErrorKind::LimitExceeded);
}

#[test]
fn a_replay_ends_where_the_visitor_says() {
    let store = store(1 << 20);
    let epoch = acquire(&store, SHARD).epoch;
    for id in 0..1000 {
        append(&store, epoch, &[put(id, b"body", &entry(id))]).unwrap();
    }
    let mut seen = 0;
    let mut visit = |replayed: Replayed| {
        assert!(matches!(replayed.record, Record::Put { body: None, .. }));
        seen += 1;
        seen < 300
    };
    store.replay(SHARD, Position(0), Position(u64::MAX), false, &mut visit).unwrap();
    assert_eq!(seen, 300);
    assert_eq!(replay(&store, Position(990), Position(995)).len(), 5);
}

#[test]
fn a_visitor_may_append() {
    let store = store(1 << 20);
    let Acquired { epoch, .. } = acquire(&store, SHARD);
    let Ok(AppendOutcome::Done(end)) = append(&store, epoch, &[put(1, b"a", &entry(1))]) else {
        panic!("the append was refused");
    };
    let mut visit = |_| append(&store, epoch, &[put(2, b"b", &entry(2))]).is_ok();
    store.replay(SHARD, Position(0), end, true, &mut visit).unwrap();
    assert_eq!(store.read(SHARD, entry(2)[0]), Ok(Some(b"b".to_vec())));
}

#[test]
fn many_append_at_once_and_every_message_is_kept_once() {
    let store = store(64 << 20);
    let epoch = acquire(&store, SHARD).epoch;
    thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..500 {
                    let id = writer * 1000 + number;
                    append(store, epoch, &[put(id, b"body", &entry(id))]).unwrap();
                }
            });
        }
    });
    let records = replay(&store, Position(0), acquire(&store, SHARD).fence);
    assert_eq!(records.len(), 2000);
    assert!(records.is_sorted_by_key(|replayed| replayed.position));
}

#[test]
fn shards_are_limited() {
    let store = store(4096);
    for shard in 0..SHARDS_MAX as u32 {
        acquire(&store, Shard(shard));
    }
    let refused = now(|done| store.acquire(Shard(u32::MAX), "node", done)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::LimitExceeded);
    acquire(&store, SHARD);
}

#[test]
fn counters_are_json() {
    let store = store(1 << 20);
    let epoch = acquire(&store, SHARD).epoch;
    append(&store, epoch, &[put(1, b"a", &entry(1))]).unwrap();
    now(|done| store.meta_compare_and_set("k", MetaRevision(0), b"v", done)).unwrap();
    let statistics: serde_json::Value =
        serde_json::from_str(&store.statistics(SHARD).unwrap()).unwrap();
    assert_eq!((&statistics["messages"], &statistics["entries"]), (&1.into(), &1.into()));
    let state: serde_json::Value = serde_json::from_str(&store.inspect().unwrap()).unwrap();
    assert_eq!((&state["shards"], &state["meta_keys"]), (&1.into(), &1.into()));
    assert_eq!(state["sync"], "never");
    assert!(state["durability"].as_str().unwrap().contains("nothing outlives this process"));
}

#[test]
fn a_lost_epoch_and_a_watched_key_are_told() {
    let store = Memory { instance: InstanceId(20), ..store(1 << 20) };
    let events = EventCapture::start();
    let first = acquire(&store, Shard(3)).epoch;
    assert_eq!(events.of(store.instance), []);
    acquire(&store, Shard(3));
    let lost = (Event::EpochLost, epoch_lost(Shard(3), first));
    assert_eq!(events.of(store.instance), [lost]);

    store.meta_watch("q/").unwrap();
    let set = |key, revision| {
        now(|done| store.meta_compare_and_set(key, revision, b"", done)).unwrap().unwrap()
    };
    set("other", MetaRevision(0));
    let revision = set("q/1", MetaRevision(0));
    assert_eq!(now(|done| store.meta_remove("q/1", MetaRevision(0), done)), Ok(false));
    assert_eq!(now(|done| store.meta_remove("q/1", revision, done)), Ok(true));
    let told = |revision| {
        let fields = [("key", Value::from("q/1")), ("revision", Value::Ulong(revision))];
        (Event::MetaChanged, map(fields))
    };
    assert_eq!(events.of(store.instance)[1..], [told(revision.0), told(0)]);
}

#[test]
fn a_body_as_large_as_it_says_fits_an_empty_store() {
    let store = store(10_000);
    let epoch = acquire(&store, SHARD).epoch;
    let body = vec![1; store.capabilities().body_bytes_max as usize];
    let kept = append(&store, epoch, &[put(1, &body, &entry(1))]);
    assert_eq!(kept, Ok(AppendOutcome::Done(Position(1))));
}

#[test]
fn a_list_may_be_ended_and_changed_meanwhile() {
    let store = store(1 << 20);
    let set = |key: &str| {
        now(|done| store.meta_compare_and_set(key, MetaRevision(0), b"v", done)).unwrap().unwrap()
    };
    let revisions = ["k/a", "k/b", "k/c"].map(set);
    let mut keys = Vec::new();
    let mut visit = |entry: MetaEntry| {
        keys.push(entry.key);
        assert_eq!(now(|done| store.meta_remove("k/c", revisions[2], done)), Ok(keys.len() == 1));
        keys.len() < 2
    };
    store.meta_list("k/", &mut visit).unwrap();
    assert_eq!(keys, ["k/a", "k/b"]);
}
