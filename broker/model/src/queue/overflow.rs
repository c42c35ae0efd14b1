//! What a full queue does: refuse the new (reject), drop the oldest (ring), or go (self-destruct).

use std::fmt;

use crate::message::Message;
use crate::queue::{EntryId, Queue};

/// What happens to a message that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OverflowPolicy {
    /// It is refused, and its publisher told.
    #[default]
    Reject,
    /// The oldest entries make room: those that nobody holds, and only if there are none those that
    /// somebody holds.
    Ring,
    /// The queue is deleted.
    SelfDestruct,
}

/// A limit that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `qpid.max_count`.
    Count(u64),
    /// `qpid.max_size`, in bytes.
    Bytes(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(max) => write!(f, "qpid.max_count={max}"),
            Self::Bytes(max) => write!(f, "qpid.max_size={max}"),
        }
    }
}

/// What became of a message that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It has this place.
    Enqueued(EntryId),
    /// It was refused by this limit.
    Full(Limit),
    /// It did not enter, and the queue is to be deleted: this limit says so.
    SelfDestruct(Limit),
    /// The ring drops it: every entry has a higher priority. Its publisher is not told.
    Dropped,
    /// It had expired already; see [`Queue::take_expired`].
    Expired,
}

impl Queue {
    /// Makes room for a message, as the policy says, or says what becomes of it.
    pub(super) fn make_room(&mut self, message: &Message) -> Result<(), PushOutcome> {
        while let Some(limit) = self.exceeded_with(message) {
            match self.settings.policy {
                OverflowPolicy::SelfDestruct => return Err(PushOutcome::SelfDestruct(limit)),
                OverflowPolicy::Ring if !is_hopeless(limit, message) => {
                    // Whoever holds an entry may be at work on it: it goes last.
                    let oldest = self.first_available().or_else(|| self.entries.first());
                    let Some(id) = oldest else { return Err(PushOutcome::Full(limit)) };
                    self.remove(id);
                    self.statistics.ring_dropped += 1;
                }
                OverflowPolicy::Ring | OverflowPolicy::Reject => {
                    self.statistics.rejected_full += 1;
                    return Err(PushOutcome::Full(limit));
                }
            }
        }
        Ok(())
    }

    fn exceeded_with(&self, message: &Message) -> Option<Limit> {
        if let Some(max) = self.settings.count_max
            && self.len() as u64 + 1 > max
        {
            return Some(Limit::Count(max));
        }
        if let Some(max) = self.settings.bytes_max
            && self.statistics.depth_bytes + message.size() > max
        {
            return Some(Limit::Bytes(max));
        }
        None
    }
}

/// A message larger than all of the queue has no room even in an empty one.
fn is_hopeless(limit: Limit, message: &Message) -> bool {
    matches!(limit, Limit::Bytes(max) if message.size() > max)
}
