//! The real disk: a directory that this process alone has.
//!
//! Invariant: every name is one file in the directory; a name with a separator is refused.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::lock::{self, LockError};
use super::{Disk, DiskFile};

/// Messages are for the broker's user alone.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A directory of the file system, locked.
#[derive(Debug)]
pub struct FileSystem {
    directory: PathBuf,
    access: Access,
    /// Holds the lock; none where the directory is only looked at.
    _lock: Option<File>,
}

/// What may be done to a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    Write,
    LookAt,
}

/// A file of it.
#[derive(Debug)]
pub struct FileSystemFile(File);

impl FileSystem {
    /// Makes the directory where it is missing, and takes its lock.
    ///
    /// # Errors
    /// Another process that has it, or a directory that cannot be made.
    pub fn open(directory: &Path) -> Result<Self, LockError> {
        let made = DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory);
        made.map_err(|error| LockError::Io { directory: directory.to_owned(), error })?;
        Self::open_existing(directory)
    }

    /// Takes the lock of a directory that is there.
    ///
    /// # Errors
    /// Another process that has it, or no such directory.
    pub fn open_existing(directory: &Path) -> Result<Self, LockError> {
        let lock = lock::take(directory)?;
        Ok(Self { directory: directory.to_owned(), access: Access::Write, _lock: Some(lock) })
    }

    /// Looks at a directory that nobody else may take meanwhile, and writes nothing.
    ///
    /// # Errors
    /// A process that has it.
    pub fn look_at(directory: &Path) -> Result<Self, LockError> {
        let lock = lock::share(directory)?;
        Ok(Self { directory: directory.to_owned(), access: Access::LookAt, _lock: lock })
    }

    /// Looks at a directory whoever has it, and writes nothing.
    pub fn look_at_live(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), access: Access::LookAt, _lock: None }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path of a file that is to be changed.
    fn place_to_write(&self, name: &str) -> io::Result<PathBuf> {
        match self.access {
            Access::Write => self.place(name),
            Access::LookAt => {
                let text = "the directory is only looked at";
                Err(io::Error::new(io::ErrorKind::PermissionDenied, text))
            }
        }
    }

    fn place(&self, name: &str) -> io::Result<PathBuf> {
        if name.is_empty() || name.contains('/') {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no name of a file"));
        }
        Ok(self.directory.join(name))
    }
}

impl Disk for FileSystem {
    type File = FileSystemFile;

    fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.directory)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .filter(|name| !name.as_ref().is_ok_and(|name| name == lock::NAME));
        names.collect()
    }

    fn create(&self, name: &str) -> io::Result<FileSystemFile> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(true).mode(FILE_MODE);
        options.open(self.place_to_write(name)?).map(FileSystemFile)
    }

    fn open(&self, name: &str) -> io::Result<FileSystemFile> {
        let writes = self.access == Access::Write;
        OpenOptions::new().read(true).write(writes).open(self.place(name)?).map(FileSystemFile)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.place_to_write(from)?, self.place_to_write(to)?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.place_to_write(name)?)
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.directory)?.sync_all()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        let state = rustix::fs::statvfs(&self.directory)?;
        Ok(state.f_bavail.saturating_mul(state.f_frsize))
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }
}

impl DiskFile for FileSystemFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..)
            && !rest.is_empty()
        {
            match self.0.read_at(rest, offset.saturating_add(done as u64)) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}
