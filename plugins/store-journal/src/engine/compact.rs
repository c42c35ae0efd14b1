//! Compacts all of a journal that nobody else has.

use super::segment::Named;
use super::{Journal, Maintained, Options};
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::limits::COMPACT_ALL_STEPS_MAX;

/// What a compaction made of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compacted {
    /// Bytes of all files before.
    pub(crate) before_bytes: u64,
    /// Bytes of all files after.
    pub(crate) after_bytes: u64,
    /// Messages that are live.
    pub(crate) messages: usize,
}

/// Copies what is live out of every segment with something dead in it, and removes the files that
/// are kept to be used again.
///
/// # Errors
/// A disk that fails, or a journal that is damaged; it holds what it held.
pub(crate) fn compact<D: Disk>(disk: D, options: Options) -> Result<Compacted, JournalError> {
    let before_bytes = bytes_of_files(&disk)?;
    let journal: Journal<D, ()> = Journal::open(disk, options, &mut |_| {})?;
    for _ in 0..COMPACT_ALL_STEPS_MAX {
        journal.make_room_wanted();
        match journal.maintain()? {
            Maintained::Stepped => {}
            Maintained::NeedsCommit => commit(&journal)?,
            Maintained::Idle | Maintained::Waits => break,
        }
    }
    journal.seal();
    commit(&journal)?;
    remove_spares(&journal.disk)?;
    let after_bytes = bytes_of_files(&journal.disk)?;
    let messages = journal.core.lock().index.messages();
    Ok(Compacted { before_bytes, after_bytes, messages })
}

impl<D: Disk, T> Journal<D, T> {
    /// From now on all that is dead is in the way, as where messages are refused.
    fn make_room_wanted(&self) {
        self.core.lock().full.get_or_insert_with(|| "it is being compacted".to_owned());
    }
}

fn commit<D: Disk>(journal: &Journal<D, ()>) -> Result<(), JournalError> {
    journal.commit();
    match journal.stopped() {
        Some(reason) => Err(JournalError::Stopped { reason }),
        None => journal.sync().map(|_| ()),
    }
}

fn remove_spares<D: Disk>(disk: &D) -> Result<(), JournalError> {
    for name in names(disk)? {
        if let Named::Spare(name) = Named::of(name) {
            disk.remove(&name).map_err(JournalError::io(disk.path(&name), "remove"))?;
        }
    }
    disk.sync_directory().map_err(JournalError::io(disk.path(""), "sync the directory"))
}

fn bytes_of_files<D: Disk>(disk: &D) -> Result<u64, JournalError> {
    let lengths = names(disk)?.into_iter().map(|name| {
        let io = |action| JournalError::io(disk.path(&name), action);
        let file = disk.open(&name).map_err(io("open the file"))?;
        file.len().map_err(io("see the length"))
    });
    lengths.sum()
}

fn names<D: Disk>(disk: &D) -> Result<Vec<String>, JournalError> {
    disk.names().map_err(JournalError::io(disk.path(""), "list the directory"))
}
