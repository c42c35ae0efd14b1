//! The file with the broker's process id: how an operator's scripts, `--check` and `--quit` find
//! it.
//!
//! Invariants:
//! - who wrote a file holds its lock for as long as it lives, so a file without a holder is stale
//!   and no obstacle;
//! - the file is removed while it is locked, and only where its path still leads to it; whoever
//!   locks one looks whether it is still there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::process::Pid;

use crate::config::Config;

/// Everyone may look who runs, as far as the process's umask lets them: a daemon's is closed to
/// others. A folder that is made may become the data directory, which is nobody else's.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o700;

/// How often a lock is tried: who looks at a file holds it for a moment.
const TRIES: u32 = 20;
const TRY_AGAIN: Duration = Duration::from_millis(5);

/// A pidfile that could not be had or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PidfileError {
    /// Another process has it.
    #[error("pidfile {} is in use by the process {pid}", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
        /// The other's id, `?` where it has not said so yet.
        pid: String,
    },
    /// The system said no.
    #[error("pidfile {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A file with this process's id. It goes when the value is dropped.
#[derive(Debug)]
pub(crate) struct Pidfile {
    path: PathBuf,
    lock: File,
}

/// Where a broker's process id stands: in the file that was asked for, or else in the folder for
/// process ids under its port; none where there is no such folder.
pub(crate) fn path_for(config: &Config, port: u16) -> Option<PathBuf> {
    let process = &config.process;
    let in_folder = process.pid_dir.as_ref().map(|dir| dir.join(format!("philter.{port}.pid")));
    process.pidfile.clone().or(in_folder)
}

impl Pidfile {
    /// Locks the file and writes this process's id into it; its folder is made where it is missing.
    ///
    /// # Errors
    /// Another process has it, or the system says no.
    pub(crate) fn take(path: &Path) -> Result<Self, PidfileError> {
        let failed = |source| PidfileError::Io { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(failed)?;
        }
        for _ in 0..TRIES {
            let mut file = open(path).map_err(failed)?;
            let is_ours = try_lock(&file, FlockOperation::NonBlockingLockExclusive);
            if is_ours.map_err(failed)? && leads_to(path, &file) {
                write_pid(&mut file).map_err(failed)?;
                return Ok(Self { path: path.to_owned(), lock: file });
            }
            std::thread::sleep(TRY_AGAIN);
        }
        let pid = fs::read_to_string(path).unwrap_or_default();
        let pid = parse(&pid).map_or_else(|| "?".to_owned(), |pid| pid.to_string());
        Err(PidfileError::InUse { path: path.to_owned(), pid })
    }

    /// The process that has a file; none where there is no file, or a stale one.
    ///
    /// # Errors
    /// The system says no.
    pub(crate) fn holder(path: &Path) -> Result<Option<Pid>, PidfileError> {
        let failed = |source| PidfileError::Io { path: path.to_owned(), source };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if try_lock(&file, FlockOperation::NonBlockingLockShared).map_err(failed)? {
            return Ok(None);
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        Ok(parse(&text))
    }
}

impl Drop for Pidfile {
    fn drop(&mut self) {
        // Somebody took it away; what stands there may be another broker's.
        if !leads_to(&self.path, &self.lock) {
            return tracing::warn!("pidfile {}: is not this broker's", self.path.display());
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("pidfile {}: {error}", self.path.display());
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path)
}

/// Whether the lock was free.
fn try_lock(file: &File, how: FlockOperation) -> io::Result<bool> {
    match flock(file, how) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether the path still leads to the file that was opened by it.
fn leads_to(path: &Path, file: &File) -> bool {
    let same = |opened: fs::Metadata, named: fs::Metadata| {
        (opened.dev(), opened.ino()) == (named.dev(), named.ino())
    };
    file.metadata().and_then(|opened| Ok(same(opened, path.metadata()?))).unwrap_or(false)
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn parse(text: &str) -> Option<Pid> {
    text.trim().parse().ok().and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_who_has_it_and_goes_with_him() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/philter.pid");
        assert_eq!(Pidfile::holder(&path).unwrap(), None);
        let pidfile = Pidfile::take(&path).unwrap();
        let own = std::process::id();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{own}\n"));
        let holder = Pidfile::holder(&path).unwrap().unwrap();
        assert_eq!(holder, rustix::process::getpid());
        let error = Pidfile::take(&path).unwrap_err().to_string();
        assert!(error.ends_with(&format!("is in use by the process {own}")), "{error}");
        drop(pidfile);
        assert!(!path.exists());
    }

    #[test]
    fn a_stale_file_is_no_obstacle_and_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("philter.pid");
        fs::write(&path, "1\nand more").unwrap();
        assert_eq!(Pidfile::holder(&path).unwrap(), None);
        let _pidfile = Pidfile::take(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
    }

    #[test]
    fn a_file_that_took_its_place_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("philter.pid");
        let first = Pidfile::take(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let second = Pidfile::take(&path).unwrap();
        drop(first);
        assert!(Pidfile::holder(&path).unwrap().is_some());
        drop(second);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = Pidfile::take(&file.join("philter.pid")).unwrap_err().to_string();
        assert!(error.contains(file.to_str().unwrap()), "{error}");
    }
}
