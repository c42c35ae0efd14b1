//! Journals that are wrong are found out.

use super::harness::{self, Plan, Violation, Wrong};
use super::recording::{Confirms, Recording, Run};
use super::workload;
use crate::disk::simulated::SimulatedDisk;

const PLAN: Plan =
    Plan { sector_bytes: 512, states_max: 20_000, samples: 200, again_one_in: 7, seed: 1 };

fn found(recording: &Recording) -> Violation {
    *harness::examine(recording, &PLAN).expect_err("the proof found nothing")
}

#[test]
fn finds_a_disk_that_is_never_synced() {
    let disk = SimulatedDisk::that_never_syncs();
    let recording = Run { disk, ..Run::default() }.record(&workload::one_queue(15));
    let violation = found(&recording);
    assert!(matches!(violation.fault, Wrong::Lost { .. } | Wrong::Refused(_)), "{violation}");
}

#[test]
fn finds_a_confirm_that_does_not_wait_for_the_sync() {
    let run = Run { confirms: Confirms::AtOnce, ..Run::default() };
    let recording = run.record(&workload::one_queue(15));
    let violation = found(&recording);
    assert!(matches!(violation.fault, Wrong::Lost { .. }), "{violation}");
}

#[test]
fn finds_a_checksum_that_is_not_looked_at() {
    let recording = Recording::of(&workload::transactions(15));
    harness::examine(&recording, &PLAN).map_err(|violation| violation.to_string()).unwrap();
    let violation = crate::format::without_checksums(|| found(&recording));
    assert!(matches!(violation.fault, Wrong::NeverHeld { .. }), "{violation}");
}
