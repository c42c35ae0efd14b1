//! A disk that fails.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::disk::FileSystem;

#[test]
fn after_a_sync_that_failed_nothing_is_kept_any_more() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    disk.fail_syncs_after(0);
    engine.append_lazily(SHARD, epoch, &[put(1, b"a", &[entry(1)])], 1).unwrap();
    let Err(error) = answer(&engine) else { panic!("it is kept") };
    assert!(error.to_string().contains("cannot sync"), "{error}");
    assert_eq!(engine.gathered(), Gathered::Nothing);
    disk.fail_syncs_after(u64::MAX);
    let later = engine.append(SHARD, epoch, &[put(2, b"a", &[entry(2)])], 2);
    let Err((2, Refusal::Error(error))) = later else { panic!("{later:?}") };
    assert!(error.to_string().contains("start the broker again"), "{error}");
    assert!(engine.maintain().is_err() && engine.sync().is_err());
    assert!(engine.acquire(SHARD, "node", 3).is_err());
    assert!(engine.inspect()["poisoned"].as_str().unwrap().contains("cannot sync"));
}

#[test]
fn a_disk_that_is_full_at_any_write_loses_nothing_that_was_confirmed() {
    for writes in 0..80 {
        let disk = Memory::default();
        let engine = open(&disk);
        let epoch = acquire(&engine).epoch;
        disk.fail_writes_after(writes);
        let mut confirmed = Vec::new();
        for id in 0..60 {
            let appended = engine.append(SHARD, epoch, &[put(id, &[1; 900], &[entry(id)])], id);
            let committed = engine.commit();
            if appended.is_ok() && committed.iter().all(|(_, result)| result.is_ok()) {
                confirmed.push((id, vec![entry(id)]));
            }
            let _ = engine.maintain();
        }
        drop(engine);
        disk.fail_writes_after(u64::MAX);
        let kept = messages(&open(&disk));
        assert!(kept.starts_with(&confirmed), "after {writes} writes");
        assert!(kept.len() <= confirmed.len() + 1);
    }
}

#[test]
fn a_directory_that_goes_under_it_stops_the_journal_and_is_as_good_when_it_is_back() {
    let folder = TempDir::new().unwrap();
    let (home, elsewhere) = (folder.path().join("journal"), folder.path().join("elsewhere"));
    let open = || -> Journal<FileSystem, u64> {
        let disk = FileSystem::open(&home).unwrap();
        Journal::open(disk, Options { free_bytes_min: 0, ..OPTIONS }, &mut |_| {}).unwrap()
    };
    let engine = open();
    engine.acquire(SHARD, "node", 0).unwrap();
    let epoch = Epoch(1);
    engine.append(SHARD, epoch, &[put(1, b"a", &[entry(1)])], 1).unwrap();
    assert_eq!(engine.commit().len(), 2);
    assert_eq!(engine.look(), Ok(()));
    fs::rename(&home, &elsewhere).unwrap();
    engine.append(SHARD, epoch, &[put(2, b"b", &[entry(2)])], 2).unwrap();
    let error = engine.look().unwrap_err();
    assert!(error.to_string().contains(home.to_str().unwrap()), "{error}");
    assert!(matches!(engine.commit()[..], [(2, Err(ref found))] if *found == error));
    let later = engine.append(SHARD, epoch, &[put(3, b"c", &[entry(3)])], 3);
    assert_eq!(later, Err((3, Refusal::Error(error))));
    drop(engine);
    fs::rename(&elsewhere, &home).unwrap();
    let engine = open();
    assert_eq!(engine.read(SHARD, entry(1)), Ok(Some(b"a".to_vec())));
    // A file alone.
    engine.acquire(SHARD, "node", 0).unwrap();
    engine.commit();
    let is_segment = |path: &PathBuf| path.extension() == Some("segment".as_ref());
    let files = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().path());
    let segment = files.filter(is_segment).max().unwrap();
    fs::remove_file(&segment).unwrap();
    let error = engine.look().unwrap_err().to_string();
    assert!(error.contains(segment.to_str().unwrap()), "{error}");
}
