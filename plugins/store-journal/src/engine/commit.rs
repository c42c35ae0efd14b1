//! Writing a group, making it durable, and answering.
//!
//! Invariant: one commit runs at a time, and it holds no lock that an append waits for while it
//! writes or syncs.

use std::sync::Arc;

use super::core::Core;
use super::group::{Frames, Gathered, Group};
use super::options::SyncMode;
use super::segment::Segment;
use super::{Journal, Kept};
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::limits::BUFFER_BYTES_KEPT;

/// What a commit needs and nobody else does.
#[derive(Debug)]
pub(crate) struct Committer<F> {
    /// Room for the next group.
    room: Frames<F>,
    /// The segment that was written to last.
    last: Option<Arc<Segment<F>>>,
}

impl<F> Default for Committer<F> {
    fn default() -> Self {
        Self { room: Frames::default(), last: None }
    }
}

/// A ticket and how it ended.
pub type Answer<T> = (T, Result<Kept, JournalError>);

impl<D: Disk, T> Journal<D, T> {
    /// Writes what was gathered, syncs it where the mode says so, and answers every ticket of it,
    /// in order.
    pub fn commit(&self) -> Vec<Answer<T>> {
        self.commit_by(&mut self.committer.lock())
    }

    /// The same, unless another thread commits.
    pub fn try_commit(&self) -> Option<Vec<Answer<T>>> {
        let mut committer = self.committer.try_lock()?;
        Some(self.commit_by(&mut committer))
    }

    fn commit_by(&self, committer: &mut Committer<D::File>) -> Vec<Answer<T>> {
        let (frames, tickets, end) = {
            let mut core = self.core.lock();
            let room = std::mem::take(&mut committer.room);
            let next = Group::over(room);
            let Group { frames, tickets, .. } = std::mem::replace(&mut core.gathering, next);
            let frames = Arc::new(frames);
            core.in_flight = Some(Arc::clone(&frames));
            (frames, tickets, core.next_sequence)
        };
        let result = self.check_running().and_then(|()| self.keep(&frames, &mut committer.last));
        let mut core = self.core.lock();
        core.in_flight = None;
        let answers = match result {
            Ok(()) => {
                core.note_written(&frames, end);
                tickets.into_iter().map(|(ticket, kept)| (ticket, Ok(kept))).collect()
            }
            Err(error) => core.stop(tickets, &error),
        };
        drop(core);
        if let Some(mut room) = Arc::into_inner(frames) {
            room.clear(BUFFER_BYTES_KEPT);
            committer.room = room;
        }
        answers
    }

    /// What a commit has to do.
    pub fn gathered(&self) -> Gathered {
        self.core.lock().gathering.gathered()
    }

    /// Makes everything durable that was written, whatever the mode. Answers how far the log is:
    /// every frame before this number is durable.
    ///
    /// # Errors
    /// A disk that fails; the journal has stopped.
    pub fn sync(&self) -> Result<u64, JournalError> {
        let _syncing = self.syncing.lock();
        let (segments, end) = {
            let mut core = self.core.lock();
            core.check_running()?;
            (std::mem::take(&mut core.unsynced), core.written_end)
        };
        let synced = segments.iter().try_for_each(|segment| sync(segment));
        let mut core = self.core.lock();
        match synced {
            Ok(()) => core.durable = core.durable.max(end),
            Err(error) => {
                core.stopped.get_or_insert_with(|| error.as_end());
                return Err(error);
            }
        }
        Ok(core.durable)
    }

    fn check_running(&self) -> Result<(), JournalError> {
        self.core.lock().check_running()
    }

    fn keep(
        &self,
        frames: &Frames<D::File>,
        last: &mut Option<Arc<Segment<D::File>>>,
    ) -> Result<(), JournalError> {
        for extent in &frames.extents {
            let segment = &extent.segment;
            if !segment.has_file() {
                let spare = self.spares.lock().pop();
                segment.make(&self.disk, spare)?;
            }
            if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, segment))
                && let Some(ended) = last.replace(Arc::clone(segment))
            {
                ended.file()?.end_appends();
            }
            let written = segment.file()?.append_at(frames.bytes_of(extent), extent.offset);
            written.map_err(JournalError::io(segment.path.clone(), "write"))?;
        }
        if self.sync_mode == SyncMode::Always {
            for extent in &frames.extents {
                sync(&extent.segment)?;
            }
        }
        Ok(())
    }
}

fn sync<F: DiskFile>(segment: &Segment<F>) -> Result<(), JournalError> {
    let synced = segment.file()?.sync_data();
    synced.map_err(JournalError::io(segment.path.clone(), "sync"))
}

impl<D: Disk, T> Core<D, T> {
    fn note_written(&mut self, frames: &Frames<D::File>, end: u64) {
        self.written_end = end;
        if let Some(last) = frames.extents.last() {
            let behind = last.offset + frames.bytes_of(last).len() as u64;
            self.written = (last.segment.number(), behind);
        }
        if self.options.sync == SyncMode::Always {
            self.durable = end;
            return;
        }
        for extent in &frames.extents {
            if !self.unsynced.iter().any(|segment| Arc::ptr_eq(segment, &extent.segment)) {
                self.unsynced.push(Arc::clone(&extent.segment));
            }
        }
    }

    /// Stops after a failure: what waits, and what was gathered meanwhile, ends with it.
    fn stop(&mut self, tickets: Vec<(T, Kept)>, error: &JournalError) -> Vec<Answer<T>> {
        if !matches!(error, JournalError::Stopped { .. }) {
            self.stopped.get_or_insert_with(|| error.as_end());
        }
        let reason = self.stopped.clone().unwrap_or_else(|| error.to_string());
        let gathered = std::mem::take(&mut self.gathering);
        let tickets = tickets.into_iter().chain(gathered.tickets);
        let refused = || JournalError::Stopped { reason: reason.clone() };
        tickets.map(|(ticket, _)| (ticket, Err(refused()))).collect()
    }
}
