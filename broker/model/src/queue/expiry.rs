//! Time to live: what has expired is never handed out, and leaves as a dead letter.
//!
//! An entry expires when its message does, or when it has waited as long as its queue allows: what
//! comes first. One that may not wait at all enters where consumers are about to take it, and is
//! theirs for a moment.
//!
//! Invariant: the schedule has the entries whose messages expire and that nobody holds. One that is
//! held cannot expire; released, it is scheduled again. What was taken out waits for
//! [`Queue::take_expired`], which the owner calls after whatever may have added to it: pull,
//! expire, push postponed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::limits::IMMEDIATE_MS;
use crate::message::Message;
use crate::queue::ages::Ages;
use crate::queue::segment::Segments;
use crate::queue::{EntryId, Queue, QueueSettings};

/// When entries expire.
#[derive(Debug)]
pub(super) struct Expiry {
    /// Available entries whose messages expire, soonest first.
    schedule: BTreeSet<(u64, EntryId)>,
    /// Where the queue has a time to live of its own.
    ages: Option<Box<Ages>>,
    /// Entries whose time was over when they came, and until when consumers may have them.
    immediate: BTreeMap<EntryId, u64>,
}

impl Expiry {
    pub(super) fn of(settings: &QueueSettings) -> Self {
        let ages = settings.message_ttl_ms.map(|ttl_ms| match ttl_ms {
            0 => Box::new(Ages::new(IMMEDIATE_MS)),
            _ => Box::new(Ages::new(ttl_ms)),
        });
        Self { schedule: BTreeSet::new(), ages, immediate: BTreeMap::new() }
    }

    /// Whether an entry is not to be handed out any more.
    pub(super) fn is_over(&self, id: EntryId, message: &Message, now_ms: u64) -> bool {
        let is_expired = message.is_expired(now_ms)
            && self.immediate.get(&id).is_none_or(|until_ms| *until_ms <= now_ms);
        is_expired || self.ages.as_ref().is_some_and(|ages| ages.due_ms(id) <= now_ms)
    }

    /// An entry came in.
    pub(super) fn enters(&mut self, id: EntryId, message: &Message, now_ms: u64) {
        self.enters_hidden(id, message, now_ms);
        self.schedule(id, message.expires_at_ms());
    }

    /// An entry came in that does not wait for consumers yet.
    pub(super) fn enters_hidden(&mut self, id: EntryId, message: &Message, now_ms: u64) {
        self.came(id, now_ms);
        if message.is_expired(now_ms) {
            self.immediate.insert(id, now_ms.saturating_add(IMMEDIATE_MS));
        }
    }

    /// Its age counts from now on.
    pub(super) fn came(&mut self, id: EntryId, now_ms: u64) {
        if let Some(ages) = &mut self.ages {
            ages.add(id, now_ms);
        }
    }

    /// An entry is gone.
    pub(super) fn leaves(&mut self, entries: &Segments) {
        if let Some(ages) = &mut self.ages {
            ages.forget(entries);
        }
    }

    /// An entry waits: it may expire.
    pub(super) fn schedule(&mut self, id: EntryId, expires_at_ms: Option<u64>) {
        if let Some(at_ms) = expires_at_ms {
            let at_ms = self.immediate.get(&id).copied().unwrap_or(at_ms);
            self.schedule.insert((at_ms, id));
        }
    }

    /// An entry is held or gone: it can't expire.
    pub(super) fn unschedule(&mut self, id: EntryId, expires_at_ms: Option<u64>) {
        if let Some(at_ms) = expires_at_ms {
            let at_ms = self.immediate.remove(&id).unwrap_or(at_ms);
            self.schedule.remove(&(at_ms, id));
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.schedule.is_empty()
            && self.immediate.is_empty()
            && self.ages.as_ref().is_none_or(|ages| ages.len() == 0)
    }
}

impl Queue {
    /// When to call [`Queue::expire`] next: 0 (at once) where something waits to be taken already,
    /// none where nothing that waits in the queue has a time to live.
    pub fn next_expiry_ms(&mut self) -> Option<u64> {
        if !self.expired.is_empty() || !self.dropped.is_empty() {
            return Some(0);
        }
        self.next_due().map(|(at_ms, _)| at_ms)
    }

    /// Takes out entries that have expired, at most `count`; they wait for [`Queue::take_expired`].
    pub fn expire(&mut self, now_ms: u64, count: usize) {
        for _ in 0..count {
            match self.next_due() {
                Some((at_ms, id)) if at_ms <= now_ms => self.expire_entry(id),
                _ => return,
            }
        }
    }

    /// Whether something waits for [`Queue::take_expired`].
    pub fn has_expired(&self) -> bool {
        !self.expired.is_empty()
    }

    /// What expired since the last call, for the dead letters' exchange.
    pub fn take_expired(&mut self) -> Vec<Arc<Message>> {
        self.expired.take(self.keeping.gone())
    }

    /// Whether a message's time is over before it enters. One whose time ends now enters where
    /// somebody is about to take it.
    pub(super) fn is_too_late(&self, message: &Message, now_ms: u64) -> bool {
        let lets_wait = self.expiry.ages.is_none() || self.settings.message_ttl_ms != Some(0);
        if lets_wait && !message.is_expired(now_ms) {
            return false;
        }
        let is_over = message.expires_at_ms().is_some_and(|at_ms| at_ms < now_ms);
        is_over || !self.has_taker()
    }

    /// The entry that expires next, and when.
    fn next_due(&mut self) -> Option<(u64, EntryId)> {
        let by_message = self.expiry.schedule.first().copied();
        if self.expiry.ages.is_none() {
            return by_message;
        }
        let oldest = self.oldest_available();
        let by_age = oldest.zip(self.expiry.ages.as_ref()).map(|(id, ages)| (ages.due_ms(id), id));
        by_message.into_iter().chain(by_age).min()
    }

    pub(super) fn expire_entry(&mut self, id: EntryId) {
        if let Some(entry) = self.remove(id) {
            self.let_expire(id, entry.message);
        }
    }

    /// An entry has expired: it stays in the store until the owner moves it on.
    pub(super) fn let_expire(&mut self, id: EntryId, message: Arc<Message>) {
        let stored_as = self.keeping.keeps(&message).then_some(id);
        if let Some(id) = stored_as {
            self.keeping.defer(id);
        }
        self.statistics.expired += 1;
        self.expired.push(message, stored_as);
    }
}
