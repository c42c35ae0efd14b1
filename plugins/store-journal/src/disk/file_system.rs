//! The real disk: a directory that this process alone has.
//!
//! Invariant: every name is one file in the directory; a name with a separator is refused.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::num::NonZero;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use philter_plugin_api::{Level, log};

use super::direct::DirectFile;
use super::lock::{self, LockError};
use super::{Disk, DiskFile, Whereabouts};
use crate::limits::FETCH_STEP_BYTES;

/// Messages are for the broker's user alone.
const DIRECTORY_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A directory of the file system, locked.
#[derive(Debug)]
pub struct FileSystem {
    directory: PathBuf,
    access: Access,
    /// The directory itself, whatever its path leads to; none where it is only looked at. It is
    /// held open, for a file system may give the number of one that nobody has open to another.
    held: Option<File>,
    /// Whether files are written past the system's cache, as long as that works.
    is_direct: Arc<AtomicBool>,
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
pub struct FileSystemFile {
    file: File,
    is_direct: Arc<AtomicBool>,
    /// While it is written to.
    direct: Mutex<Option<DirectFile>>,
}

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
        let io_error = |error| LockError::Io { directory: directory.to_owned(), error };
        let held = Some(File::open(directory).map_err(io_error)?);
        Ok(Self { held, ..Self::at(directory, Access::Write, Some(lock)) })
    }

    /// Looks at a directory that nobody else may take meanwhile, and writes nothing.
    ///
    /// # Errors
    /// A process that has it.
    pub fn look_at(directory: &Path) -> Result<Self, LockError> {
        let lock = lock::share(directory)?;
        Ok(Self::at(directory, Access::LookAt, lock))
    }

    /// Looks at a directory whoever has it, and writes nothing.
    pub fn look_at_live(directory: &Path) -> Self {
        Self::at(directory, Access::LookAt, None)
    }

    fn at(directory: &Path, access: Access, lock: Option<File>) -> Self {
        let directory = directory.to_owned();
        Self { directory, access, held: None, is_direct: Arc::default(), _lock: lock }
    }

    /// Whether files are written past the system's cache, where the file system has such writes; at
    /// first they are not.
    #[must_use]
    pub fn with_direct_writes(self, is_direct: bool) -> Self {
        self.is_direct.store(is_direct, Ordering::Relaxed);
        self
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

    fn file(&self, file: File) -> FileSystemFile {
        let is_direct = Arc::clone(&self.is_direct);
        FileSystemFile { file, is_direct, direct: Mutex::default() }
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
        Ok(self.file(options.open(self.place_to_write(name)?)?))
    }

    fn open(&self, name: &str) -> io::Result<FileSystemFile> {
        let writes = self.access == Access::Write;
        let opened = OpenOptions::new().read(true).write(writes).open(self.place(name)?);
        Ok(self.file(opened?))
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

    fn whereabouts(&self, name: &str, file: &FileSystemFile) -> io::Result<Whereabouts> {
        if let Some(held) = &self.held
            && !leads_to(&self.directory, held)?
        {
            return Ok(Whereabouts::DirectoryGone);
        }
        match leads_to(&self.place(name)?, &file.file)? {
            true => Ok(Whereabouts::InPlace),
            false => Ok(Whereabouts::FileGone),
        }
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }
}

/// Whether a path is the one of what is open.
fn leads_to(path: &Path, open: &File) -> io::Result<bool> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    let open = open.metadata()?;
    Ok((found.dev(), found.ino()) == (open.dev(), open.ino()))
}

