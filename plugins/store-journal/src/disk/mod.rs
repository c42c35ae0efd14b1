//! The journal's input and output: one directory of files.
//!
//! The engine reaches the disk through these two traits alone, so that a test can put a disk behind
//! them that loses, tears and reorders what was not synced.
//!
//! Invariants that an implementation keeps:
//! - what [`DiskFile::write_at`] wrote is what [`DiskFile::read_at`] reads, synced or not;
//! - after [`DiskFile::sync_data`] a file's bytes and its length outlive a power cut; its name does
//!   after [`Disk::sync_directory`];
//! - a name that was renamed or removed before `sync_directory` may be either after a power cut.

mod direct;
mod file_system;
mod lock;
#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
pub(crate) mod simulated;

use std::io;

pub use file_system::{FileSystem, FileSystemFile};
pub use lock::LockError;

/// Whether names still lead to what is open: what has no name goes when it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// They do.
    InPlace,
    /// The directory's path leads nowhere, or to another directory.
    DirectoryGone,
    /// The file's name is nobody's, or another file's.
    FileGone,
}

/// A directory.
pub trait Disk: Send + Sync + 'static {
    /// A file of it.
    type File: DiskFile;

    /// The names of all files, in no order.
    ///
    /// # Errors
    /// A directory that cannot be read.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Makes a file; an empty one replaces what had the name.
    ///
    /// # Errors
    /// A file that cannot be made.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file to read and to write.
    ///
    /// # Errors
    /// A file that is not there or cannot be opened.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name; one that has it already is replaced.
    ///
    /// # Errors
    /// A file that is not there or cannot be renamed.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// A file that is not there or cannot be removed.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes every name as durable as it is.
    ///
    /// # Errors
    /// A directory that cannot be synced.
    fn sync_directory(&self) -> io::Result<()>;

    /// Bytes that may still be written to this disk.
    ///
    /// # Errors
    /// A disk that does not say.
    fn free_bytes(&self) -> io::Result<u64>;

    /// What the directory's path, and a name in it, lead to by now.
    ///
    /// # Errors
    /// A path that cannot be looked at.
    fn whereabouts(&self, name: &str, file: &Self::File) -> io::Result<Whereabouts>;

    /// The path of a file, for messages to an operator.
    fn path(&self, name: &str) -> String {
        name.to_owned()
    }
}

/// An open file. Every call may come from any thread.
pub trait DiskFile: Send + Sync + 'static {
    /// Its length in bytes.
    ///
    /// # Errors
    /// A file that does not say.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has no bytes.
    ///
    /// # Errors
    /// A file that does not say.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Cuts it, or lengthens it with zeros.
    ///
    /// # Errors
    /// A disk that is full or fails.
    fn set_len(&self, bytes: u64) -> io::Result<()>;

    /// Reads into `buffer` as much as there is from `offset` on; answers how many bytes. Fewer than
    /// asked for: the file ends there.
    ///
    /// # Errors
    /// A disk that fails.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// These bytes are read soon: they may be fetched meanwhile.
    fn will_read(&self, _offset: u64, _bytes: u64) {}

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// A disk that is full or fails; any part of the bytes may have been written.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`, behind which the file has nothing that anybody needs: up
    /// to the next multiple of 4096 it may be zeros then.
    ///
    /// # Errors
    /// A disk that is full or fails; any part of the bytes may have been written.
    fn append_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_at(bytes, offset)
    }

    /// Nothing is appended for now: what is kept for appends may go.
    fn end_appends(&self) {}

    /// Makes what was written durable.
    ///
    /// # Errors
    /// A disk that fails; what was written since the last sync may be lost, also where a later call
    /// answers well.
    fn sync_data(&self) -> io::Result<()>;
}
