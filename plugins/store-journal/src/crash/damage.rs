//! Files that are damaged while nobody looks: nothing that was safe is lost in silence, and the
//! operator reads where to look and what to do.

use super::driver::{Driver, options};
use super::model::Held;
use super::recording::Run;
use super::recovery::{Recovered, recover, recover_noticing};
use super::step::{Step, put};
use super::workload;
use crate::disk::simulated::{Image, SimulatedDisk};
use crate::engine::{self, Notice, SyncMode};
use crate::format::{FORMAT_VERSION, SEGMENT_HEADER_BYTES};

/// A journal at rest and all that it held after each change.
struct AtRest {
    image: Image,
    held: Vec<Held>,
}

impl AtRest {
    /// Two changes in one segment after the steps; sealed as a broker that stops does it, or not.
    fn after(mut steps: Vec<Step>, is_sealed: bool) -> Self {
        let disk = SimulatedDisk::default();
        steps.push(Step::Append(vec![put(7777, 40, &[(5, 5)])]));
        steps.push(Step::Commit);
        let recording = Run { disk: disk.clone(), ..Run::default() }.record(&steps);
        if is_sealed {
            let mut driver = Driver::start(disk.clone(), SyncMode::Always).unwrap();
            driver.step(&Step::Acquire).unwrap();
            driver.journal().seal();
            driver.step(&Step::Commit).unwrap();
        }
        Self { image: disk.image(), held: recording.held }
    }

    /// Several segments, all of them full of what is live, sealed.
    fn large() -> Self {
        let mut steps = vec![Step::Acquire, Step::Commit];
        for id in 1..=8 {
            steps.extend([Step::Append(vec![put(id, 4900, &[(1, id)])]), Step::Commit]);
        }
        Self::after(steps, true)
    }

    fn last_held(&self) -> &Held {
        self.held.last().unwrap()
    }
}

/// What the operator reads, or what is found and what is said about it.
fn open(image: &Image) -> Result<(Recovered, Vec<Notice>), String> {
    recover_noticing(&SimulatedDisk::of(image)).map_err(|wrong| format!("{wrong:?}"))
}

fn flipped(image: &Image, name: &str, byte: usize) -> Image {
    let mut image = image.clone();
    image.get_mut(name).unwrap()[byte] ^= 1 << (byte % 8);
    image
}

/// The bytes of a file up to its last that is not zero.
fn used(content: &[u8]) -> usize {
    content.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
}

/// Flips a bit in each so manieth byte. It must be named, or change nothing that is held.
fn is_harmless_or_named(journal: &AtRest, step: usize) {
    let AtRest { image, .. } = journal;
    let (mut named, mut harmless) = (0, 0);
    for (name, content) in image {
        for byte in (0..used(content)).step_by(step) {
            let flipped = flipped(image, name, byte);
            let report = engine::check(&SimulatedDisk::of(&flipped)).unwrap();
            let opened = open(&flipped);
            assert_eq!(report.faults.is_empty(), opened.is_ok(), "byte {byte} of {name}");
            match opened {
                Ok((found, notices)) => {
                    let is_lost = found.held != *journal.last_held();
                    assert!(!is_lost, "byte {byte} of {name} is lost in silence: {notices:?}");
                    harmless += 1;
                }
                Err(text) => {
                    assert!(text.contains(&format!("/journal/{name}")), "{byte}: {text}");
                    assert!(text.contains("backup") || text.contains("version"), "{byte}: {text}");
                    named += 1;
                }
            }
        }
    }
    println!("{named} named, {harmless} harmless");
    assert!(named > 100);
}

#[test]
fn a_flipped_bit_in_any_byte_of_a_sealed_journal_is_harmless_or_named() {
    is_harmless_or_named(&AtRest::after(workload::one_queue(1), true), 1);
    is_harmless_or_named(&AtRest::after(workload::transactions(1), true), 1);
    is_harmless_or_named(&AtRest::after(workload::meta_and_purge(1), true), 1);
    is_harmless_or_named(&AtRest::large(), 67);
    is_harmless_or_named(&AtRest::after(workload::segments(11), true), 67);
}

#[test]
fn a_flipped_bit_costs_no_more_than_the_end_that_nothing_vouches_for() {
    let AtRest { image, held } = AtRest::after(workload::transactions(1), false);
    let (last, before) = (held.last().unwrap(), &held[held.len() - 2]);
    let mut cuts = 0;
    for (name, content) in &image {
        for byte in 0..used(content) {
            let Ok((found, _)) = open(&flipped(&image, name, byte)) else { continue };
            if found.held != *last {
                assert_eq!(found.held, *before, "byte {byte} of {name}");
                cuts += 1;
            }
        }
    }
    assert!(cuts > 40, "{cuts}");
}

