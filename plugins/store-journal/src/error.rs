//! What can go wrong, each with its place and with what an operator does about it.

use philter_plugin_api::{Error, ErrorKind};

use crate::format::FORMAT_VERSION;
use crate::limits::{BATCH_OPERATIONS_MAX, ENTRIES_MAX, NODE_BYTES_MAX, SHARDS_MAX, WATCHES_MAX};

/// Why the journal refuses a call, or refuses to be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are what the texts say of them")]
pub enum JournalError {
    /// The system refused something.
    #[error("{path}: cannot {action}: {reason}")]
    Io { path: String, action: &'static str, reason: String },
    /// An earlier failure ended the journal; the reason says what to do.
    #[error("the journal has stopped, and nothing is confirmed any more: {reason}")]
    Stopped { reason: String },
    /// The directory under a running journal is another, or none.
    #[error(
        "{path}: the path does not lead to the journal's directory any more: it was removed, \
         renamed or unmounted while the broker ran. What was confirmed since then goes with the \
         broker's end, where the directory is not merely elsewhere. Mount it or give it its name \
         back, or bring it back from a backup, then start the broker again"
    )]
    DirectoryGone { path: String },
    /// The file that is written to has no name any more.
    #[error(
        "{path}: this file was removed, renamed or replaced while the broker wrote to it. What it \
         has goes with the broker's end, where it is not merely elsewhere. Give it its name back, \
         or bring the journal back from a backup, then start the broker again"
    )]
    SegmentGone { path: String },
    /// A file with a segment's name that is none.
    #[error(
        "{path}: this is no file of a journal. Move it out of the directory, and bring the right \
         one back from a backup where it took its place"
    )]
    Foreign { path: String },
    /// A segment of another version.
    #[error(
        "{path}: the journal has format {found}, and this build reads format {FORMAT_VERSION}. \
         Start the version of the broker that wrote it, or a later one"
    )]
    Version { path: String, found: u32 },
    /// A segment whose first block is damaged.
    #[error(
        "{path}: the first block is damaged: its checksum is wrong. Look to the disk, see `philter \
         store check`, and bring the file back from a backup"
    )]
    Header { path: String },
    /// A segment under another's name.
    #[error("{path}: this is segment {found} under the name of another. Give it its name back")]
    Number { path: String, found: u32 },
    /// A segment of another journal.
    #[error(
        "{path}: this segment belongs to another journal than {other}. Move it out of the \
         directory, and bring the right one back from a backup where it took its place"
    )]
    OtherJournal { path: String, other: String },
    /// A segment that lost its end.
    #[error(
        "{path}: the file has {found} bytes where it was made with {expected}: it was truncated. \
         Bring it back from a backup; see `philter store check`"
    )]
    Truncated { path: String, found: u64, expected: u64 },
    /// A frame that was durable and is not as it was written.
    #[error(
        "{path}: frame {sequence} at byte {offset} is damaged: its checksum or its number is \
         wrong, and {witness_path} at byte {witness_offset} says that it was safe on the disk. \
         This is no write that was cut short. Look to the disk, see `philter store check`, and \
         bring the file back from a backup"
    )]
    Corrupt { path: String, offset: u64, sequence: u64, witness_path: String, witness_offset: u64 },
    /// A segment that is needed and not there.
    #[error(
        "{path}: this segment is missing, and {witness_path} says that it is needed. Bring it \
         back from a backup; see `philter store check`"
    )]
    Missing { path: String, witness_path: String },
    /// A record that was good when the journal was opened.
    #[error(
        "{path}: the record at byte {offset} is damaged: its checksum is wrong. Look to the disk; \
         see `philter store check`"
    )]
    Record { path: String, offset: u64 },
    /// Another process has the directory, or it cannot be used.
    #[error("{0}")]
    Directory(String),
    /// No data directory is configured.
    #[error(
        "the store 'journal' needs a data directory: give the broker one with --data-dir, or use \
         the store 'memory', which forgets everything at its end"
    )]
    NoDirectory,
    #[error("an append has {found} operations, more than {BATCH_OPERATIONS_MAX}")]
    BatchOperations { found: usize },
    #[error("an append has {found_bytes} bytes, more than {bytes_max}")]
    BatchBytes { found_bytes: u64, bytes_max: u64 },
    #[error("an append has {found} entries, more than {ENTRIES_MAX}")]
    Entries { found: usize },
    #[error("{WATCHES_MAX} prefixes are watched, the most there may be")]
    Watches,
    #[error("the name of a node has {found} bytes, more than {NODE_BYTES_MAX}")]
    NodeBytes { found: usize },
    #[error(
        "entry {id} of queue {queue} is message {present} and cannot be message {given} as well"
    )]
    EntryTaken { queue: u64, id: u64, present: u64, given: u64 },
    #[error("there are {SHARDS_MAX} shards, the most there may be")]
    Shards,
    #[error("shard {shard} does not exist")]
    NoShard { shard: u32 },
    #[error("the journal is full: {reason}")]
    MetaFull { reason: String },
    #[error("the journal's own state is wrong, which is a fault of this program: {what}")]
    Internal { what: &'static str },
}

impl JournalError {
    /// Why the journal has stopped, where this stopped it, and what to do.
    pub(crate) fn as_end(&self) -> String {
        match self {
            Self::DirectoryGone { .. } | Self::SegmentGone { .. } => self.to_string(),
            _ => format!(
                "{self}. What was confirmed is safe. Look to the disk, then start the broker \
                 again; it recovers by itself"
            ),
        }
    }

    /// What the system refused, as a function for `map_err`.
    pub(crate) fn io(
        path: impl Into<String>,
        action: &'static str,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, action, reason: error.to_string() }
    }
}

impl From<JournalError> for Error {
    fn from(error: JournalError) -> Self {
        let kind = match error {
            JournalError::EntryTaken { .. } | JournalError::NoDirectory => {
                ErrorKind::InvalidArgument
            }
            JournalError::NoShard { .. } => ErrorKind::NotFound,
            JournalError::BatchOperations { .. }
            | JournalError::BatchBytes { .. }
            | JournalError::NodeBytes { .. }
            | JournalError::Entries { .. }
            | JournalError::Watches
            | JournalError::Shards
            | JournalError::MetaFull { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::Internal,
        };
        Error::new(kind, error.to_string())
    }
}
