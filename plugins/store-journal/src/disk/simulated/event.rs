//! What is done to a simulated disk, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A file, whatever its name is at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileId(pub(super) usize);

/// A change of the disk, or a sync.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Bytes were written.
    Write { file: FileId, offset: u64, bytes: Arc<[u8]> },
    /// The length was set.
    SetLen { file: FileId, bytes: u64 },
    /// The file's content is durable.
    Sync { file: FileId },
    /// A sync failed: what was not synced may be on the disk or not, and no later sync changes it.
    SyncFailed { file: FileId },
    /// A name was given, changed or taken.
    Name(NameChange),
    /// All names are durable.
    SyncDirectory,
}

/// A change of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameChange {
    /// A new file got a name.
    Link { name: String, file: FileId },
    /// A file got another name, in place of who had it.
    Rename { from: String, to: String },
    /// A name is gone.
    Unlink { name: String },
}

impl NameChange {
    pub(super) fn apply(&self, names: &mut BTreeMap<String, FileId>) {
        match self {
            Self::Link { name, file } => {
                names.insert(name.clone(), *file);
            }
            Self::Rename { from, to } => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Self::Unlink { name } => {
                names.remove(name);
            }
        }
    }

    /// Whether both are about one name, so that the disk keeps their order.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let [a, b] = self.names();
        other.names().into_iter().any(|name| name == a || name == b)
    }

    fn names(&self) -> [&str; 2] {
        match self {
            Self::Link { name, .. } | Self::Unlink { name } => [name, name],
            Self::Rename { from, to } => [from, to],
        }
    }
}

/// Writes into a content that grows as needed, with zeros in a gap.
pub(super) fn write(content: &mut Vec<u8>, bytes: &[u8], offset: u64) {
    let offset = usize::try_from(offset).unwrap();
    let end = offset + bytes.len();
    if content.len() < end && !bytes.is_empty() {
        content.resize(end, 0);
    }
    if !bytes.is_empty() {
        content[offset..end].copy_from_slice(bytes);
    }
}
