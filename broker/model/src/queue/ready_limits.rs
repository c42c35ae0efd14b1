//! Limits of what waits: entries that consumers hold do not count, as applications written for
//! RabbitMQ expect it (`x-max-length`).
//!
//! Consumers pull; where some are about to, what they will take is not counted either, within
//! bounds, so that a message that a consumer waits for is not dropped on its way.
//!
//! Invariant: `ready_bytes` has the bodies of what nobody holds, where there is a limit.

use std::sync::Arc;

use crate::limits::{READY_SLACK_BYTES, READY_SLACK_ENTRIES};
use crate::message::Message;
use crate::queue::overflow::Admission;
use crate::queue::{EntryId, Limit, PushOutcome, Queue, Woken};

/// What may wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadyLimits {
    /// Entries (`x-max-length`).
    pub count_max: Option<u64>,
    /// Bytes of their bodies (`x-max-length-bytes`).
    pub bytes_max: Option<u64>,
    /// What happens beyond (`x-overflow`).
    pub overflow: Overflow,
}

/// What happens to what is too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overflow {
    /// The oldest leaves as a dead letter; by priority that of the lowest.
    #[default]
    DropHead,
    /// The new message is refused, and its publisher told.
    Reject,
    /// The new message is refused, its publisher told, and it is a dead letter.
    RejectToDeadLetters,
}

impl ReadyLimits {
    /// Whether there is one.
    pub fn is_limited(&self) -> bool {
        self.count_max.is_some() || self.bytes_max.is_some()
    }

    /// The limit that does not allow this many entries, and bytes of bodies.
    pub fn exceeded(&self, count: u64, bytes: u64) -> Option<Limit> {
        let by_count = self.count_max.filter(|max| count > *max).map(Limit::ReadyCount);
        by_count.or_else(|| self.bytes_max.filter(|max| bytes > *max).map(Limit::ReadyBytes))
    }
}

impl Queue {
    /// Refuses a message for which there is no room, where the new is what is refused.
    pub(super) fn refuse_beyond(
        &mut self,
        message: &Arc<Message>,
        admission: Admission,
    ) -> Result<(), PushOutcome> {
        if !self.limits_ready || admission == Admission::Granted {
            return Ok(());
        }
        let Some(limit) = self.refused_by(message) else { return Ok(()) };
        let is_dead_letter = self.makes_dead_letter_of(message);
        if is_dead_letter && admission == Admission::Postponed {
            return Ok(());
        }
        self.statistics.rejected_full += 1;
        if is_dead_letter {
            self.keep_dropped(Arc::clone(message), None);
        }
        Err(PushOutcome::Full(limit))
    }

    /// Whether there is no room for a message, and it is a dead letter by that.
    pub(super) fn makes_dead_letter_of(&self, message: &Message) -> bool {
        self.settings.ready_limits.overflow == Overflow::RejectToDeadLetters
            && self.refused_by(message).is_some()
    }

    fn refused_by(&self, message: &Message) -> Option<Limit> {
        let limits = self.settings.ready_limits;
        let bytes = self.ready_bytes + message.body_bytes() as u64;
        let count = self.ready + self.keeping.len() + 1;
        let limit = limits.exceeded(count as u64, bytes);
        limit.filter(|_| limits.overflow != Overflow::DropHead)
    }

    /// Drops the head until what waits is within its limits, unless it is about to be taken.
    pub(super) fn drop_head(&mut self, woken: &mut Woken) {
        if !self.limits_ready || self.settings.ready_limits.overflow != Overflow::DropHead {
            return;
        }
        let limits = self.settings.ready_limits;
        if self.has_taker() && self.is_within_slack() {
            return;
        }
        while limits.exceeded(self.ready as u64, self.ready_bytes).is_some()
            && let Some(id) = self.first_to_drop()
            && let Some(entry) = self.remove_waking(id, woken)
        {
            self.statistics.ring_dropped += 1;
            self.drop_entry(id, entry.message);
        }
    }

    fn is_within_slack(&self) -> bool {
        let bytes_max = self.settings.ready_limits.bytes_max.unwrap_or(0);
        self.ready <= READY_SLACK_ENTRIES
            && self.ready_bytes <= bytes_max.saturating_add(READY_SLACK_BYTES)
    }

    /// An entry is available.
    pub(super) fn count_ready(&mut self, id: EntryId) {
        self.ready += 1;
        if self.limits_ready {
            self.ready_bytes += self.body_bytes(id);
        }
    }

    /// An entry is held.
    pub(super) fn discount_ready(&mut self, id: EntryId) {
        self.ready -= 1;
        if self.limits_ready {
            self.ready_bytes -= self.body_bytes(id);
        }
    }

    /// An available entry is gone.
    pub(super) fn discount_gone(&mut self, message: &Message) {
        self.ready -= 1;
        if self.limits_ready {
            self.ready_bytes -= message.body_bytes() as u64;
        }
    }

    fn body_bytes(&self, id: EntryId) -> u64 {
        self.entries.get(id).map_or(0, |entry| entry.message.body_bytes() as u64)
    }
}
