//! A disk that fails.

use super::*;

#[test]
fn after_a_sync_that_failed_nothing_is_kept_any_more() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    disk.fail_syncs_after(0);
    engine.append(SHARD, epoch, &[put(1, b"a", &[entry(1)])], 1).unwrap();
    let Err(error) = answer(&engine) else { panic!("it is kept") };
    assert!(error.to_string().contains("cannot sync"), "{error}");
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
