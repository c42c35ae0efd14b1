//! The engine over a disk in memory, step by step.

mod damage;
mod faults;
mod model;
mod tidying;

use philter_plugin_api::{
    Acquired, Epoch, MetaEntry, MetaRevision, Operation, Position, QueueRecord, Record, Replayed,
    Shard, StoredEntry,
};

use super::index::Planner;
use super::*;
use crate::disk::memory::Memory;

const SHARD: Shard = Shard(0);

type Engine = Journal<Memory, u64>;

const OPTIONS: Options = Options {
    segment_bytes: 16 * 1024,
    bytes_max: 0,
    free_bytes_min: 1 << 20,
    sync: SyncMode::Always,
    seed: 42,
};

fn open_with(disk: &Memory, options: Options) -> Result<Engine, JournalError> {
    Journal::open(disk.clone(), options, &mut |_| {})
}

fn open(disk: &Memory) -> Engine {
    open_with(disk, OPTIONS).unwrap()
}

fn cut_of(disk: &Memory) -> Option<Cut> {
    let mut cut = None;
    let opened: Result<Engine, _> = Journal::open(disk.clone(), OPTIONS, &mut |notice| {
        if let Notice::Cut(found) = notice {
            cut = Some(found);
        }
    });
    opened.unwrap();
    cut
}

/// Commits one ticket and answers what became of it.
fn answer(engine: &Engine) -> Result<Kept, JournalError> {
    let mut answers = engine.commit();
    assert_eq!(answers.len(), 1);
    answers.remove(0).1
}

fn acquire(engine: &Engine) -> Acquired {
    engine.acquire(SHARD, "node", 0).unwrap();
    match answer(engine) {
        Ok(Kept::Acquired(acquired)) => acquired,
        other => panic!("{other:?}"),
    }
}

fn append(engine: &Engine, epoch: Epoch, batch: &[Operation<'_>]) -> Position {
    engine.append(SHARD, epoch, batch, 0).unwrap();
    match answer(engine) {
        Ok(Kept::Appended(position)) => position,
        other => panic!("{other:?}"),
    }
}

fn replay(engine: &Engine) -> Vec<Replayed> {
    replay_between(engine, Position(0), Position(u64::MAX))
}

fn replay_between(engine: &Engine, from: Position, until: Position) -> Vec<Replayed> {
    let mut records = Vec::new();
    let mut visit = |replayed| {
        records.push(replayed);
        true
    };
    // Pages far smaller than those of a broker, so that there are several.
    for page in engine.plan(SHARD, (from, until), 7) {
        assert!(engine.replay_page(SHARD, &page, true, &mut visit).unwrap());
    }
    assert!(records.is_sorted_by(|one, other| one.position < other.position), "{records:?}");
    records
}

/// The messages of a replay with their entries.
fn messages(engine: &Engine) -> Vec<(u64, Vec<QueueRecord>)> {
    let records = replay(engine).into_iter();
    let puts = records.filter_map(|replayed| match replayed.record {
        Record::Put { message, queues, .. } => Some((message, queues)),
        _ => None,
    });
    puts.collect()
}

/// Maintains until nothing is left to do.
fn tidy(engine: &Engine) {
    loop {
        match engine.maintain().unwrap() {
            Maintained::Idle | Maintained::Waits => return,
            Maintained::Stepped => {}
            Maintained::NeedsCommit => assert!(engine.commit().is_empty()),
        }
    }
}

fn entry(id: u64) -> QueueRecord {
    QueueRecord { queue: 1, id }
}

fn put<'a>(message: u64, body: &'a [u8], queues: &'a [QueueRecord]) -> Operation<'a> {
    Operation::Put { message, header: b"header", body, queues }
}

#[test]
fn what_was_not_committed_is_read_all_the_same() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    engine.append(SHARD, epoch, &[put(1, b"one", &[entry(1)])], 7).unwrap();
    assert_eq!(engine.read(SHARD, entry(1)), Ok(Some(b"one".to_vec())));
    assert_eq!(messages(&engine).len(), 1);
    let committed = engine.commit();
    assert!(matches!(committed[..], [(7, Ok(Kept::Appended(_)))]), "{committed:?}");
    assert_eq!(engine.read(SHARD, entry(1)), Ok(Some(b"one".to_vec())));
    engine.append(SHARD, epoch, &[put(2, b"two", &[entry(2)])], 8).unwrap();
    assert_eq!(messages(&open(&disk)).len(), 1, "what was not committed is not there");
}

#[test]
fn a_commit_is_wanted_at_once_where_somebody_waits_for_it() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    assert_eq!(engine.gathered(), Gathered::Nothing);
    engine.append_lazily(SHARD, epoch, &[put(1, b"", &[entry(1)])], 7).unwrap();
    assert_eq!(engine.gathered(), Gathered::Unawaited);
    engine.append(SHARD, epoch, &[], 8).unwrap();
    engine.append_lazily(SHARD, epoch, &[], 9).unwrap();
    assert_eq!(engine.gathered(), Gathered::Awaited);
    let tickets: Vec<_> = engine.commit().into_iter().map(|(ticket, _)| ticket).collect();
    assert_eq!((tickets, engine.gathered()), (vec![7, 8, 9], Gathered::Nothing));
    assert_eq!(messages(&open(&disk)).len(), 1);
}

