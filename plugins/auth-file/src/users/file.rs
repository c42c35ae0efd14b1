//! Reading the users file: who may read it, how long it may be, and whether it changed.
//!
//! Invariant: what is read belongs to the stamp that is handed out with it: a file that changes in
//! between has another stamp, and is read again.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::UsersError;
use super::text::UsersText;
use crate::limits::FILE_BYTES_MAX;

/// What tells one state of a file from another: place, length and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    length_bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    /// The stamp of the file at `path`; none where there is none.
    ///
    /// # Errors
    /// The file system does not say.
    pub(super) fn of(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(metadata) => Ok(Some(Self::from(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length_bytes: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

/// Reads the file at `path`; none where there is none.
///
/// # Errors
/// A file that others may read, that is too long, or that is malformed.
pub(super) fn read(path: &Path) -> Result<Option<(Stamp, UsersText)>, UsersError> {
    // Looked at before it is opened as well: opening a pipe would wait for its other end.
    match fs::metadata(path) {
        Ok(metadata) => check(path, &metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(UsersError::io("look at", path)(error)),
    }
    let file = File::open(path).map_err(UsersError::io("open", path))?;
    let metadata = file.metadata().map_err(UsersError::io("look at", path))?;
    check(path, &metadata)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(UsersError::io("read", path))?;
    let found_bytes = bytes.len() as u64;
    if found_bytes > FILE_BYTES_MAX {
        return Err(UsersError::TooLarge { path: path.to_owned(), found_bytes });
    }
    let text = UsersText::parse(&bytes).map_err(|(line, what)| UsersError::Malformed {
        path: path.to_owned(),
        line,
        what,
    })?;
    Ok(Some((Stamp::from(&metadata), text)))
}

fn check(path: &Path, metadata: &Metadata) -> Result<(), UsersError> {
    let path = path.to_owned();
    let mode = metadata.mode() & 0o7777;
    if !metadata.is_file() {
        return Err(UsersError::NotAFile { path });
    }
    if mode & 0o077 != 0 {
        return Err(UsersError::TooOpen { path, mode });
    }
    check_owner(&path, metadata.uid())?;
    if metadata.len() > FILE_BYTES_MAX {
        return Err(UsersError::TooLarge { path, found_bytes: metadata.len() });
    }
    Ok(())
}

/// A file that somebody else put there is none of ours. Root reads what belongs to whom the
/// directory belongs to, because it runs `philter user` for a broker that runs as somebody else.
fn check_owner(path: &Path, found_uid: u32) -> Result<(), UsersError> {
    const ROOT: u32 = 0;
    let own_uid = rustix::process::geteuid().as_raw();
    if found_uid == ROOT || found_uid == own_uid {
        return Ok(());
    }
    let directory_uid = path.parent().and_then(|directory| fs::metadata(directory).ok());
    let directory_uid = directory_uid.map(|metadata| metadata.uid());
    if own_uid == ROOT && directory_uid == Some(found_uid) {
        return Ok(());
    }
    Err(UsersError::ForeignOwner { path: path.to_owned(), found_uid, own_uid })
}
