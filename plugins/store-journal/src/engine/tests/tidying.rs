//! What becomes of segments.

use super::*;

const BODY: [u8; 1000] = [7; 1000];

fn fill(engine: &Engine, epoch: Epoch, ids: std::ops::Range<u64>) {
    for id in ids {
        append(engine, epoch, &[put(id, &BODY, &[entry(id)])]);
    }
}

fn delete(engine: &Engine, epoch: Epoch, ids: std::ops::Range<u64>) {
    for id in ids {
        append(engine, epoch, &[Operation::Delete(entry(id))]);
    }
}

#[test]
fn what_is_dead_is_used_again_and_the_disk_does_not_grow() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    let mut files_max = 0;
    for round in 0..200 {
        fill(&engine, epoch, round * 10..round * 10 + 10);
        delete(&engine, epoch, round * 10..round * 10 + 10);
        tidy(&engine);
        files_max = files_max.max(disk.names_len());
    }
    assert!(files_max <= 6, "{files_max} files");
    assert_eq!(messages(&engine), []);
    drop(engine);
    assert_eq!(messages(&open(&disk)), []);
}

#[test]
fn one_message_that_stays_does_not_hold_its_segment() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    append(&engine, epoch, &[put(0, b"stays", &[entry(0)])]);
    append(&engine, epoch, &[Operation::Mark { record: entry(0), delivery_count: 3 }]);
    let position = replay(&engine)[0].position;
    for round in 1..100 {
        fill(&engine, epoch, round * 10..round * 10 + 10);
        delete(&engine, epoch, round * 10..round * 10 + 10);
        tidy(&engine);
    }
    assert!(disk.segments().len() <= 4, "{:?}", disk.segments());
    for engine in [&engine, &open(&disk)] {
        let kept = replay(engine);
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].position, position, "a copy keeps its position");
        let mark = Record::Mark { record: entry(0), delivery_count: 3 };
        assert_eq!(kept[1].record, mark);
        assert_eq!(engine.read(SHARD, entry(0)), Ok(Some(b"stays".to_vec())));
    }
}

#[test]
fn a_delete_is_kept_while_the_segment_of_its_put_is_there() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    // The first segment is mostly live, with one message that will be deleted.
    fill(&engine, epoch, 0..14);
    fill(&engine, epoch, 100..110);
    append(&engine, epoch, &[Operation::Delete(entry(3))]);
    fill(&engine, epoch, 110..140);
    delete(&engine, epoch, 100..140);
    fill(&engine, epoch, 200..230);
    delete(&engine, epoch, 200..230);
    tidy(&engine);
    let kept = messages(&engine);
    assert_eq!(kept.len(), 13);
    drop(engine);
    assert_eq!(messages(&open(&disk)), kept);
}

#[test]
fn a_replay_goes_by_position_also_after_copies() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    fill(&engine, epoch, 0..100);
    // Every tenth stays, and is copied behind what came later.
    for id in (0..60).filter(|id| id % 10 != 0) {
        append(&engine, epoch, &[Operation::Delete(entry(id))]);
    }
    tidy(&engine);
    let ids: Vec<u64> = messages(&engine).into_iter().map(|(message, _)| message).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(ids.len(), 46);
}

#[test]
fn a_segment_waits_for_who_reads_it() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    fill(&engine, epoch, 0..40);
    let first = disk.segments()[0].clone();
    let mut is_first = true;
    let mut visit = |_| {
        if std::mem::take(&mut is_first) {
            delete(&engine, epoch, 0..40);
            tidy(&engine);
            assert_eq!(disk.segments()[0], first, "it is read from");
        }
        true
    };
    engine.replay(SHARD, Position(0), Position(u64::MAX), true, &mut visit).unwrap();
    tidy(&engine);
    assert_ne!(disk.segments()[0], first);
}

