//! Changing the users file: one writer at a time, and readers see the old file or the new one.
//!
//! The steps: lock `<file>.lock`, read, change, write `<file>.new` with mode 0600, sync it, rename
//! it over the file, sync the directory. A crash before the rename leaves the old file, one after
//! it the new one.
//!
//! Invariant: the new file belongs to whom the old one belonged to, so that root may change the
//! users of a broker that runs as somebody else.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use super::error::UsersError;
use super::file;
use super::text::UsersText;

/// The right to change the file, held while the lock file is locked.
pub(crate) struct UsersWriter {
    path: PathBuf,
    _lock: File,
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edit {
    /// The file is to be written.
    Changed,
    /// It stays as it is.
    Unchanged,
}

impl UsersWriter {
    /// Waits for other writers. Makes the file's directory where it is missing.
    ///
    /// # Errors
    /// A directory or lock file that cannot be made.
    pub(crate) fn lock(path: &Path) -> Result<Self, UsersError> {
        // A link is followed, so that the rename replaces what it leads to.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let directory = directory_of(&path);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(UsersError::io("make", directory))?;
        let lock_path = beside(&path, ".lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .map_err(UsersError::io("open", &lock_path))?;
        lock.lock().map_err(UsersError::io("lock", &lock_path))?;
        Ok(Self { path, _lock: lock })
    }

    /// Reads the file, lets `change` change it, and writes it where it did.
    ///
    /// # Errors
    /// A file that cannot be read or written; it is as it was.
    pub(crate) fn edit(
        &self,
        change: impl FnOnce(&mut UsersText) -> Edit,
    ) -> Result<Edit, UsersError> {
        let mut text = match file::read(&self.path)? {
            Some((_, text)) => text,
            None => UsersText::new()?,
        };
        let edit = change(&mut text);
        if edit == Edit::Changed {
            self.replace(&text.to_string())?;
        }
        Ok(edit)
    }

    fn replace(&self, content: &str) -> Result<(), UsersError> {
        let new_path = beside(&self.path, ".new");
        self.write(&new_path, content).map_err(UsersError::io("write", &new_path))?;
        fs::rename(&new_path, &self.path).map_err(UsersError::io("replace", &self.path))?;
        let directory = directory_of(&self.path);
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(UsersError::io("sync", directory))
    }

    fn write(&self, new_path: &Path, content: &str) -> io::Result<()> {
        match fs::remove_file(new_path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(new_path)?;
        self.keep_owner(&new)?;
        new.write_all(content.as_bytes())?;
        new.sync_all()
    }

    /// Gives `new` the owner of the file that it replaces, or of the directory where there is none.
    fn keep_owner(&self, new: &File) -> io::Result<()> {
        let old = fs::metadata(&self.path).or_else(|_| fs::metadata(directory_of(&self.path)))?;
        if new.metadata()?.uid() == old.uid() {
            return Ok(());
        }
        fchown(new, Some(old.uid()), Some(old.gid()))
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
