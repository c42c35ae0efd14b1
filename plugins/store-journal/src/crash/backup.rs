//! A journal is copied while it is written to: the copy is one of the states that it went through.

use std::io;
use std::sync::{Arc, Mutex};

use super::driver::{Driver, forget_what_was_opened};
use super::model::Held;
use super::recovery::recover;
use super::step::Step;
use super::workload::{self, Chance};
use crate::disk::simulated::{Random, SimulatedDisk, SimulatedFile};
use crate::disk::{Disk, DiskFile, Whereabouts};
use crate::engine::{self, SyncMode};

/// A disk whose journal goes on whenever it is looked at.
#[derive(Clone)]
struct Restless {
    disk: SimulatedDisk,
    writer: Arc<Mutex<Writer>>,
}

struct RestlessFile {
    file: SimulatedFile,
    writer: Arc<Mutex<Writer>>,
}

struct Writer {
    driver: Driver,
    steps: std::vec::IntoIter<Step>,
    held: Vec<Held>,
    random: Random,
}

impl Writer {
    fn step(&mut self) -> bool {
        let Some(step) = self.steps.next() else { return false };
        if step.is_change() {
            let mut held = self.held.last().unwrap().clone();
            held.apply(&step);
            self.held.push(held);
        }
        self.driver.step(&step).unwrap();
        true
    }

    /// Mostly nothing, or some steps.
    fn go_on(&mut self) {
        if self.random.one_in(6) {
            for _ in 0..self.random.below(6) {
                self.step();
            }
        }
    }
}

impl Restless {
    fn go_on(&self) -> &SimulatedDisk {
        self.writer.lock().unwrap().go_on();
        &self.disk
    }
}

impl Disk for Restless {
    type File = RestlessFile;

    fn names(&self) -> io::Result<Vec<String>> {
        self.go_on().names()
    }

    fn open(&self, name: &str) -> io::Result<RestlessFile> {
        let file = self.go_on().open(name)?;
        Ok(RestlessFile { file, writer: Arc::clone(&self.writer) })
    }

    fn create(&self, name: &str) -> io::Result<RestlessFile> {
        panic!("a backup makes {name} in its source")
    }

    fn rename(&self, from: &str, _: &str) -> io::Result<()> {
        panic!("a backup renames {from} in its source")
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        panic!("a backup removes {name} from its source")
    }

    fn sync_directory(&self) -> io::Result<()> {
        panic!("a backup syncs its source")
    }

    fn free_bytes(&self) -> io::Result<u64> {
        self.disk.free_bytes()
    }

    fn whereabouts(&self, name: &str, file: &RestlessFile) -> io::Result<Whereabouts> {
        self.disk.whereabouts(name, &file.file)
    }

    fn path(&self, name: &str) -> String {
        self.disk.path(name)
    }
}

impl DiskFile for RestlessFile {
    fn len(&self) -> io::Result<u64> {
        self.writer.lock().unwrap().go_on();
        self.file.len()
    }

    /// In pieces, between which the writer goes on, as the system may do it.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        for piece in buffer.chunks_mut(1500) {
            self.writer.lock().unwrap().go_on();
            let read = self.file.read_at(piece, offset + done as u64)?;
            done += read;
            if read < piece.len() {
                break;
            }
        }
        Ok(done)
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        panic!("a backup sets a length in its source")
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        panic!("a backup writes to its source")
    }

    fn sync_data(&self) -> io::Result<()> {
        panic!("a backup syncs its source")
    }
}

fn backs_up(steps: Vec<Step>, steps_before: usize, random: Random) {
    let disk = SimulatedDisk::default();
    let driver = Driver::start(disk.clone(), SyncMode::Always).unwrap();
    let held = vec![Held::default()];
    let mut writer = Writer { driver, steps: steps.into_iter(), held, random };
    for _ in 0..steps_before {
        writer.step();
    }
    let confirmed = writer.driver.confirmed();
    let source = Restless { disk, writer: Arc::new(Mutex::new(writer)) };
    let target = SimulatedDisk::default();
    let copied = engine::copy(&source, &target).unwrap();
    assert!(
        copied.is_whole && copied.report.faults.is_empty(),
        "{} passes: {:?}",
        copied.passes,
        copied.report
    );
    let found = recover(&SimulatedDisk::of(&target.image())).unwrap();
    let writer = source.writer.lock().unwrap();
    let states = &writer.held[confirmed..];
    assert!(states.contains(&found.held), "of {} states after {confirmed} changes", states.len());
}

#[test]
fn a_copy_of_a_live_journal_is_a_state_that_it_went_through() {
    for seed in 1..=30 {
        println!("seed {seed}");
        forget_what_was_opened();
        let mut random = Random::new(seed);
        let (steps, _) = Chance::new(&mut random, Held::default(), 0).steps(600);
        let steps: Vec<Step> = steps.into_iter().filter(|step| *step != Step::Restart).collect();
        let before = random.below(300);
        backs_up(steps, before, random);
    }
}

#[test]
fn segments_that_are_freed_while_they_are_copied_are_not_missed() {
    for before in (20..200).step_by(15) {
        forget_what_was_opened();
        backs_up(workload::segments(60), before, Random::new(before as u64));
    }
}
