//! A disk in memory for tests, which fails where it is told to. What is written is safe at once.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::{Disk, DiskFile, Whereabouts};

type Bytes = Arc<Mutex<Vec<u8>>>;

/// A directory in memory; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    files: Arc<Mutex<BTreeMap<String, Bytes>>>,
    faults: Arc<Faults>,
}

/// A file of it.
#[derive(Clone, Debug)]
pub(crate) struct MemoryFile {
    bytes: Bytes,
    faults: Arc<Faults>,
}

/// What fails, from now on.
#[derive(Debug)]
pub(crate) struct Faults {
    writes_left: AtomicU64,
    syncs_left: AtomicU64,
    pub(crate) free_bytes: AtomicU64,
}

impl Default for Faults {
    fn default() -> Self {
        let [writes_left, syncs_left] = [u64::MAX; 2].map(AtomicU64::new);
        Self { writes_left, syncs_left, free_bytes: AtomicU64::new(1 << 40) }
    }
}

impl Faults {
    fn pass(left: &AtomicU64, kind: ErrorKind) -> io::Result<()> {
        let one_less = |left: u64| left.checked_sub(1);
        match left.try_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Ok(()),
            Err(_) => Err(kind.into()),
        }
    }
}

impl Memory {
    /// After so many writes the disk is full.
    pub(crate) fn fail_writes_after(&self, writes: u64) {
        self.faults.writes_left.store(writes, Ordering::SeqCst);
    }

    /// After so many syncs the disk fails.
    pub(crate) fn fail_syncs_after(&self, syncs: u64) {
        self.faults.syncs_left.store(syncs, Ordering::SeqCst);
    }

    pub(crate) fn set_free_bytes(&self, bytes: u64) {
        self.faults.free_bytes.store(bytes, Ordering::SeqCst);
    }

    /// Another directory with the same files.
    pub(crate) fn copy(&self) -> Self {
        let files = self.files.lock();
        let copy = |(name, bytes): (&String, &Bytes)| {
            (name.clone(), Arc::new(Mutex::new(bytes.lock().clone())))
        };
        Self { files: Arc::new(Mutex::new(files.iter().map(copy).collect())), ..Self::default() }
    }

    /// Changes a file's bytes behind everybody's back.
    pub(crate) fn edit(&self, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
        edit(&mut self.files.lock().get(name).unwrap().lock());
    }

    /// How many files there are.
    pub(crate) fn names_len(&self) -> usize {
        self.files.lock().len()
    }

    /// The segments' names, ascending.
    pub(crate) fn segments(&self) -> Vec<String> {
        let names = self.names().unwrap().into_iter();
        names.filter(|name| name.ends_with(".segment")).collect()
    }
}

impl Disk for Memory {
    type File = MemoryFile;

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.files.lock().keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<MemoryFile> {
        Faults::pass(&self.faults.writes_left, ErrorKind::StorageFull)?;
        let bytes = Bytes::default();
        self.files.lock().insert(name.to_owned(), Arc::clone(&bytes));
        Ok(MemoryFile { bytes, faults: Arc::clone(&self.faults) })
    }

    fn open(&self, name: &str) -> io::Result<MemoryFile> {
        let files = self.files.lock();
        let bytes = files.get(name).ok_or(ErrorKind::NotFound)?;
        Ok(MemoryFile { bytes: Arc::clone(bytes), faults: Arc::clone(&self.faults) })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = self.files.lock();
        let bytes = files.remove(from).ok_or(ErrorKind::NotFound)?;
        files.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.files.lock().remove(name).map(drop).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Faults::pass(&self.faults.syncs_left, ErrorKind::Other)
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.faults.free_bytes.load(Ordering::SeqCst))
    }

    fn whereabouts(&self, name: &str, file: &MemoryFile) -> io::Result<Whereabouts> {
        match self.files.lock().get(name) {
            Some(found) if Arc::ptr_eq(found, &file.bytes) => Ok(Whereabouts::InPlace),
            _ => Ok(Whereabouts::FileGone),
        }
    }
}

impl DiskFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.lock().len() as u64)
    }

    fn set_len(&self, bytes: u64) -> io::Result<()> {
        Faults::pass(&self.faults.writes_left, ErrorKind::StorageFull)?;
        self.bytes.lock().resize(usize::try_from(bytes).unwrap(), 0);
        Ok(())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.bytes.lock();
        let offset = usize::try_from(offset).unwrap();
        let rest = bytes.get(offset..).unwrap_or_default();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        Faults::pass(&self.faults.writes_left, ErrorKind::StorageFull)?;
        let mut file = self.bytes.lock();
        let offset = usize::try_from(offset).unwrap();
        let end = offset + bytes.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Faults::pass(&self.faults.syncs_left, ErrorKind::Other)
    }
}
