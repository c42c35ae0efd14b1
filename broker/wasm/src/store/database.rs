//! The file that the maps of a store are kept in, or memory where there is no data directory.
//!
//! Invariants: one instance at a time has a file; what a commit answered is on the disk.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use philter_plugin_api::{Error, ErrorKind, Result};
use redb::backends::{FileBackend, InMemoryBackend};
use redb::{DatabaseError, StorageBackend, WriteTransaction};

use crate::limits::DATABASE_CACHE_BYTES;

/// The database of one store.
pub(super) struct Database {
    inner: redb::Database,
    file: Option<PathBuf>,
}

impl Database {
    /// Opens `TYPE.redb` in a data directory, or makes it.
    ///
    /// # Errors
    /// Another instance has it, or it cannot be opened; the text names it.
    pub(super) fn open(data_dir: &Path, type_name: &str) -> Result<Self> {
        let path = data_dir.join(format!("{type_name}.redb"));
        let shown = path.display();
        let cannot = |what: &str, error: &dyn std::fmt::Display| {
            Error::internal(format!("{shown}: cannot {what}: {error}"))
        };
        let is_new = !path.exists();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(|error| cannot("open the file", &error))?;
        let backend = FileBackend::new(file).map_err(|error| refused(&path, error))?;
        let inner = Self::over(backend).map_err(|error| refused(&path, error))?;
        if is_new {
            // The file's name is in the directory, which is to last as what is in it does.
            let synced = File::open(data_dir).and_then(|directory| directory.sync_all());
            synced.map_err(|error| cannot("make the new file durable", &error))?;
        }
        Ok(Self { inner, file: Some(path) })
    }

    /// A database that ends with the process.
    ///
    /// # Errors
    /// No memory.
    pub(super) fn in_memory() -> Result<Self> {
        let inner = Self::over(InMemoryBackend::new());
        let inner = inner.map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self { inner, file: None })
    }

    fn over(backend: impl StorageBackend) -> std::result::Result<redb::Database, DatabaseError> {
        let mut builder = redb::Builder::new();
        builder.set_cache_size(DATABASE_CACHE_BYTES).create_with_backend(backend)
    }

    /// Over something that a test planted faults in.
    #[cfg(test)]
    pub(super) fn planted(backend: impl StorageBackend) -> Self {
        let file = Some(PathBuf::from("planted.redb"));
        Self { inner: Self::over(backend).unwrap(), file }
    }

    /// Where it is; none in memory.
    pub(super) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What is kept together from now on.
    ///
    /// # Errors
    /// The database has failed.
    pub(super) fn begin(&self) -> Result<WriteTransaction> {
        self.inner.begin_write().map_err(|error| self.failed(&error))
    }

    /// Why nothing is kept any more, for the operator.
    pub(super) fn failed(&self, error: &dyn std::fmt::Display) -> Error {
        let name = match &self.file {
            Some(file) => file.display().to_string(),
            None => "the database in memory".to_owned(),
        };
        Error::internal(format!(
            "{name}: the store has stopped, and nothing is confirmed any more: {error}. What was \
             confirmed is safe. Look to the disk, then start the broker again: it recovers itself"
        ))
    }
}

fn refused(path: &Path, error: DatabaseError) -> Error {
    let shown = path.display();
    match error {
        DatabaseError::DatabaseAlreadyOpen => {
            let text = format!(
                "{shown}: another instance has this store's database, in this process or another: \
                 one at a time may have a data directory"
            );
            Error::new(ErrorKind::InvalidArgument, text)
        }
        error => {
            Error::internal(format!("{shown}: the store's database cannot be opened: {error}"))
        }
    }
}
