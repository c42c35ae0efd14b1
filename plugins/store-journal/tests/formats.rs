//! A journal of every version of the format that was ever released opens, with all that was in it.
//!
//! Where the version that this build writes has no fixture yet, the test writes it and fails once:
//! it is to be kept.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use philter_plugin_api::{
    Epoch, MetaRevision, Operation, Position, QueueRecord, Record, Replayed, Shard,
};
use philter_store_journal::disk::FileSystem;
use philter_store_journal::engine::{Journal, Kept, Maintained, Options, SyncMode};
use philter_store_journal::format::FORMAT_VERSION;
use tempfile::TempDir;

const SHARD: Shard = Shard(3);

type Engine = Journal<FileSystem, ()>;

fn open(folder: &Path) -> Engine {
    let options = Options {
        segment_bytes: 16 * 1024,
        bytes_max: 0,
        free_bytes_min: 0,
        sync: SyncMode::Never,
        seed: 1,
    };
    Journal::open(FileSystem::open(folder).unwrap(), options, &mut |_| {}).unwrap()
}

fn fixture(version: u32) -> PathBuf {
    let folder = format!("tests/fixtures/version-{version}");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn kept(engine: &Engine) -> Kept {
    let answers = engine.commit();
    *answers.last().unwrap().1.as_ref().unwrap()
}

fn acquire(engine: &Engine) -> Epoch {
    engine.acquire(SHARD, "node of the fixture", ()).unwrap();
    match kept(engine) {
        Kept::Acquired(acquired) => acquired.epoch,
        other => panic!("{other:?}"),
    }
}

fn body(id: u64) -> Vec<u8> {
    (0..500 + id).map(|place| (place * id % 251) as u8).collect()
}

fn entry(queue: u64, id: u64) -> QueueRecord {
    QueueRecord { queue, id }
}

fn append(engine: &Engine, epoch: Epoch, batch: &[Operation<'_>]) {
    engine.append(SHARD, epoch, batch, ()).unwrap();
    kept(engine);
}

fn put(engine: &Engine, epoch: Epoch, id: u64) {
    let queues = [entry(1, id), entry(2, id)];
    let body = body(id);
    let put = Operation::Put { message: 100 + id, header: b"header", body: &body, queues: &queues };
    append(engine, epoch, &[put]);
}

/// Every operation there is, in several segments, with some of them copied.
fn write(folder: &Path) {
    let engine = open(folder);
    let epoch = acquire(&engine);
    (1..60).for_each(|id| put(&engine, epoch, id));
    let deletes: Vec<_> = (1..50)
        .filter(|id| id % 10 != 0)
        .flat_map(|id| [entry(1, id), entry(2, id)])
        .map(Operation::Delete)
        .collect();
    let mark = Operation::Mark { record: entry(1, 10), delivery_count: 3 };
    append(&engine, epoch, &[mark]);
    append(&engine, epoch, &deletes);
    for (key, value) in [("a", &b"1"[..]), ("b", b"2"), ("a", b"one"), ("b", b"")] {
        append(&engine, epoch, &[Operation::Meta { key, value }]);
    }
    for (key, value) in [("lease", &b"mine"[..]), ("gone", b"x")] {
        assert_eq!(engine.meta_compare_and_set(key, MetaRevision(0), value, ()), Ok(None));
        let Kept::Set(revision) = kept(&engine) else { panic!("{key} is not set") };
        if key == "gone" {
            assert_eq!(engine.meta_remove(key, revision, ()), Ok(None));
            kept(&engine);
        }
    }
    while engine.maintain().unwrap() != Maintained::Idle {
        engine.commit();
    }
    engine.purge(SHARD, epoch, 2, ()).unwrap();
    kept(&engine);
    engine.seal();
    engine.commit();
}

fn holds_what_was_written(folder: &Path) {
    let engine = open(folder);
    assert_eq!(acquire(&engine), Epoch(2), "an epoch is granted once");
    let ids: Vec<u64> = (1..60).filter(|id| *id >= 50 || id % 10 == 0).collect();
    let (mut found, mut marks, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    let mut visit = |replayed: Replayed| {
        match replayed.record {
            Record::Put { message, header, body: found_body, queues } => {
                let id = message - 100;
                assert_eq!((&header[..], queues), (&b"header"[..], vec![entry(1, id)]));
                assert_eq!(found_body, Some(body(id)));
                found.push(id);
            }
            Record::Mark { record, delivery_count } => marks.push((record, delivery_count)),
            Record::Meta { key, value } => keys.push((key, value)),
            Record::Delete(record) => panic!("{record:?} is replayed"),
        }
        true
    };
    engine.replay(SHARD, Position(0), Position(u64::MAX), true, &mut visit).unwrap();
    assert_eq!((found, marks), (ids, vec![(entry(1, 10), 3)]));
    assert_eq!(keys, [("a".to_owned(), b"one".to_vec())]);
    assert_eq!(engine.meta_get("lease").unwrap().unwrap().1, b"mine");
    assert_eq!(engine.meta_get("gone"), Ok(None));
}

#[test]
fn a_journal_of_every_version_opens_with_all_that_was_in_it() {
    for version in 1..=FORMAT_VERSION {
        let copy = TempDir::new().unwrap();
        if !fixture(version).exists() {
            write(&fixture(version));
            fs::remove_file(fixture(version).join("lock")).unwrap();
            panic!("the fixture of version {version} is written now, and is to be kept");
        }
        let files = fs::read_dir(fixture(version)).unwrap();
        for file in files.map(|file| file.unwrap()) {
            fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
        }
        holds_what_was_written(copy.path());
    }
}

#[test]
fn what_this_version_writes_is_what_a_fixture_of_it_would_hold() {
    let folder = TempDir::new().unwrap();
    write(folder.path());
    holds_what_was_written(folder.path());
}
