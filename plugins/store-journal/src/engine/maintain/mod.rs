//! Keeps the disk tidy, one bounded step at a time: makes the next segment ahead, copies what is
//! live out of segments that are mostly dead, and uses their files again.
//!
//! Invariants:
//! - one segment is freed at a time, from its first copy to the sync of the directory, and none
//!   other is before it is gone;
//! - a segment goes after the frame that says so, and all before that frame, is durable;
//! - nobody waits for a step longer than its copies take, `COMPACT_STEP_BYTES` at a time.

mod compact;
mod prepare;
mod presence;
mod victim;

use std::sync::Arc;

use self::compact::Compaction;
use self::prepare::Filling;
use self::victim::Choice;
use super::Journal;
use super::options::SyncMode;
use super::segment::spare_name;
use crate::disk::Disk;
use crate::error::JournalError;
use crate::limits::{PENDING_BEFORE_UPKEEP_BYTES_MAX, SETTLED_STEP_ENTRIES, SPARES_MAX};

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maintained {
    /// There is nothing to do.
    Idle,
    /// A step was done; there may be more, also for a commit.
    Stepped,
    /// The next step needs a commit first.
    NeedsCommit,
    /// The next step waits for a replay or a read to end.
    Waits,
}

/// What is under way.
#[derive(Debug, Default)]
pub(crate) enum Task<F> {
    #[default]
    None,
    /// A file is filled with zeros.
    Filling(Filling<F>),
    /// What is live in a segment is copied to the end of the log.
    Compacting(Compaction),
    /// The frame of this number says that a segment is not needed; it is not durable yet.
    Freeing { segment: u32, sequence: u64 },
}

impl<D: Disk, T> Journal<D, T> {
    /// Does one step.
    ///
    /// # Errors
    /// A disk that is full or fails, or a record that is damaged. The step may be tried again.
    pub fn maintain(&self) -> Result<Maintained, JournalError> {
        let mut task = self.maintenance.lock();
        {
            let mut core = self.core.lock();
            core.check_running()?;
            if core.index.is_letting_go() {
                // Whoever settled that much is at it as well.
                core.index.let_go(SETTLED_STEP_ENTRIES);
                return Ok(Maintained::Stepped);
            }
        }
        match &mut *task {
            Task::None => self.begin_task(&mut task),
            Task::Filling(filling) => {
                let filled = self.fill(filling);
                if !matches!(filled, Ok(false)) {
                    *task = Task::None;
                }
                filled.map(|_| Maintained::Stepped)
            }
            Task::Compacting(compaction) => {
                if self.core.lock().pending_bytes() > PENDING_BEFORE_UPKEEP_BYTES_MAX {
                    return Ok(Maintained::NeedsCommit);
                }
                match self.compact(compaction) {
                    Ok(true) => {
                        if let Some(freeing) = self.begin_freeing(compaction.segment)? {
                            *task = freeing;
                        }
                    }
                    Ok(false) => {}
                    Err(error) => {
                        *task = Task::None;
                        return Err(error);
                    }
                }
                Ok(Maintained::Stepped)
            }
            &mut Task::Freeing { segment, sequence } => {
                let freed = self.free(segment, sequence);
                if !matches!(freed, Ok(Maintained::NeedsCommit | Maintained::Waits)) {
                    *task = Task::None;
                }
                freed
            }
        }
    }

    /// Whether a segment should be made ahead now.
    pub fn wants_segment(&self) -> bool {
        self.core.lock().wants_segment()
    }

    fn begin_task(&self, task: &mut Task<D::File>) -> Result<Maintained, JournalError> {
        let free = self.disk.free_bytes();
        let free = free.map_err(JournalError::io(self.disk.path(""), "see the free space"))?;
        let (wants_segment, segment_bytes, choice) = {
            let mut core = self.core.lock();
            core.free_bytes = free;
            (core.wants_segment(), core.options.segment_bytes, core.choose_victim())
        };
        if wants_segment {
            let spare = self.spares.lock().pop();
            if let Some(spare) = spare {
                self.make_ready(spare)?;
                return Ok(Maintained::Stepped);
            }
            if free > segment_bytes.saturating_mul(2) {
                *task = Task::Filling(self.begin_filling()?);
                return Ok(Maintained::Stepped);
            }
        }
        match choice {
            Some(Choice::Free(segment)) => {
                *task = self.begin_freeing(segment)?.unwrap_or_default();
            }
            Some(Choice::Compact(segment)) => {
                let copies_tombstones = {
                    let core = self.core.lock();
                    core.index.usages.needed_tombstones(segment).next().is_some()
                };
                *task = Task::Compacting(Compaction::new(segment, copies_tombstones));
            }
            None => return Ok(Maintained::Idle),
        }
        Ok(Maintained::Stepped)
    }

    /// Says in the log that a segment is not needed; none where that can't be known now.
    fn begin_freeing(&self, segment: u32) -> Result<Option<Task<D::File>>, JournalError> {
        let mut core = self.core.lock();
        if core.index.is_letting_go() {
            return Ok(None);
        }
        if core.index.usages.get(segment).is_none_or(|usage| usage.records > 0) {
            return Err(JournalError::Internal { what: "a segment with live records is freed" });
        }
        let no_shard = (super::core::NO_SHARD, 0);
        let sequence = self.add_one(&mut core, no_shard, |encoder| encoder.freed(segment));
        core.freeing = Some(segment);
        Ok(Some(Task::Freeing { segment, sequence }))
    }

    fn free(&self, segment: u32, sequence: u64) -> Result<Maintained, JournalError> {
        let (durable, written) = {
            let core = self.core.lock();
            (core.durable, core.written_end)
        };
        if durable <= sequence {
            if written <= sequence || self.sync_mode == SyncMode::Always {
                return Ok(Maintained::NeedsCommit);
            }
            if self.sync()? <= sequence {
                return Ok(Maintained::NeedsCommit);
            }
        }
        let present = {
            let mut core = self.core.lock();
            // Whoever reads from it holds it; nobody new can once it is out of the table.
            let is_read = core
                .present
                .get(&segment)
                .is_some_and(|present| Arc::strong_count(&present.segment) > 1);
            if is_read {
                return Ok(Maintained::Waits);
            }
            core.index.usages.remove(segment);
            core.freeing = None;
            core.present.remove(&segment)
        };
        let Some(present) = present else { return Ok(Maintained::Stepped) };
        let removed = self.reuse_or_remove(segment, &present.segment.name);
        if let Err(error) = &removed {
            // What a power cut would leave of the directory is not known any more.
            self.core.lock().stopped.get_or_insert_with(|| error.as_end());
        }
        removed.map(|()| Maintained::Stepped)
    }

    fn reuse_or_remove(&self, segment: u32, name: &str) -> Result<(), JournalError> {
        let io = |action| JournalError::io(self.disk.path(name), action);
        let is_reused = self.spares.lock().len() < SPARES_MAX;
        let spare = spare_name(segment);
        if is_reused {
            self.disk.rename(name, &spare).map_err(io("rename"))?;
        } else {
            self.disk.remove(name).map_err(io("remove"))?;
        }
        // Only then it is gone, and its file may be written to.
        let synced = self.disk.sync_directory();
        synced.map_err(JournalError::io(self.disk.path(""), "sync the directory"))?;
        if is_reused {
            self.spares.lock().push(spare);
        }
        Ok(())
    }
}