#[test]
fn a_frame_that_was_safe_and_is_damaged_is_named_by_file_and_byte() {
    let AtRest { image, .. } = AtRest::after(workload::one_queue(1), true);
    let first = image.keys().next().unwrap();
    let text = open(&flipped(&image, first, SEGMENT_HEADER_BYTES as usize + 200)).unwrap_err();
    let begins = format!("/journal/{first}: frame 3 at byte 4256 is damaged: its checksum or its");
    assert!(text.contains(&begins), "{text}");
    for part in
        ["says that it was safe on the disk", "Look to the disk", "`philter store check`", "backup"]
    {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_truncated_segment_is_named_wherever_it_ends() {
    let AtRest { image, .. } = AtRest::large();
    for (name, content) in &image {
        for bytes in (0..content.len()).step_by(501) {
            let mut image = image.clone();
            image.get_mut(name).unwrap().truncate(bytes);
            let text = open(&image).unwrap_err();
            let expected = if bytes < 4096 { 4096 } else { content.len() };
            let words = format!(
                "/journal/{name}: the file has {bytes} bytes where it was made with {expected}: it \
                 was truncated. Bring it back from a backup; see `philter store check`"
            );
            assert!(text.contains(&words), "{text}");
        }
    }
}

#[test]
fn a_segment_that_is_gone_is_named() {
    let AtRest { image, held } = AtRest::large();
    let names: Vec<&String> = image.keys().filter(|name| name.ends_with(".segment")).collect();
    let (newest, others) = names.split_last().unwrap();
    assert!(others.len() > 1, "{names:?}");
    for name in others {
        let mut image = image.clone();
        image.remove(*name);
        let text = open(&image).unwrap_err();
        let words = format!(
            "/journal/{name}: this segment is missing, and /journal/{newest} says that it is \
             needed. Bring it back from a backup"
        );
        assert!(text.contains(&words), "{text}");
    }
    // Nothing vouches for the newest.
    let mut image = image.clone();
    image.remove(*newest);
    assert!(held.contains(&open(&image).unwrap().0.held));
}

#[test]
fn a_foreign_file_is_named_and_left_alone() {
    let AtRest { mut image, held } = AtRest::large();
    image.insert("notes.txt".to_owned(), b"buy milk".to_vec());
    let disk = SimulatedDisk::of(&image);
    let (found, notices) = recover_noticing(&disk).unwrap();
    assert_eq!(found.held, *held.last().unwrap());
    assert!(notices.contains(&Notice::Unknown { path: "/journal/notes.txt".to_owned() }));
    assert_eq!(disk.image()["notes.txt"], b"buy milk");
}

#[test]
fn a_foreign_file_under_a_segments_name_is_refused() {
    let AtRest { mut image, .. } = AtRest::large();
    image.insert("0000000099.segment".to_owned(), vec![b'x'; 20_000]);
    let text = open(&image).unwrap_err();
    let words = "/journal/0000000099.segment: this is no file of a journal. Move it out of the \
                 directory";
    assert!(text.contains(words), "{text}");
}

#[test]
fn a_segment_of_another_journal_is_refused() {
    let AtRest { mut image, .. } = AtRest::large();
    let AtRest { image: other, .. } = AtRest::large();
    let name = image.keys().next_back().unwrap().clone();
    image.insert(name.clone(), other[&name].clone());
    let text = open(&image).unwrap_err();
    let words = format!("/journal/{name}: this segment belongs to another journal than /journal/0");
    assert!(text.contains(&words), "{text}");
}

#[test]
fn a_segment_under_anothers_name_is_refused() {
    let AtRest { mut image, .. } = AtRest::large();
    let (name, content) = image.first_key_value().unwrap();
    let number: u32 = name.split('.').next().unwrap().parse().unwrap();
    image.insert("0000000950.segment".to_owned(), content.clone());
    let text = open(&image).unwrap_err();
    let words =
        format!("/journal/0000000950.segment: this is segment {number} under the name of another");
    assert!(text.contains(&words), "{text}");
}

#[test]
fn a_journal_of_a_newer_version_is_refused_and_not_touched() {
    let AtRest { mut image, .. } = AtRest::large();
    for content in image.values_mut() {
        content[8] = FORMAT_VERSION as u8 + 1;
    }
    let disk = SimulatedDisk::of(&image);
    let text = format!("{:?}", recover(&disk).unwrap_err());
    let first = disk.image().into_keys().next().unwrap();
    let words = format!(
        "/journal/{first}: the journal has format {}, and this build reads format \
         {FORMAT_VERSION}. Start the version of the broker that wrote it, or a later one",
        FORMAT_VERSION + 1
    );
    assert!(text.contains(&words), "{text}");
    assert_eq!((disk.image(), disk.event_count()), (image, 0));
}

#[test]
fn a_directory_has_one_journal_at_a_time() {
    use crate::disk::FileSystem;
    use crate::engine::Journal;

    let directory = tempfile::tempdir().unwrap();
    let disk = FileSystem::open(directory.path()).unwrap();
    let journal: Journal<_, ()> =
        Journal::open(disk, options(SyncMode::Always), &mut |_| {}).unwrap();
    let text = FileSystem::open(directory.path()).unwrap_err().to_string();
    let (directory, process) = (directory.path().display(), std::process::id());
    let expected = format!(
        "the journal in {directory} is in use by process {process}: stop that one, or give this \
         one a data directory of its own"
    );
    assert_eq!(text, expected);
    drop(journal);
}

#[test]
fn a_journal_that_is_refused_is_not_touched() {
    let AtRest { image, .. } = AtRest::large();
    let damaged = flipped(&image, image.keys().next().unwrap(), 4300);
    let disk = SimulatedDisk::of(&damaged);
    recover(&disk).unwrap_err();
    assert_eq!((disk.image(), disk.event_count()), (damaged, 0));
}
