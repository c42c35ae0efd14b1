//! The users as the file has them now.
//!
//! Invariants: every question looks at the file's stamp first; a changed file is read once, however
//! many ask; a file that cannot be read has no users, and each change of it is logged once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use philter_plugin_api::{Level, log};

use super::Users;
use super::error::UsersError;
use super::file::{self, Stamp};

/// The users of a file, read again when it changes.
pub(crate) struct Directory {
    path: PathBuf,
    mock_iterations: u32,
    read: RwLock<Read>,
    /// Held while the file is read, so that one reads and the others wait for it.
    reading: Mutex<()>,
}

#[derive(Clone)]
struct Read {
    stamp: Option<Stamp>,
    users: Result<Arc<Users>, Arc<UsersError>>,
}

impl Directory {
    /// The users of the file at `path`, which need not be there yet.
    ///
    /// # Errors
    /// A file that is there and cannot be used.
    pub(crate) fn open(path: PathBuf, mock_iterations: u32) -> Result<Self, UsersError> {
        let read = read(&path, mock_iterations)?;
        Ok(Self { path, mock_iterations, read: RwLock::new(read), reading: Mutex::new(()) })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The users as the file has them now.
    ///
    /// # Errors
    /// A file that cannot be used.
    pub(crate) fn users(&self) -> Result<Arc<Users>, Arc<UsersError>> {
        let stamp = Stamp::of(&self.path)
            .map_err(|source| Arc::new(UsersError::io("look at", &self.path)(source)))?;
        if let Some(users) = self.read_at(stamp) {
            return users;
        }
        let _one_reads = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(users) = self.read_at(stamp) {
            return users;
        }
        let read = read(&self.path, self.mock_iterations)
            .unwrap_or_else(|error| Read { stamp, users: Err(Arc::new(error)) });
        self.announce(&read);
        let users = read.users.clone();
        *self.read.write().unwrap_or_else(PoisonError::into_inner) = read;
        users
    }

    /// The users that were read when the file had this stamp, if those are the last ones.
    fn read_at(&self, stamp: Option<Stamp>) -> Option<Result<Arc<Users>, Arc<UsersError>>> {
        let read = self.read.read().unwrap_or_else(PoisonError::into_inner);
        (read.stamp == stamp).then(|| read.users.clone())
    }

    fn announce(&self, read: &Read) {
        let path = self.path.display();
        match &read.users {
            Ok(users) => {
                log(Level::Info, &format!("read {path} again: {} users", users.len()));
            }
            Err(error) => {
                log(Level::Error, &format!("no user gets in until this is mended: {error}"));
            }
        }
    }
}

fn read(path: &Path, mock_iterations: u32) -> Result<Read, UsersError> {
    let (stamp, users) = match file::read(path)? {
        Some((stamp, text)) => (Some(stamp), text.users(mock_iterations)),
        None => (None, Users::none(mock_iterations)?),
    };
    Ok(Read { stamp, users: Ok(Arc::new(users)) })
}
