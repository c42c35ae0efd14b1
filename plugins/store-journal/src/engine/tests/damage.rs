//! Files that are not as they were written.

use super::*;
use crate::format::FRAME_BYTES;

const BODY: [u8; 500] = [7; 500];

/// A journal with some segments, closed as a broker closes it.
fn closed() -> (Memory, Vec<(u64, Vec<QueueRecord>)>) {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    for id in 0..100 {
        append(&engine, epoch, &[put(id, &BODY, &[entry(id)])]);
    }
    engine.seal();
    engine.commit();
    (disk, messages(&engine))
}

fn refused(disk: &Memory) -> String {
    open_with(disk, OPTIONS).unwrap_err().to_string()
}

#[test]
fn a_flipped_bit_in_any_frame_is_damage_and_names_its_place() {
    let (disk, kept) = closed();
    let names = disk.segments();
    for name in &names {
        let (mut places, mut bytes) = (Vec::new(), 0);
        disk.edit(name, |file| bytes = file.len());
        // Wherever a frame has bytes, at a stride that hits every part of some.
        places.extend((4096..bytes).step_by(61));
        for place in places {
            let copy = disk.copy();
            let mut is_used = false;
            copy.edit(name, |file| {
                is_used = file[place..].iter().take(8).any(|byte| *byte != 0);
                file[place] ^= 0x10;
            });
            match open_with(&copy, OPTIONS) {
                Err(error) => {
                    let text = error.to_string();
                    assert!(text.contains(name) && text.contains("damaged"), "{text}");
                    assert!(text.contains("philter store check"), "{text}");
                }
                // Padding, the seal itself, or what was never written.
                Ok(engine) => assert_eq!(messages(&engine), kept, "{name} at {place} {is_used}"),
            }
        }
    }
}

#[test]
fn a_torn_tail_is_cut_wherever_it_is_torn() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    append(&engine, epoch, &[put(1, &BODY, &[entry(1)])]);
    let kept = messages(&engine);
    let before = disk.copy();
    engine.append(SHARD, epoch, &[put(2, &BODY, &[entry(2)])], 0).unwrap();
    engine.append(SHARD, epoch, &[put(3, &BODY, &[entry(3)])], 0).unwrap();
    engine.commit();
    let name = disk.segments()[0].clone();
    let (mut new, mut old) = (Vec::new(), Vec::new());
    disk.edit(&name, |file| new = file.clone());
    before.edit(&name, |file| old = file.clone());
    let changed: Vec<usize> = (0..new.len()).filter(|&byte| new[byte] != old[byte]).collect();
    let (first, last) = (changed[0], changed[changed.len() - 1]);
    for torn in (first..=last).step_by(13) {
        let copy = disk.copy();
        copy.edit(&name, |file| file[torn] ^= 0xff);
        let engine = open(&copy);
        let found = messages(&engine);
        assert!(found.starts_with(&kept) && found.len() < 3, "torn at {torn}: {found:?}");
        // What was cut never comes back, whatever is written next.
        let epoch = acquire(&engine).epoch;
        append(&engine, epoch, &[put(9, &BODY, &[entry(9)])]);
        let after = messages(&engine);
        drop(engine);
        assert_eq!(messages(&open(&copy)), after, "torn at {torn}");
    }
}

#[test]
fn a_cut_is_told_with_its_place_and_size() {
    let disk = Memory::default();
    let engine = open(&disk);
    let epoch = acquire(&engine).epoch;
    engine.append(SHARD, epoch, &[put(2, &BODY, &[entry(2)])], 0).unwrap();
    engine.commit();
    assert_eq!(cut_of(&disk.copy()), None);
    let name = disk.segments()[0].clone();
    let offset = engine.core.lock().tail.offset;
    disk.edit(&name, |file| file[usize::try_from(offset).unwrap() - 30] ^= 1);
    let cut = cut_of(&disk).unwrap();
    assert_eq!((cut.path, cut.offset + cut.bytes, cut.frames), (name, offset, 1));
    assert!(cut.bytes > (FRAME_BYTES + BODY.len()) as u64);
}

#[test]
fn a_file_that_is_none_of_the_journal_is_refused_or_left_alone() {
    let (disk, kept) = closed();
    disk.create("notes.txt").unwrap();
    assert_eq!(messages(&open(&disk)), kept);
    assert!(disk.names().unwrap().contains(&"notes.txt".to_owned()));

    let names = disk.segments();
    let copy = disk.copy();
    copy.edit(&names[1], |file| file.fill(b'x'));
    let text = refused(&copy);
    assert!(text.contains(&names[1]) && text.contains("no file of a journal"), "{text}");

    let copy = disk.copy();
    copy.edit(&names[1], |file| file[8] = 9);
    let text = refused(&copy);
    assert!(text.contains("has format 9") && text.contains("reads format 1"), "{text}");

    let copy = disk.copy();
    copy.edit(&names[1], |file| file[40] ^= 1);
    assert!(refused(&copy).contains("first block"), "{}", refused(&copy));
}

#[test]
fn a_segment_that_is_missing_cut_short_or_misplaced_is_refused() {
    let (disk, _) = closed();
    let names = disk.segments();
    for name in &names[..names.len() - 1] {
        let copy = disk.copy();
        copy.remove(name).unwrap();
        let text = refused(&copy);
        assert!(text.contains(name) && text.contains("missing"), "{text}");
        let copy = disk.copy();
        copy.edit(name, |file| file.truncate(9000));
        let text = refused(&copy);
        assert!(text.contains(name) && text.contains("9000"), "{text}");
    }
    let copy = disk.copy();
    copy.edit(&names[0], |file| file.truncate(0));
    assert!(refused(&copy).contains("truncated"), "{}", refused(&copy));
    let copy = disk.copy();
    copy.rename(&names[1], "0000000099.segment").unwrap();
    assert!(refused(&copy).contains("under the name of another"), "{}", refused(&copy));

    let other = Memory::default();
    drop(open_with(&other, Options { seed: 7, ..OPTIONS }).unwrap());
    let mut foreign = Vec::new();
    other.edit(&other.segments()[0], |file| foreign = file.clone());
    disk.edit(&names[0], |file| *file = foreign);
    assert!(refused(&disk).contains("another journal"), "{}", refused(&disk));
}
