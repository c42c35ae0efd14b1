//! Journals that are right pass.

use super::driver::forget_what_was_opened;
use super::harness::{self, Plan, Tally};
use super::recording::{Recording, Run};
use super::step::{Step, put};
use super::workload::{self, Chance};
use crate::disk::simulated::{Image, Random, SimulatedDisk};
use crate::engine::SyncMode;

/// All states of a short workload, at the sector size of older disks.
const SECTORS: Plan =
    Plan { sector_bytes: 512, states_max: 20_000, samples: 200, again_one_in: 7, seed: 1 };

/// Sectors far smaller than any, so that the smallest frames are torn.
const TINY: Plan = Plan { sector_bytes: 64, ..SECTORS };

/// Pages, as a file system writes them.
const PAGES: Plan = Plan { sector_bytes: 4096, ..SECTORS };

/// How often a run by chance is cut and goes on.
const LIVES: usize = 12;

fn passes(recording: &Recording, plan: &Plan) -> Tally {
    match harness::examine(recording, plan) {
        Ok(tally) => {
            println!("{} events, {tally:?}", recording.events.len());
            tally
        }
        Err(violation) => panic!("{violation}, {plan:?}"),
    }
}

/// All states of a workload with every size of a sector, and with bodies to match.
fn survives(workload: fn(usize) -> Vec<Step>) {
    for (plan, scale) in [(TINY, 1), (SECTORS, 15), (PAGES, 100)] {
        let tally = passes(&Recording::of(&workload(scale)), &plan);
        assert_eq!(tally.sampled_moments, 0, "{tally:?}");
        assert!(tally.states > 12, "{tally:?}");
    }
}

#[test]
fn one_queue_survives_every_cut() {
    survives(workload::one_queue);
}

#[test]
fn a_transaction_is_there_whole_or_not_at_all() {
    survives(workload::transactions);
}

#[test]
fn meta_data_and_purges_survive_every_cut() {
    survives(workload::meta_and_purge);
}

#[test]
fn a_restart_goes_on_where_the_last_one_ended() {
    survives(workload::restarts);
}

#[test]
fn segments_are_compacted_freed_and_used_again() {
    let recording = Recording::of(&workload::segments(14));
    let tally = passes(&recording, &Plan { states_max: 64, samples: 10, ..SECTORS });
    assert!(tally.states > 150, "{tally:?}");
}

/// Frames that a cut left behind a torn one have numbers, places and a salt that the next frames
/// would go well with.
#[test]
fn what_a_recovery_cut_off_never_comes_back() {
    let first = [
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(1, 100, &[(1, 1)])]),
        Step::Append(vec![put(2, 100, &[(1, 2)])]),
        Step::Append(vec![put(3, 100, &[(1, 3)])]),
        Step::Append(vec![put(4, 100, &[(1, 4)])]),
        Step::Commit,
    ];
    let second = [
        Step::Acquire,
        Step::Commit,
        Step::Append(vec![put(5, 100, &[(1, 5)])]),
        Step::Commit,
        Step::Append(vec![put(6, 100, &[(1, 6)])]),
        Step::Commit,
    ];
    let recording = Recording::of(&first);
    let cuts = harness::every_cut(&recording, &TINY).map_err(|v| v.to_string()).unwrap();
    let cuts: Vec<_> = cuts.iter().filter(|cut| cut.granted > 0).collect();
    println!("{} states", cuts.len());
    assert!(cuts.len() > 100);
    for cut in cuts {
        let next = Run::after(cut, recording.held[cut.changes].clone()).record(&second);
        let plan = Plan { states_max: 0, samples: 1, again_one_in: 0, ..TINY };
        harness::examine(&next, &plan).map_err(|violation| violation.to_string()).unwrap();
    }
}

/// A file that was being made when the power was cut is a spare; were its number given again, the
/// segment of that number would go by the spare's name when it is freed.
#[test]
fn numbers_go_on_behind_those_of_spares() {
    let mut image = Image::new();
    image.insert("0000000009.spare".to_owned(), vec![0; 5000]);
    let disk = SimulatedDisk::of(&image);
    let run = Run { disk: disk.clone(), ..Run::default() };
    let recording = run.record(&workload::segments(2));
    assert_eq!(disk.image().into_keys().next().unwrap(), "0000000010.segment");
    passes(&recording, &PAGES);
}

/// Seeds of the runs by chance; more of them where the environment asks for it.
fn seeds() -> std::ops::Range<u64> {
    let count = std::env::var("PHILTER_CRASH_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let first = std::env::var("PHILTER_CRASH_SEED").ok().and_then(|seed| seed.parse().ok());
    let first = first.unwrap_or(1);
    first..first + count.unwrap_or(4)
}

#[test]
fn long_runs_by_chance_survive_cut_after_cut() {
    for seed in seeds() {
        println!("PHILTER_CRASH_SEED={seed}");
        long_run(seed, SyncMode::Always);
    }
}

#[test]
fn what_was_synced_survives_where_commits_do_not_wait() {
    for seed in seeds() {
        println!("PHILTER_CRASH_SEED={seed}");
        long_run(seed, SyncMode::Never);
    }
}

/// Several lives of one journal: each goes on where the cut of the last one left it.
fn long_run(seed: u64, mode: SyncMode) {
    forget_what_was_opened();
    let mut random = Random::new(seed);
    let (mut run, mut id) = (Run { mode, ..Run::default() }, 0);
    for life in 0..LIVES {
        let count = 20 + random.below(120);
        let (steps, next_id) = Chance::new(&mut random, run.held.clone(), id).steps(count);
        id = next_id;
        let recording = run.record(&steps);
        let sector_bytes = [64, 512, 4096][random.below(3)];
        let seed = random.next();
        let plan = Plan { sector_bytes, states_max: 0, samples: 1, again_one_in: 20, seed };
        passes(&recording, &plan);
        match harness::cut_somewhere(&recording, &plan, &mut random) {
            Ok(cut) => {
                let held = recording.held[cut.changes].clone();
                run = Run { mode, ..Run::after(&cut, held) };
            }
            Err(violation) => panic!("life {life}: {violation}, {plan:?}"),
        }
    }
}
