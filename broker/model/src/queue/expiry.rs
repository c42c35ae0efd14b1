//! Time to live: what has expired is never handed out, and leaves as a dead letter.
//!
//! Invariant: the schedule has the entries that expire and that nobody holds. One that is held
//! cannot expire; released, it is scheduled again. What was taken out waits for
//! [`Queue::take_expired`], which the owner calls after whatever may have added to it: push, pull,
//! expire.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::message::Message;
use crate::queue::{EntryId, Queue};

/// Entries by the time at which they expire, soonest first.
pub(super) type Schedule = BTreeSet<(u64, EntryId)>;

impl Queue {
    /// When to call [`Queue::expire`] next: 0 (at once) where something waits to be taken already,
    /// none where nothing that waits in the queue has a time to live.
    pub fn next_expiry_ms(&self) -> Option<u64> {
        match self.expired.is_empty() {
            true => self.schedule.first().map(|(at_ms, _)| *at_ms),
            false => Some(0),
        }
    }

    /// Takes out entries that have expired, at most `count`; they wait for [`Queue::take_expired`].
    pub fn expire(&mut self, now_ms: u64, count: usize) {
        for _ in 0..count {
            match self.schedule.first() {
                Some((at_ms, id)) if *at_ms <= now_ms => self.expire_entry(*id),
                _ => return,
            }
        }
    }

    /// What expired since the last call, for the alternate exchange.
    pub fn take_expired(&mut self) -> Vec<Arc<Message>> {
        std::mem::take(&mut self.expired)
    }

    pub(super) fn expire_entry(&mut self, id: EntryId) {
        if let Some(entry) = self.remove(id) {
            self.expire_message(entry.message);
        }
    }

    pub(super) fn expire_message(&mut self, message: Arc<Message>) {
        self.statistics.expired += 1;
        self.expired.push(message);
    }

    /// An entry waits: it may expire.
    pub(super) fn schedule(&mut self, id: EntryId, expires_at_ms: Option<u64>) {
        if let Some(at_ms) = expires_at_ms {
            self.schedule.insert((at_ms, id));
        }
    }

    /// An entry is held or gone: it can't expire.
    pub(super) fn unschedule(&mut self, id: EntryId, expires_at_ms: Option<u64>) {
        if let Some(at_ms) = expires_at_ms {
            self.schedule.remove(&(at_ms, id));
        }
    }
}
