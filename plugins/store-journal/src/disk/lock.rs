//! One process a directory: a lock on the file `lock`, which names who holds it.
//!
//! Invariant: the lock is the kernel's and goes with the process, however it ends; what the file
//! says is for people alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The file's name.
pub(super) const NAME: &str = "lock";

/// Why a directory cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error(
        "the journal in {} is in use by {holder}: stop that one, or give this one a data directory \
         of its own", directory.display()
    )]
    Held {
        /// The journal's directory.
        directory: PathBuf,
        /// `process 4711`, or that it is unknown.
        holder: String,
    },
    /// The directory or its lock cannot be opened.
    #[error("the journal's directory {} cannot be used: {error}", directory.display())]
    Io {
        /// The journal's directory.
        directory: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Takes the lock of a directory; it is held until the file is dropped.
///
/// # Errors
/// Another process that has it, or a file that cannot be opened.
pub(super) fn take(directory: &Path) -> Result<File, LockError> {
    let io_error = |error| LockError::Io { directory: directory.to_owned(), error };
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(directory.join(NAME)).map_err(io_error)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let holder = holder(&mut file);
            return Err(LockError::Held { directory: directory.to_owned(), holder });
        }
        Err(TryLockError::Error(error)) => return Err(io_error(error)),
    }
    file.set_len(0).map_err(io_error)?;
    writeln!(file, "{}", std::process::id()).map_err(io_error)?;
    Ok(file)
}

/// Keeps others from taking a directory, without writing to it; none where it was never taken.
///
/// # Errors
/// A process that has it, or a file that cannot be opened.
pub(super) fn share(directory: &Path) -> Result<Option<File>, LockError> {
    let io_error = |error| LockError::Io { directory: directory.to_owned(), error };
    let mut file = match File::open(directory.join(NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            let holder = holder(&mut file);
            Err(LockError::Held { directory: directory.to_owned(), holder })
        }
        Err(TryLockError::Error(error)) => Err(io_error(error)),
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(32).read_to_string(&mut text);
    match read.ok().and_then(|_| text.trim().parse::<u32>().ok()) {
        Some(process) => format!("process {process}"),
        None => "another process".to_owned(),
    }
}
