//! The log's file: lines are appended, and it is opened again by name when somebody moved it away,
//! as logrotate does.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::backlog::Stream;

/// The broker's user writes, its group reads: logs name users and queues.
const FILE_MODE: u32 = 0o640;

/// A file that is appended to.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    file: File,
}

impl LogFile {
    /// Opens the file, and makes it where it is missing.
    ///
    /// # Errors
    /// The system says no.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: append_to(path)? })
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(FILE_MODE).open(path)
}

impl Stream for LogFile {
    /// The old file stays where there is no new one.
    fn reopen(&mut self) {
        match append_to(&self.path) {
            Ok(file) => self.file = file,
            Err(error) => tracing::warn!("log file {}: {error}", self.path.display()),
        }
    }
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn appends_to_what_is_there_and_keeps_strangers_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        LogFile::open(&path).unwrap().write_all(b"one\n").unwrap();
        LogFile::open(&path).unwrap().write_all(b"two\n").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one\ntwo\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o137, 0);
    }

    #[test]
    fn goes_on_in_a_new_file_when_the_old_one_was_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("log"), folder.path().join("log.1"));
        let mut file = LogFile::open(&path).unwrap();
        file.write_all(b"one\n").unwrap();
        std::fs::rename(&path, &moved).unwrap();
        file.write_all(b"two\n").unwrap();
        file.reopen();
        file.write_all(b"three\n").unwrap();
        assert_eq!(std::fs::read(&moved).unwrap(), b"one\ntwo\n");
        assert_eq!(std::fs::read(&path).unwrap(), b"three\n");
    }

    #[test]
    fn stays_with_the_old_file_where_there_is_no_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("a");
        std::fs::create_dir(&below).unwrap();
        let mut file = LogFile::open(&below.join("log")).unwrap();
        let moved = folder.path().join("b");
        std::fs::rename(&below, &moved).unwrap();
        file.reopen();
        file.write_all(b"one\n").unwrap();
        assert_eq!(std::fs::read(moved.join("log")).unwrap(), b"one\n");
    }
}
