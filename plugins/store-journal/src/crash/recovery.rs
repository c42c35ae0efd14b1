//! Recovers a journal from a disk, and reads all that it holds.

use philter_plugin_api::{MetaEntry, Position, QueueRecord};

use super::driver::{SHARD, options};
use super::harness::Wrong;
use super::model::Held;
use crate::disk::simulated::SimulatedDisk;
use crate::engine::{Journal, Kept, Notice, SyncMode};

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recovered {
    pub(super) held: Held,
    /// The epoch that was granted after the recovery.
    pub(super) epoch: u64,
}

/// Opens the journal, takes its shard, and reads everything in both ways that there are.
pub(super) fn recover(disk: &SimulatedDisk) -> Result<Recovered, Wrong> {
    recover_noticing(disk).map(|(recovered, _)| recovered)
}

/// The same, with what the log would say, but for the progress.
pub(super) fn recover_noticing(disk: &SimulatedDisk) -> Result<(Recovered, Vec<Notice>), Wrong> {
    let mut notices = Vec::new();
    let mut notify = |notice| notices.push(notice);
    let journal: Journal<_, ()> =
        Journal::open(disk.clone(), options(SyncMode::Always), &mut notify)
            .map_err(|error| Wrong::Refused(error.to_string()))?;
    notices.retain(|notice| !matches!(notice, Notice::Progress { .. }));
    let epoch = acquire(&journal)?;
    let held = read_all(&journal)?;
    Ok((Recovered { held, epoch }, notices))
}

fn acquire(journal: &Journal<SimulatedDisk, ()>) -> Result<u64, Wrong> {
    let refused = |error: crate::error::JournalError| Wrong::Refused(error.to_string());
    journal.acquire(SHARD, "next", ()).map_err(|((), error)| refused(error))?;
    let answers = journal.commit();
    match answers.into_iter().next() {
        Some(((), Ok(Kept::Acquired(acquired)))) => Ok(acquired.epoch.0),
        other => Err(Wrong::Refused(format!("{other:?}"))),
    }
}

fn read_all(journal: &Journal<SimulatedDisk, ()>) -> Result<Held, Wrong> {
    let wrong = |what: String| Wrong::Inconsistent(what);
    let mut held = Held::default();
    let mut last = None;
    let mut fault = None;
    let replayed = journal.replay(SHARD, Position(0), Position(u64::MAX), true, &mut |replayed| {
        if last >= Some(replayed.position) {
            fault = Some(format!("{:?} comes after {last:?}", replayed.position));
        }
        last = Some(replayed.position);
        held.apply_record(&replayed.record);
        true
    });
    replayed.map_err(|error| wrong(error.to_string()))?;
    if let Some(fault) = fault {
        return Err(wrong(fault));
    }
    for (record, entry) in &held.entries {
        let body = journal.read(SHARD, *record).map_err(|error| wrong(error.to_string()))?;
        if body.as_ref() != Some(&entry.body) {
            return Err(wrong(format!("{record:?} is read otherwise than replayed")));
        }
    }
    let absent = journal.read(SHARD, QueueRecord { queue: u64::MAX, id: 1 });
    if absent != Ok(None) {
        return Err(wrong(format!("an entry that never was is {absent:?}")));
    }
    let listed = journal.meta_list("", &mut |MetaEntry { key, value, .. }| {
        held.store_meta.insert(key, value);
        true
    });
    listed.map_err(|error| wrong(error.to_string()))?;
    Ok(held)
}