/// Reads as much as there is; answers how many bytes.
pub(super) fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buffer.get_mut(done..)
        && !rest.is_empty()
    {
        match file.read_at(rest, offset.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

impl FileSystemFile {
    /// Writes past the cache, and zeros up to the end of the last block; false where it cannot.
    fn write_direct(&self, bytes: &[u8], offset: u64) -> io::Result<bool> {
        let mut direct = self.direct.lock();
        if !self.is_direct.load(Ordering::Relaxed) {
            *direct = None;
            return Ok(false);
        }
        let opened = match direct.take() {
            Some(opened) => Ok(opened),
            None => DirectFile::of(&self.file),
        };
        match opened.map(|opened| direct.insert(opened).append(&self.file, bytes, offset)) {
            Ok(Ok(())) => Ok(true),
            Ok(Err(error)) if !lacks_direct_writes(&error) => Err(error),
            Ok(Err(error)) | Err(error) => {
                *direct = None;
                if lacks_direct_writes(&error) && self.is_direct.swap(false, Ordering::Relaxed) {
                    let text = "the journal is written through the system's cache: its disk has \
                                no direct writes";
                    log(Level::Info, &format!("{text}: {error}"));
                }
                Ok(false)
            }
        }
    }
}

/// Whether an error says that the file system has no direct writes, or the system no `/proc`;
/// others, as of a want of descriptors, may be gone the next time.
fn lacks_direct_writes(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, NotFound, PermissionDenied, Unsupported};
    matches!(error.kind(), InvalidInput | NotFound | PermissionDenied | Unsupported)
}

impl DiskFile for FileSystemFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        self.end_appends();
        self.file.set_len(bytes)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        read_at(&self.file, buffer, offset)
    }

    fn will_read(&self, offset: u64, bytes: u64) {
        let end = offset.saturating_add(bytes);
        let mut begin = offset;
        while begin < end {
            let piece = NonZero::new(FETCH_STEP_BYTES.min(end - begin));
            // What is not fetched is read all the same.
            let _ = rustix::fs::fadvise(&self.file, begin, piece, rustix::fs::Advice::WillNeed);
            begin = begin.saturating_add(FETCH_STEP_BYTES);
        }
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if DirectFile::is_of_blocks(bytes, offset) && self.write_direct(bytes, offset)? {
            return Ok(());
        }
        self.end_appends();
        self.file.write_all_at(bytes, offset)
    }

    fn append_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        match self.write_direct(bytes, offset)? {
            true => Ok(()),
            false => self.file.write_all_at(bytes, offset),
        }
    }

    fn end_appends(&self) {
        self.direct.lock().take();
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    /// A directory with a file of it, and what is above both.
    fn written() -> (TempDir, FileSystem, FileSystemFile) {
        let folder = TempDir::new().unwrap();
        let disk = FileSystem::open(&folder.path().join("journal")).unwrap();
        let file = disk.create("a").unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::InPlace);
        (folder, disk, file)
    }

    #[test]
    fn a_directory_that_is_removed_or_moved_is_gone_until_it_is_back() {
        let (folder, disk, file) = written();
        let moved = folder.path().join("moved");
        fs::rename(disk.directory(), &moved).unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::DirectoryGone);
        // Another one in its place, with a file of the same name.
        fs::create_dir(disk.directory()).unwrap();
        fs::write(disk.directory().join("a"), "").unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::DirectoryGone);
        fs::remove_dir_all(disk.directory()).unwrap();
        fs::rename(&moved, disk.directory()).unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::InPlace);
        fs::remove_dir_all(disk.directory()).unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::DirectoryGone);
    }

    #[test]
    fn a_file_is_the_same_however_it_is_written() {
        let beside_the_program = std::env::current_exe().unwrap();
        let folder = TempDir::new_in(beside_the_program.parent().unwrap()).unwrap();
        let disk = FileSystem::open(folder.path()).unwrap().with_direct_writes(true);
        let file = disk.create("a").unwrap();
        let has_direct_writes = DirectFile::of(&file.file).is_ok();
        let mut expected = vec![0; 8192];
        file.write_at(&expected, 0).unwrap();
        let append = |bytes: &[u8], expected: &mut Vec<u8>| {
            file.append_at(bytes, expected.len() as u64).unwrap();
            expected.extend(bytes);
        };
        expected.truncate(100);
        append(&[1; 5000], &mut expected);
        append(&[2; 50], &mut expected);
        assert_eq!(disk.is_direct.load(Ordering::Relaxed), has_direct_writes);
        assert_eq!(file.direct.lock().is_some(), has_direct_writes);
        // Behind the back of the block that is kept.
        file.write_at(&[3; 7], 5120).unwrap();
        expected[5120..5127].fill(3);
        append(&[4; 9000], &mut expected);
        file.set_len(5122).unwrap();
        expected.truncate(5122);
        append(&[5; 30], &mut expected);
        // As another file does that finds no direct writes.
        disk.is_direct.store(false, Ordering::Relaxed);
        append(&[6; 30], &mut expected);
        assert!(file.direct.lock().is_none());
        disk.is_direct.store(true, Ordering::Relaxed);
        append(&[7; 30], &mut expected);
        file.end_appends();
        assert!(file.direct.lock().is_none());
        append(&[8; 30], &mut expected);
        let mut found = vec![9; expected.len()];
        assert_eq!(file.read_at(&mut found, 0).unwrap(), expected.len());
        assert!(found == expected);
    }

    #[test]
    fn a_file_that_is_removed_or_replaced_is_gone() {
        let (_folder, disk, file) = written();
        disk.rename("a", "b").unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::FileGone);
        assert_eq!(disk.whereabouts("b", &file).unwrap(), Whereabouts::InPlace);
        disk.create("a").unwrap();
        assert_eq!(disk.whereabouts("a", &file).unwrap(), Whereabouts::FileGone);
        disk.remove("b").unwrap();
        assert_eq!(disk.whereabouts("b", &file).unwrap(), Whereabouts::FileGone);
    }
}
