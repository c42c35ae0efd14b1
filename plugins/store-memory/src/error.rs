//! What a caller of the store can get wrong.

use philter_plugin_api::{Error, ErrorKind};

use crate::limits::{BATCH_OPERATIONS_MAX, SHARDS_MAX, WATCHES_MAX};

/// Why a call is refused; the broker is at fault, and nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("an append has {found} operations, more than {BATCH_OPERATIONS_MAX}")]
    BatchOperations { found: usize },
    #[error(
        "an append has {found_bytes} bytes, more than {bytes_max}, all that the store may keep"
    )]
    BatchBytes { found_bytes: u64, bytes_max: u64 },
    #[error(
        "entry {id} of queue {queue} is message {present} and cannot be message {given} as well"
    )]
    EntryTaken { queue: u64, id: u64, present: u64, given: u64 },
    #[error("there are {SHARDS_MAX} shards, the most there may be")]
    Shards,
    #[error("shard {shard} does not exist")]
    NoShard { shard: u32 },
    #[error("{WATCHES_MAX} prefixes are watched, the most there may be")]
    Watches,
    #[error("the store keeps {bytes_max} bytes, the most it may (bytes_max)")]
    MetaFull { bytes_max: u64 },
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = match error {
            StoreError::EntryTaken { .. } => ErrorKind::InvalidArgument,
            StoreError::NoShard { .. } => ErrorKind::NotFound,
            StoreError::BatchOperations { .. }
            | StoreError::BatchBytes { .. }
            | StoreError::Shards
            | StoreError::Watches
            | StoreError::MetaFull { .. } => ErrorKind::LimitExceeded,
        };
        Error::new(kind, error.to_string())
    }
}