#[test]
fn a_start_in_the_middle_of_a_compaction_goes_on_with_it() {
    for steps in 0..60 {
        let disk = Memory::default();
        let engine = open(&disk);
        let epoch = acquire(&engine).epoch;
        fill(&engine, epoch, 0..60);
        for id in (0..60).filter(|id| id % 5 != 0) {
            append(&engine, epoch, &[Operation::Delete(entry(id))]);
        }
        for _ in 0..steps {
            engine.maintain().unwrap();
            engine.commit();
        }
        drop(engine);
        let engine = open(&disk);
        let epoch = acquire(&engine).epoch;
        let kept = messages(&engine);
        assert_eq!(kept.len(), 12);
        delete(&engine, epoch, 0..30);
        fill(&engine, epoch, 100..130);
        delete(&engine, epoch, 100..130);
        tidy(&engine);
        assert_eq!(messages(&engine), kept[6..]);
        drop(engine);
        assert_eq!(messages(&open(&disk)), kept[6..], "after {steps} steps");
    }
}

#[test]
fn a_full_store_takes_deletes_and_then_messages_again() {
    let disk = Memory::default();
    let engine = open_with(&disk, Options { bytes_max: 8 * 16 * 1024, ..OPTIONS }).unwrap();
    let epoch = acquire(&engine).epoch;
    let mut count = 0;
    let full = loop {
        match engine.append(SHARD, epoch, &[put(count, &BODY, &[entry(count)])], 0) {
            Ok(()) => count += 1,
            Err((_, refusal)) => break refusal,
        }
        engine.commit();
        tidy(&engine);
    };
    assert_eq!(full, Refusal::Full);
    assert!(count > 50, "{count}");
    assert!(engine.inspect()["full"].as_str().unwrap().contains("bytes_max"));
    delete(&engine, epoch, 0..count / 2);
    tidy(&engine);
    fill(&engine, epoch, count..count + 10);
    assert!(engine.inspect()["full"].is_null());
}

#[test]
fn a_disk_with_little_room_takes_deletes_alone() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    fill(&engine, epoch, 0..3);
    disk.set_free_bytes(1000);
    tidy(&engine);
    let refused = engine.append(SHARD, epoch, &[put(9, b"", &[entry(9)])], 4);
    assert_eq!(refused, Err((4, Refusal::Full)));
    delete(&engine, epoch, 0..3);
    append(&engine, epoch, &[Operation::Meta { key: "k", value: b"" }]);
    disk.set_free_bytes(1 << 30);
    tidy(&engine);
    fill(&engine, epoch, 9..10);
}

#[test]
fn no_segment_goes_while_a_purge_has_not_let_go_of_its_messages() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    fill(&engine, epoch, 0..60);
    let segments = disk.segments();
    {
        let mut core = engine.core.lock();
        engine.add_one(&mut core, (SHARD.0, epoch.0), |encoder| encoder.purge(entry(0).queue));
        let steps = std::iter::from_fn(|| core.index.let_go(20).then(|| core.choose_victim()));
        assert!(steps.collect::<Vec<_>>().iter().all(Option::is_none));
        assert!(core.choose_victim().is_some());
    }
    fill(&engine, epoch, 60..100);
    tidy(&engine);
    assert!(disk.segments().iter().all(|segment| !segments[..3].contains(segment)));
    assert_eq!(messages(&open(&disk)).len(), 40);
}

#[test]
fn a_copy_of_a_purge_does_not_touch_what_was_put_after_it() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    // The first segment stays, and with it the purge of what it has of the queue.
    let other = |id| [QueueRecord { queue: 2, id }];
    for id in 0..13 {
        append(&engine, epoch, &[put(id, &BODY, &other(id))]);
    }
    append(&engine, epoch, &[put(100, b"a", &[entry(1)])]);
    fill(&engine, epoch, 10..20);
    engine.purge(SHARD, epoch, entry(0).queue, 0).unwrap();
    engine.commit();
    for round in 2..30 {
        fill(&engine, epoch, round * 10..round * 10 + 10);
        delete(&engine, epoch, round * 10..round * 10 + 9);
        tidy(&engine);
    }
    let kept = messages(&engine);
    assert_eq!(kept.len(), 13 + 28);
    assert_eq!(messages(&open(&disk)), kept);
}
