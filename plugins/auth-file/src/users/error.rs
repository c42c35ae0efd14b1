//! What can be wrong with the users file.

use std::io;
use std::path::PathBuf;

use crate::limits::FILE_BYTES_MAX;
use crate::sha256::NoRandomness;

/// Why the users file cannot be used; the operator is at fault, and every login fails until then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsersError {
    /// Reading or writing failed.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Not a file at all.
    #[error("{} is not a regular file", path.display())]
    NotAFile { path: PathBuf },
    /// Others may read it.
    #[error(
        "{} may be read by others than its owner (mode {mode:04o}); run: chmod 600 {}",
        path.display(), path.display()
    )]
    TooOpen { path: PathBuf, mode: u32 },
    /// Somebody else may write it.
    #[error(
        "{} belongs to the user with the number {found_uid}; it must belong to the one that reads \
         it, {own_uid}, or to root",
        path.display()
    )]
    ForeignOwner { path: PathBuf, found_uid: u32, own_uid: u32 },
    /// More than the limit.
    #[error("{} has {found_bytes} bytes, more than {FILE_BYTES_MAX}", path.display())]
    TooLarge { path: PathBuf, found_bytes: u64 },
    /// Not its format.
    #[error("{}, line {line}: {what}", path.display())]
    Malformed { path: PathBuf, line: usize, what: Malformed },
    /// Writing needs random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl UsersError {
    /// Wraps a failed call: "cannot `action` `path`".
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("expected 'philter-users 1', the name and version of the format")]
    Header,
    #[error("expected 'mock-key' and 32 bytes in base64")]
    MockKey,
    #[error("the file has no line 'mock-key', which comes second")]
    NoMockKey,
    #[error("expected 'user', a tab, the name, a tab, and the hash")]
    User,
    #[error("{0}")]
    Name(#[from] crate::name::BadName),
    #[error("the name is not in the form that SASLprep gives it, '{prepared}'")]
    NotPrepared { prepared: String },
    #[error("{0}")]
    Credential(#[from] crate::credential::BadCredential),
    #[error("the user stands in line {first_line} already")]
    Duplicate { first_line: usize },
    #[error("the text is not UTF-8")]
    Encoding,
}
