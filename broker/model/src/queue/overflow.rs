//! What a full queue does: refuse the new (reject), or drop the oldest (ring).

use std::fmt;

use crate::message::Message;
use crate::queue::{EntryId, Queue};

/// What happens to a message that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OverflowPolicy {
    /// It is refused, and its publisher told.
    #[default]
    Reject,
    /// The oldest entries that nobody holds make room.
    Ring,
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
    /// It had expired already; see [`Queue::take_expired`].
    Expired,
}

impl Queue {
    /// Makes room for a message, as the policy says.
    pub(super) fn make_room(&mut self, message: &Message) -> Result<(), Limit> {
        while let Some(limit) = self.exceeded_with(message) {
            let is_hopeless = matches!(limit, Limit::Bytes(max) if message.size() > max);
            // Held entries stay: whoever holds them may be at work on them.
            let oldest = match self.settings.policy {
                OverflowPolicy::Ring if !is_hopeless => self.first_available(),
                OverflowPolicy::Ring | OverflowPolicy::Reject => None,
            };
            let Some(id) = oldest else { return Err(limit) };
            self.remove(id);
            self.statistics.ring_dropped += 1;
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
