//! Why `philter user` did not do what it was told.

use std::io;
use std::path::PathBuf;

use super::arguments::UsageError;
use crate::name::BadName;
use crate::password::BadPassword;
use crate::sha256::NoRandomness;
use crate::users::UsersError;

/// Whoever typed the command is at fault, or their machine; nothing changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error(transparent)]
    Usage(#[from] UsageError),
    #[error("{0}")]
    Configuration(#[from] philter_plugin_api::Error),
    #[error("there is no data directory to keep users in; name one with --data-dir DIR")]
    NoDataDirectory,
    #[error(transparent)]
    Name(#[from] BadName),
    #[error(transparent)]
    Password(#[from] BadPassword),
    #[error("cannot read the password from standard input: {0}")]
    Input(#[source] io::Error),
    #[error(
        "user '{name}' exists already in {}; 'philter user passwd' sets another password",
        path.display()
    )]
    Exists { name: String, path: PathBuf },
    #[error("there is no user '{name}' in {}", path.display())]
    Unknown { name: String, path: PathBuf },
    #[error(transparent)]
    Users(#[from] UsersError),
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

impl CommandError {
    /// 2 for a command that was not understood, 1 for one that could not be done.
    pub(super) fn exit_code(&self) -> i32 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
        }
    }
}
