//! The data directory, and the lock that keeps a second broker out of it.
//!
//! Invariant: while a [`DataDir`] lives, no other process has one for the same folder. The system
//! gives the lock back when the process ends, however it ends.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

const LOCK_FILE: &str = "lock";

/// Nobody but the broker's own user reads its data.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A data directory that this process has for itself.
#[derive(Debug)]
pub(crate) struct DataDir {
    _lock: File,
}

/// A data directory that the broker can't have.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataDirError {
    /// Another broker has it.
    #[error("data directory {} is in use by the process {pid}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other's process id, `?` where it has not said so yet.
        pid: String,
    },
    /// The system said no.
    #[error("data directory {}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl DataDir {
    /// Makes the folder where it is missing, and locks it.
    ///
    /// # Errors
    /// Another broker has it, or the system says no.
    pub(crate) fn open(path: &Path) -> Result<Self, DataDirError> {
        let failed = |source| DataDirError::Io { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(path).map_err(failed)?;
        let path = path.canonicalize().map_err(failed)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE);
        let mut lock = options.open(path.join(LOCK_FILE)).map_err(failed)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(DataDirError::InUse { pid: pid_in(&mut lock), path });
            }
            Err(error) => return Err(failed(error.into())),
        }
        write_pid(&mut lock).map_err(failed)?;
        Ok(Self { _lock: lock })
    }
}

fn pid_in(lock: &mut File) -> String {
    const PID_BYTES_MAX: u64 = 20;
    let mut text = String::new();
    let is_read = lock.take(PID_BYTES_MAX).read_to_string(&mut text).is_ok();
    let is_pid = is_read && text.trim().parse::<u32>().is_ok();
    if is_pid { text.trim().to_owned() } else { "?".to_owned() }
}

fn write_pid(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    writeln!(lock, "{}", std::process::id())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn is_made_for_the_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let _data = DataDir::open(&path).unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_second_broker_is_told_the_first_ones_process() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        let error = DataDir::open(folder.path()).unwrap_err().to_string();
        let pid = std::process::id();
        assert!(error.ends_with(&format!("is in use by the process {pid}")), "{error}");
        drop(first);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "").unwrap();
        let error = DataDir::open(&path).unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
    }
}
