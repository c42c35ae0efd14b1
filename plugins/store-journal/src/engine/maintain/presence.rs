//! Whether the files that the journal has open are still those of its directory.
//!
//! A system goes on writing into a file that was removed, and into a disk that was unmounted behind
//! a new one, and answers well: what is confirmed then is gone at the next start.

use std::sync::Arc;

use crate::disk::{Disk, Whereabouts};
use crate::engine::Journal;
use crate::error::JournalError;

impl<D: Disk, T> Journal<D, T> {
    /// Looks whether the directory and the segment that is written to are still at their paths, and
    /// stops the journal where they are not.
    ///
    /// # Errors
    /// That it has stopped, once; a path that cannot be looked at, which stops nothing.
    pub fn look(&self) -> Result<(), JournalError> {
        // While nothing is freed: the segment keeps its name.
        let _task = self.maintenance.lock();
        let segment = {
            let core = self.core.lock();
            if core.stopped.is_some() {
                return Ok(());
            }
            core.present.get(&core.written.0).map(|present| Arc::clone(&present.segment))
        };
        let Some(segment) = segment.filter(|segment| segment.has_file()) else { return Ok(()) };
        let found = self.disk.whereabouts(&segment.name, segment.file()?);
        let found = found.map_err(JournalError::io(segment.path.clone(), "look at the path"))?;
        let gone = match found {
            Whereabouts::InPlace => return Ok(()),
            Whereabouts::DirectoryGone => JournalError::DirectoryGone { path: self.disk.path("") },
            Whereabouts::FileGone => JournalError::SegmentGone { path: segment.path.clone() },
        };
        let mut core = self.core.lock();
        core.stopped.get_or_insert_with(|| gone.as_end());
        core.check_running()
    }
}