#[test]
fn a_put_that_is_sent_again_is_there_once_and_goes_with_one_delete() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    let both = [entry(1), QueueRecord { queue: 2, id: 1 }];
    append(&engine, epoch, &[put(7, b"a", &both[..1]), put(8, b"b", &[entry(2)])]);
    append(&engine, epoch, &[put(7, b"a", &both), put(8, b"b", &[entry(2)])]);
    append(&engine, epoch, &[Operation::Delete(entry(1)), Operation::Delete(entry(2))]);
    assert_eq!(messages(&engine), [(7, vec![both[1]])]);
    assert_eq!(messages(&open(&disk)), [(7, vec![both[1]])]);
}

#[test]
fn an_entry_that_comes_back_after_its_delete_stays() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    append(&engine, epoch, &[put(7, b"a", &[entry(1)])]);
    append(&engine, epoch, &[Operation::Delete(entry(1)), put(7, b"a", &[entry(1)])]);
    assert_eq!(messages(&engine), [(7, vec![entry(1)])]);
    assert_eq!(messages(&open(&disk)), [(7, vec![entry(1)])]);
}

#[test]
fn deletes_in_a_row_are_one_operation() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    let before = append(&engine, epoch, &[]);
    let deletes: Vec<_> = (10..1000).map(|id| Operation::Delete(entry(id))).collect();
    assert_eq!(append(&engine, epoch, &deletes).0, before.0 + 1);
    let apart = [Operation::Delete(entry(u64::MAX)), Operation::Delete(entry(0))];
    assert_eq!(append(&engine, epoch, &apart).0, before.0 + 3);
}

#[test]
fn shards_are_apart_and_their_epochs_are_never_granted_twice() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    engine.acquire(Shard(1), "other", 0).unwrap();
    engine.commit();
    append(&engine, epoch, &[put(1, b"a", &[entry(1)])]);
    assert_eq!(engine.read(Shard(1), entry(1)), Ok(None));
    drop(engine);
    let engine = open(&disk);
    assert_eq!(acquire(&engine).epoch, Epoch(epoch.0 + 1));
    let fenced = engine.append(SHARD, epoch, &[], 5);
    assert_eq!(fenced, Err((5, Refusal::Fenced)));
    assert_eq!(engine.purge(SHARD, epoch, 1, 5), Err((5, Refusal::Fenced)));
    assert_eq!(engine.append(Shard(9), Epoch(0), &[], 5), Err((5, Refusal::Fenced)));
}

#[test]
fn a_key_is_set_where_its_revision_is_the_expected_one() {
    let disk = Memory::default();
    let mut engine = open(&disk);
    let mut last = MetaRevision(0);
    for value in [&b"one"[..], b"", b"three"] {
        let stale = MetaRevision(last.0 + 100);
        assert_eq!(engine.meta_compare_and_set("k", stale, b"x", 4), Ok(Some(4)));
        assert_eq!(engine.meta_compare_and_set("k", last, value, 5), Ok(None));
        let Ok(Kept::Set(revision)) = answer(&engine) else { panic!("it is not set") };
        assert!(revision > last);
        last = revision;
        assert_eq!(engine.meta_get("k"), Ok(Some((last, value.to_vec()))));
        drop(engine);
        engine = open(&disk);
        assert_eq!(engine.meta_get("k"), Ok(Some((last, value.to_vec()))));
    }
}

#[test]
fn a_page_of_a_replay_begins_where_the_last_ended() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    let ends: Vec<Position> =
        (0..100).map(|id| append(&engine, epoch, &[put(id, &[1; 600], &[entry(id)])])).collect();
    assert_eq!(replay(&engine).len(), 100);
    assert_eq!(replay_between(&engine, ends[9], ends[19]).len(), 10);
    assert_eq!(replay_between(&engine, ends[99], Position(u64::MAX)), []);
    let pages = engine.plan(SHARD, (Position(0), Position(u64::MAX)), 7);
    let core = engine.core.lock();
    for page in pages {
        let records = page.gather(&core.index).len();
        assert!((1..=7).contains(&records), "{page:?}");
    }
}

/// Slots that are used again are in no order of positions, and a page has what is live when its
/// turn comes.
#[test]
fn a_replay_has_what_was_live_when_it_began_and_still_is() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    for id in 0..60 {
        append(&engine, epoch, &[put(id, b"a", &[entry(id)])]);
        if id % 3 == 0 {
            append(&engine, epoch, &[Operation::Delete(entry(id / 2))]);
        }
    }
    append(&engine, epoch, &[Operation::Mark { record: entry(59), delivery_count: 2 }]);
    let live = messages(&engine);
    let mut plan = {
        let core = engine.core.lock();
        Planner::new(&core.index, SHARD.0, (0, core.end()), 7)
    };
    let (gone, stays) = live.split_at(5);
    for (id, _) in gone {
        append(&engine, epoch, &[Operation::Delete(entry(*id))]);
        append(&engine, epoch, &[put(id + 100, b"b", &[entry(*id)])]);
    }
    let core = engine.core.lock();
    while plan.step(&core.index) {}
    let pages: Vec<_> = plan.into_pages().iter().map(|page| page.gather(&core.index)).collect();
    assert!(pages.len() > 3);
    assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), stays.len() + 1);
}
