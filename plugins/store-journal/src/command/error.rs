//! Why `philter store` did not do what it was told.

use std::path::{Path, PathBuf};

use super::arguments::UsageError;
use crate::disk::LockError;
use crate::error::JournalError;

/// Whoever typed the command is at fault, or their machine.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    #[error(transparent)]
    Usage(#[from] UsageError),
    #[error("{0}")]
    Configuration(#[from] philter_plugin_api::Error),
    #[error(
        "there is no data directory whose journal is meant: name one, as in 'philter store check \
         DIR', or say --data-dir DIR"
    )]
    NoDataDirectory,
    #[error("there is no journal in {}", directory.display())]
    NoJournal { directory: PathBuf },
    #[error(
        "the journal in {} is in use by {holder}: stop that one first, or look at a copy, which \
         'philter store backup' makes beside a running broker", directory.display()
    )]
    InUse { directory: PathBuf, holder: String },
    #[error("the directory {} cannot be used: {error}", directory.display())]
    Directory { directory: PathBuf, error: std::io::Error },
    #[error(
        "{} exists already; a backup goes to a new directory, so that none is overwritten",
        directory.display()
    )]
    TargetExists { directory: PathBuf },
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(
        "the copy in {} is as damaged as the journal, {passes} times in a row: {fault}",
        directory.display()
    )]
    DamagedCopy { directory: PathBuf, passes: usize, fault: JournalError },
    #[error(
        "the journal in {} changed faster than it could be copied, {passes} times in a row; try \
         again when the broker has less to do, or to a faster disk", directory.display()
    )]
    Restless { directory: PathBuf, passes: usize },
}

impl CommandError {
    /// 2 for a command that was not understood, 1 for one that could not be done.
    pub(super) fn exit_code(&self) -> i32 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
        }
    }

    pub(super) fn locked(error: LockError) -> Self {
        match error {
            LockError::Held { directory, holder } => Self::InUse { directory, holder },
            LockError::Io { directory, error } => Self::Directory { directory, error },
        }
    }

    pub(super) fn no_journal(directory: &Path) -> Self {
        Self::NoJournal { directory: directory.to_owned() }
    }
}
