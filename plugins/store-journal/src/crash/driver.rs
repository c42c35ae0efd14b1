//! Drives a journal step by step, one thing after the other.

use std::cell::Cell;

use philter_plugin_api::{Epoch, MetaRevision, Operation, Shard};

use super::step::{Op, Step};
use crate::disk::simulated::SimulatedDisk;
use crate::engine::{Journal, Kept, Options, SyncMode};
use crate::error::JournalError;

/// The shard that all workloads use.
pub(super) const SHARD: Shard = Shard(0);

const NODE: &str = "node";

thread_local! {
    /// How many journals were opened.
    static OPENED: Cell<u64> = const { Cell::new(0) };
}

/// Makes a run by chance independent of those before it.
pub(super) fn forget_what_was_opened() {
    OPENED.set(0);
}

/// The smallest segments there are, so that short runs have many; salts that no journal had before.
pub(super) fn options(sync: SyncMode) -> Options {
    let seed = OPENED.get();
    OPENED.set(seed + 1);
    Options {
        segment_bytes: crate::limits::SEGMENT_BYTES_MIN,
        bytes_max: 0,
        free_bytes_min: 0,
        sync,
        seed,
    }
}

/// A journal that a workload is driven through. Tickets are the numbers of changes.
#[derive(Debug)]
pub(super) struct Driver {
    disk: SimulatedDisk,
    journal: Journal<SimulatedDisk, usize>,
    mode: SyncMode,
    changes: usize,
    answered: usize,
    /// In the modes that answer before a sync: what was answered before the last one.
    synced: usize,
    epoch: Epoch,
    /// The change that it was granted by.
    epoch_change: usize,
}

impl Driver {
    /// # Errors
    /// The journal was not opened.
    pub(super) fn start(disk: SimulatedDisk, mode: SyncMode) -> Result<Self, JournalError> {
        let journal = Journal::open(disk.clone(), options(mode), &mut |_| {})?;
        let (changes, answered, synced) = (0, 0, 0);
        Ok(Self {
            disk,
            journal,
            mode,
            changes,
            answered,
            synced,
            epoch: Epoch(0),
            epoch_change: 0,
        })
    }

    pub(super) fn journal(&self) -> &Journal<SimulatedDisk, usize> {
        &self.journal
    }

    pub(super) fn disk(&self) -> &SimulatedDisk {
        &self.disk
    }

    /// How many changes must outlive a power cut.
    pub(super) fn confirmed(&self) -> usize {
        match self.mode {
            SyncMode::Always => self.answered,
            SyncMode::Interval { .. } | SyncMode::Never => self.synced,
        }
    }

    /// The epoch that was granted last.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The change that it was granted by.
    pub(super) fn epoch_change(&self) -> usize {
        self.epoch_change
    }

    /// # Errors
    /// What the journal answers, of a commit the first error.
    pub(super) fn step(&mut self, step: &Step) -> Result<(), JournalError> {
        let ticket = self.changes + 1;
        if step.is_change() {
            self.changes = ticket;
        }
        match step {
            Step::Append(batch) => self.append(batch, ticket),
            Step::Purge(queue) => {
                let purged = self.journal.purge(SHARD, self.epoch, *queue, ticket);
                purged.map_err(|(_, refusal)| refused(refusal))
            }
            Step::SetMeta(key, value) => self.set_meta(key, value, ticket),
            Step::Acquire => self.journal.acquire(SHARD, NODE, ticket).map_err(|(_, error)| error),
            Step::Commit => self.commit(),
            Step::Sync => self.sync(),
            Step::Maintain => self.journal.maintain().map(|_| ()),
            Step::Restart => self.restart(),
        }
    }

    fn append(&mut self, batch: &[Op], ticket: usize) -> Result<(), JournalError> {
        let batch: Vec<Operation<'_>> = batch.iter().map(Op::borrow).collect();
        let appended = self.journal.append(SHARD, self.epoch, &batch, ticket);
        appended.map_err(|(_, refusal)| refused(refusal))
    }

    fn set_meta(&mut self, key: &str, value: &[u8], ticket: usize) -> Result<(), JournalError> {
        let present = self.journal.meta_get(key)?.map(|(revision, _)| revision);
        let set = match present {
            None if value.is_empty() => return self.append(&[], ticket),
            Some(revision) if value.is_empty() => self.journal.meta_remove(key, revision, ticket),
            revision => {
                let revision = revision.unwrap_or(MetaRevision(0));
                self.journal.meta_compare_and_set(key, revision, value, ticket)
            }
        };
        set.map(|other| assert_eq!(other, None)).map_err(|(_, error)| error)
    }

    fn commit(&mut self) -> Result<(), JournalError> {
        for (ticket, answer) in self.journal.commit() {
            if let Kept::Acquired(acquired) = answer? {
                self.epoch = acquired.epoch;
                self.epoch_change = ticket;
            }
            // Tickets come back in the order of the log, and none is left out.
            assert_eq!(ticket, self.answered + 1);
            self.answered = ticket;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), JournalError> {
        self.commit()?;
        self.journal.sync()?;
        self.synced = self.answered;
        Ok(())
    }

    /// A process that ends loses nothing that was written, synced or not.
    fn restart(&mut self) -> Result<(), JournalError> {
        self.commit()?;
        self.journal = Journal::open(self.disk.clone(), options(self.mode), &mut |_| {})?;
        Ok(())
    }
}

fn refused(refusal: crate::engine::Refusal) -> JournalError {
    match refusal {
        crate::engine::Refusal::Error(error) => error,
        other => panic!("{other:?}"),
    }
}
