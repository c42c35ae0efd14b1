//! The next segment, made before it is needed.
//!
//! A new file is filled with zeros: writing into it later changes neither its length nor the file
//! system's map of its blocks, so a sync writes the data alone. A file that is used again is as
//! good.

use std::sync::Arc;

use crate::disk::{Disk, DiskFile};
use crate::engine::Journal;
use crate::engine::core::Core;
use crate::engine::segment::{Segment, spare_name};
use crate::error::JournalError;
use crate::format::SegmentHeader;
use crate::limits::PREPARE_STEP_BYTES;

/// A file that is filled.
#[derive(Debug)]
pub(crate) struct Filling<F> {
    name: String,
    file: F,
    filled: u64,
    bytes: u64,
}

impl<D: Disk, T> Core<D, T> {
    /// Whether none is ready and the last one is half full.
    pub(super) fn wants_segment(&self) -> bool {
        self.ready.is_none() && self.tail.offset > self.options.segment_bytes / 2
    }
}

impl<D: Disk, T> Journal<D, T> {
    pub(super) fn begin_filling(&self) -> Result<Filling<D::File>, JournalError> {
        // A number of its own: a segment that is made meanwhile must not find this file.
        let SegmentHeader { number, segment_bytes: bytes, .. } = self.core.lock().plan();
        let name = spare_name(number);
        let file = self.disk.create(&name);
        let file = file.map_err(JournalError::io(self.disk.path(&name), "make the file"))?;
        Ok(Filling { name, file, filled: 0, bytes })
    }

    /// Fills a piece; answers whether the segment is ready.
    pub(super) fn fill(&self, filling: &mut Filling<D::File>) -> Result<bool, JournalError> {
        let filled = self.fill_piece(filling);
        if filled.is_err() {
            // Half a file is in the way of whatever else needs the room.
            let _ = self.disk.remove(&filling.name);
        }
        if filled? {
            self.make_ready(filling.name.clone())?;
            return Ok(true);
        }
        Ok(false)
    }

    fn fill_piece(&self, filling: &mut Filling<D::File>) -> Result<bool, JournalError> {
        let path = self.disk.path(&filling.name);
        let io = |action| JournalError::io(path.clone(), action);
        let left = usize::try_from(filling.bytes - filling.filled).unwrap_or(usize::MAX);
        let zeros = vec![0; left.min(PREPARE_STEP_BYTES)];
        filling.file.write_at(&zeros, filling.filled).map_err(io("write"))?;
        // In steps, so that the sync of a commit never waits behind all of it.
        filling.file.sync_data().map_err(io("sync"))?;
        filling.filled += zeros.len() as u64;
        Ok(filling.filled >= filling.bytes)
    }

    /// Makes a spare the next segment.
    pub(super) fn make_ready(&self, spare: String) -> Result<(), JournalError> {
        let segment = {
            let mut core = self.core.lock();
            let header = core.plan();
            Arc::new(Segment::planned(&self.disk, header))
        };
        segment.make(&self.disk, Some(spare))?;
        let mut core = self.core.lock();
        if core.tail.segment.number() < segment.number() {
            core.ready = Some(segment);
            return Ok(());
        }
        drop(core);
        // The log went on without it.
        self.reuse_or_remove(segment.number(), &segment.name)
    }
}
