//! Disks that fail while a journal runs: what was confirmed stays, and the operator reads why.

use super::driver::Driver;
use super::harness::{self, Plan};
use super::recording::{Recording, Run};
use super::recovery::recover;
use super::step::{Step, put};
use super::workload;
use crate::disk::simulated::{Call, Fault, SimulatedDisk};
use crate::engine::SyncMode;
use crate::error::JournalError;

const PLAN: Plan =
    Plan { sector_bytes: 4096, states_max: 8, samples: 2, again_one_in: 50, seed: 1 };

/// Runs a workload on a disk that fails, and judges everything that it may leave: by a cut, and,
/// once the disk is well again, by the end of the process.
fn fails_safely(fault: Fault, steps: &[Step]) -> Option<JournalError> {
    let disk = SimulatedDisk::default();
    disk.fail(fault);
    let run = Run { disk: disk.clone(), ..Run::default() };
    let (recording, failure) = run.record_until_failure(steps);
    harness::examine(&recording, &PLAN).map_err(|violation| violation.to_string()).unwrap();
    disk.heal();
    let found = recover(&SimulatedDisk::of(&disk.image())).unwrap();
    let window = recording.window(recording.events.len());
    assert!(recording.held[window.clone()].contains(&found.held), "{window:?} {failure:?}");
    failure
}

/// Every place at which a fault can strike, until the workload is through; the texts of the
/// errors, each once.
fn sweep(fault: Fault, steps: &[Step]) -> Vec<String> {
    let mut texts = Vec::new();
    for pass in 0.. {
        match fails_safely(fault.after(pass), steps) {
            Some(error) => texts.push(error.to_string()),
            None => break,
        }
    }
    assert!(!texts.is_empty());
    texts.dedup();
    texts
}

const STOPPED: &str = "the journal has stopped, and nothing is confirmed any more: ";
const WHAT_TO_DO: &str = ". What was confirmed is safe. Look to the disk, then start the broker \
                          again; it recovers by itself";

#[test]
fn a_failing_sync_stops_the_journal_wherever_it_strikes() {
    let is_sync = |call| call == Call::SyncData;
    for fault in [Fault::io(is_sync), Fault::io(is_sync).once()] {
        let texts = sweep(fault, &workload::segments(5));
        let reason = "/journal/0000000001.segment: cannot sync: Input/output error (os error 5)";
        assert!(texts.contains(&format!("{STOPPED}{reason}{WHAT_TO_DO}")), "{texts:#?}");
    }
}

#[test]
fn a_failing_write_stops_the_journal_wherever_it_strikes() {
    let texts = sweep(Fault::io(|call| call == Call::Write).once(), &workload::segments(5));
    let reason = "/journal/0000000001.segment: cannot write: Input/output error (os error 5)";
    assert!(texts.contains(&format!("{STOPPED}{reason}{WHAT_TO_DO}")), "{texts:#?}");
}

#[test]
fn a_failing_directory_stops_the_journal_wherever_it_strikes() {
    for call in [
        (|call| call == Call::SyncDirectory) as fn(Call) -> bool,
        |call| call == Call::Rename,
        |call| call == Call::Create,
        |call| matches!(call, Call::Names | Call::Open | Call::Len),
    ] {
        for text in sweep(Fault::io(call), &workload::segments(8)) {
            assert!(text.contains("/journal/") && text.contains("(os error 5)"), "{text}");
        }
    }
}

#[test]
fn a_full_disk_stops_the_journal_wherever_it_strikes() {
    for steps in [workload::segments(5), workload::transactions(15), workload::restarts(15)] {
        for text in sweep(Fault::full(), &steps) {
            assert!(text.contains("/journal/0000000"), "{text}");
            assert!(text.contains("No space left on device (os error 28)"), "{text}");
        }
    }
}

#[test]
fn after_a_failure_nothing_is_taken_though_the_disk_is_well_again() {
    let disk = SimulatedDisk::default();
    let mut driver =
        super::driver::Driver::start(disk.clone(), crate::engine::SyncMode::Always).unwrap();
    for step in [Step::Acquire, Step::Commit, Step::Append(vec![put(1, 10, &[(1, 1)])])] {
        driver.step(&step).unwrap();
    }
    disk.fail(Fault::io(|call| call == Call::SyncData).once());
    let error = driver.step(&Step::Commit).unwrap_err();
    assert!(matches!(error, JournalError::Stopped { .. }), "{error}");
    disk.heal();
    let steps = [
        Step::Append(vec![put(2, 10, &[(1, 2)])]),
        Step::Append(vec![super::step::delete(1, 1)]),
        Step::Purge(1),
        Step::SetMeta("a", vec![1]),
        Step::Acquire,
        Step::Sync,
    ];
    for step in steps {
        assert_eq!(driver.step(&step), Err(error.clone()), "{step:?}");
    }
    assert!(driver.journal().commit().is_empty());
    assert!(error.to_string().contains(&driver.journal().stopped().unwrap()));
}

#[test]
fn a_directory_that_vanishes_is_noticed_at_the_next_segment_or_before() {
    let steps = workload::segments(8);
    for after in 0..steps.len() / 2 {
        let disk = SimulatedDisk::default();
        let mut driver = Driver::start(disk.clone(), SyncMode::Always).unwrap();
        let (before, behind) = steps.split_at(after);
        before.iter().for_each(|step| driver.step(step).unwrap());
        disk.vanish();
        let failure = behind.iter().find_map(|step| driver.step(step).err()).unwrap();
        let text = failure.to_string();
        assert!(text.contains("/journal/"), "{text}");
        assert!(text.contains("No such file or directory (os error 2)"), "{text}");
    }
}

#[test]
fn a_directory_that_vanishes_stops_the_journal_when_it_is_looked_for() {
    let steps = workload::segments(8);
    for after in 0..steps.len() {
        let disk = SimulatedDisk::default();
        let mut driver = Driver::start(disk.clone(), SyncMode::Always).unwrap();
        for step in steps.iter().take(after) {
            driver.step(step).unwrap();
            assert_eq!(driver.journal().look(), Ok(()));
        }
        disk.vanish();
        let error = driver.journal().look().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("/journal/: the path does not lead to"), "{text}");
        assert!(!text.contains("is safe"), "{text}");
        let next = [Step::Acquire, Step::Append(vec![put(999, 10, &[(1, 999)])]), Step::Sync];
        for step in next {
            assert_eq!(driver.step(&step), Err(error.clone()), "{step:?}");
        }
        driver.journal().commit();
        assert_eq!(driver.journal().look(), Ok(()), "it is said once");
    }
}

#[test]
fn a_recovery_that_cannot_read_changes_nothing() {
    let disk = SimulatedDisk::default();
    let recording: Recording =
        Run { disk: disk.clone(), ..Run::default() }.record(&workload::segments(4));
    let image = disk.image();
    let last = recording.held.last().unwrap();
    for pass in 0.. {
        let disk = SimulatedDisk::of(&image);
        disk.fail(Fault::io(|call| !call.takes_room()).after(pass).once());
        let found = recover(&disk);
        disk.heal();
        match found {
            Ok(found) => {
                assert_eq!(found.held, *last);
                assert!(pass > 10);
                break;
            }
            Err(wrong) => assert!(format!("{wrong:?}").contains("(os error 5)"), "{wrong:?}"),
        }
        assert_eq!(recover(&disk).unwrap().held, *last);
    }
}
