//! The journal itself, without a thread or a clock.
//!
//! `append`, `acquire`, `purge` and `meta_compare_and_set` put frames into the group that is being
//! gathered and answer nothing yet; `commit` writes the group, syncs it, and answers with the
//! tickets of what is kept now; `maintain` does one bounded step of what keeps the disk tidy.
//! Whoever drives them decides when: the store from threads, a test one after the other.
//!
//! Lock order: maintenance, committer, syncing, core, spares.
//!
//! Invariants:
//! - the index has what the frames say, in their order, also before they are on the disk;
//! - a ticket comes back exactly once, from the call that took it or from a commit;
//! - after an error of the disk every ticket comes back with an error.

mod append;
mod check;
mod commit;
mod compact;
mod copy;
mod core;
mod group;
mod index;
mod listing;
mod maintain;
mod open;
mod options;
mod read;
mod reader;
mod retry;
mod salts;
mod segment;
mod survey;
mod walk;

use parking_lot::Mutex;
use philter_plugin_api::{Acquired, MetaRevision, Position, Shard};

pub(crate) use check::{Report, SegmentReport, check};
pub use commit::Answer;
pub(crate) use compact::compact;
pub(crate) use copy::{Copied, copy};
pub use group::Gathered;
pub(crate) use listing::{Listed, list};
pub use maintain::Maintained;
pub use open::Notice;
pub use options::{Options, SyncMode};
pub use walk::Cut;

use self::commit::Committer;
use self::core::Core;
use self::maintain::Task;
use crate::disk::Disk;
use crate::error::JournalError;

/// What is kept now, or as well as the sync mode promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// An append or a purge, up to this position.
    Appended(Position),
    /// A shard was taken.
    Acquired(Acquired),
    /// A key of the store's meta data was set.
    Set(MetaRevision),
    /// A key of the store's meta data was removed.
    Removed,
}

/// Why an append is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A later epoch has the shard.
    #[error("a later epoch has the shard")]
    Fenced,
    /// There is no room for messages.
    #[error("there is no room for messages")]
    Full,
    /// It can never be taken, or the journal has stopped.
    #[error(transparent)]
    Error(#[from] JournalError),
}

/// A journal on a disk; `T` is what a caller is told its answer by.
#[derive(Debug)]
pub struct Journal<D: Disk, T> {
    disk: D,
    sync_mode: SyncMode,
    batch_bytes_max: u64,
    core: Mutex<Core<D, T>>,
    committer: Mutex<Committer<D::File>>,
    /// One sync at a time that is not a commit's.
    syncing: Mutex<()>,
    spares: Mutex<Vec<String>>,
    maintenance: Mutex<Task<D::File>>,
}

impl<D: Disk, T> Journal<D, T> {
    fn new(disk: D, core: Core<D, T>, spares: Vec<String>) -> Self {
        Self {
            disk,
            sync_mode: core.options.sync,
            batch_bytes_max: core.options.batch_bytes_max(),
            core: Mutex::new(core),
            committer: Mutex::default(),
            syncing: Mutex::new(()),
            spares: Mutex::new(spares),
            maintenance: Mutex::default(),
        }
    }

    /// Bytes of headers, bodies, keys and values in one append at most.
    pub fn batch_bytes_max(&self) -> u64 {
        self.batch_bytes_max
    }

    /// Counters of a shard as JSON.
    ///
    /// # Errors
    /// A shard that nobody took.
    pub fn statistics(&self, shard: Shard) -> Result<serde_json::Value, JournalError> {
        let core = self.core.lock();
        let statistics = core.index.statistics(shard.0);
        let mut statistics = statistics.ok_or(JournalError::NoShard { shard: shard.0 })?;
        if let Some(fields) = statistics.as_object_mut() {
            fields.insert("position".to_owned(), core.next_position.into());
        }
        Ok(statistics)
    }

    /// Counters as JSON.
    pub fn inspect(&self) -> serde_json::Value {
        let spares = self.spares.lock().len();
        let core = self.core.lock();
        serde_json::json!({
            "shards": core.index.shard_states().len(),
            "messages": core.index.messages(),
            "meta_keys": core.index.store_keys(),
            "segments": core.present.len(),
            "spares": spares + usize::from(core.ready.is_some()),
            "bytes": core.bytes(),
            "bytes_live": core.index.usages.live_bytes(),
            "bytes_max": core.options.bytes_max,
            "free_bytes": core.free_bytes,
            "free_bytes_min": core.options.free_bytes_min,
            "pending_bytes": core.pending_bytes(),
            "sequence": core.next_sequence,
            "durable_sequence": core.durable,
            "position": core.next_position,
            "full": core.full_now(),
            "low": core.is_low(),
            "poisoned": core.stopped,
        })
    }

    /// The number of the next frame.
    pub fn next_sequence(&self) -> u64 {
        self.core.lock().next_sequence
    }

    /// Why the journal has stopped; none while it runs.
    pub fn stopped(&self) -> Option<String> {
        self.core.lock().stopped.clone()
    }

    /// Whether messages were refused for want of room.
    pub fn is_full(&self) -> bool {
        self.core.lock().full.is_some()
    }

    /// Adds a frame that says how far the log is durable, where the last one is none: with it a
    /// damaged frame before it is never taken for one that was cut short. It needs a commit.
    pub fn seal(&self) {
        let mut core = self.core.lock();
        if core.stopped.is_none() && core.sealed != core.next_sequence {
            self.add_one(&mut core, (core::NO_SHARD, 0), |encoder| encoder.seal());
            core.sealed = core.next_sequence;
        }
    }
}

#[cfg(test)]
mod tests;
