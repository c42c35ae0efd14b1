//! Entries that a store keeps: they are handed out once it has them.
//!
//! A durable message in a queue whose owner stores it has its place at once and is hidden until the
//! owner says [`Queue::stored`]. What comes behind it waits for its turn, durable or not, so that
//! order is kept. What becomes of entries that are stored is told by [`Queue::take_changes`].
//!
//! Invariants:
//! - entries from the first that waits on are hidden, and no others;
//! - a hidden entry counts in the queue's depth and limits, is in no index of the queue's kind and
//!   held by nobody; nobody but the owner who makes room, or who ends the queue, takes it out.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::limits::{PAGED_AT_ONCE_BYTES_MIN, PAGED_BODY_BYTES_MIN};
use crate::message::Message;
use crate::queue::entry::Entry;
use crate::queue::{ConsumerId, EntryId, Queue, Woken};

/// What of a queue its owner stores, and what waits for that.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    pub(super) is_on: bool,
    waiting: VecDeque<Waiting>,
    /// Ids begin here.
    first: EntryId,
    changes: Changes,
    /// Bytes of bodies that are in the store alone, and of entries that are.
    pub(super) paged_bytes: u64,
}

#[derive(Debug)]
struct Waiting {
    id: EntryId,
    key: Option<Box<[u8]>>,
    is_stored: bool,
}

/// What became of entries that are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// They left.
    pub gone: Vec<EntryId>,
    /// They came back, and were handed out this often.
    pub returned: Vec<(EntryId, u32)>,
}

impl Changes {
    /// Whether nothing became of any.
    pub fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.returned.is_empty()
    }
}

impl Keeping {
    /// Whether an entry is hidden.
    pub(super) fn hides(&self, id: EntryId) -> bool {
        self.waiting.front().is_some_and(|first| id >= first.id)
    }

    /// The first entry that is hidden, or the end.
    pub(super) fn hidden_from(&self) -> EntryId {
        self.waiting.front().map_or(EntryId::LAST, |first| first.id)
    }

    /// How many entries wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Where nothing waits and the message need not be stored it is seen at once: false. Otherwise
    /// its entry waits.
    pub(super) fn hide(&mut self, id: EntryId, message: &Message, key: Option<&[u8]>) -> bool {
        let is_stored = !self.keeps(message);
        if is_stored && self.waiting.is_empty() {
            return false;
        }
        self.waiting.push_back(Waiting { id, key: key.map(Into::into), is_stored });
        true
    }

    /// An entry that was seen left.
    pub(super) fn left(&mut self, id: EntryId, message: &Message) {
        if let Some(place) = message.place() {
            self.paged_bytes = self.paged_bytes.saturating_sub(place.body_bytes);
        }
        if self.keeps(message) {
            self.changes.gone.push(id);
        }
    }

    /// Entries left that were away.
    pub(super) fn left_together(&mut self, ids: impl Iterator<Item = EntryId>, bytes: u64) {
        self.paged_bytes = self.paged_bytes.saturating_sub(bytes);
        self.changes.gone.extend(ids);
    }

    /// The entry that left last, seen or hidden, is a dead letter that waits for the owner: it is
    /// gone when he takes that.
    pub(super) fn defer(&mut self, id: EntryId) {
        self.changes.gone.pop_if(|last| *last == id);
    }

    /// Ids of entries that are gone.
    pub(super) fn gone(&mut self) -> &mut Vec<EntryId> {
        &mut self.changes.gone
    }

    /// An entry came back.
    pub(super) fn returned(&mut self, id: EntryId, message: &Message, delivery_count: u32) {
        if self.keeps(message) {
            self.changes.returned.push((id, delivery_count));
        }
    }

    pub(super) fn keeps(&self, message: &Message) -> bool {
        self.is_on && message.is_durable()
    }

    fn mark_stored(&mut self, id: EntryId) {
        if let Ok(at) = self.waiting.binary_search_by_key(&id, |waiting| waiting.id)
            && let Some(waiting) = self.waiting.get_mut(at)
        {
            waiting.is_stored = true;
        }
    }

    /// The first entry, where it waits no more.
    fn next_seen(&mut self) -> Option<Waiting> {
        self.waiting.pop_front_if(|first| first.is_stored)
    }
}

impl Queue {
    /// Durable messages that come from now on are stored by the owner: see [`Queue::stored`].
    pub fn keep_durable(&mut self) {
        self.keeping.is_on = true;
    }

    /// Whether the owner has to store a message that enters.
    pub fn keeps(&self, message: &Message) -> bool {
        self.keeping.keeps(message)
    }

    /// The store has these entries: they are seen. Answers those that left meanwhile, to be deleted
    /// from the store.
    pub fn stored(
        &mut self,
        ids: impl IntoIterator<Item = EntryId>,
        woken: &mut Woken,
    ) -> Vec<EntryId> {
        let mut gone = Vec::new();
        for id in ids {
            self.keeping.mark_stored(id);
            let is_letter =
                || self.expired.has(id) || self.dropped.has(id) || self.stranded.has(id);
            if self.entries.get(id).is_none() && !is_letter() {
                gone.push(id);
            }
        }
        self.show_stored(woken);
        gone
    }

    /// The store did not take these entries: they leave, also as dead letters that nobody took yet.
    /// Answers how many were there.
    pub fn not_stored(
        &mut self,
        ids: impl IntoIterator<Item = EntryId>,
        woken: &mut Woken,
    ) -> usize {
        let mut left = 0;
        for id in ids {
            match self.take_out(id) {
                Some(_) => left += 1,
                None => {
                    self.expired.not_stored(id);
                    self.dropped.not_stored(id);
                    self.stranded.not_stored(id);
                }
            }
            self.keeping.mark_stored(id);
        }
        self.show_stored(woken);
        self.depth_shrank();
        left
    }

    /// Headers and bodies that are in memory, in bytes.
    pub fn resident_bytes(&self) -> u64 {
        self.statistics.depth_bytes.saturating_sub(self.keeping.paged_bytes)
    }

    /// The store has these entries, and the queue has too much in memory or not. If so, what can
    /// leave memory of what came since it had not: segments of entries as a whole, where they may
    /// ([`Queue::let_leave`]), or else the bodies of what nobody holds. `number` is the queue's in
    /// the store.
    pub fn page(&mut self, number: u64, ids: impl IntoIterator<Item = EntryId>, is_too_much: bool) {
        if !is_too_much {
            return self.stay();
        }
        let bytes_min = match self.absence.is_on() {
            true => PAGED_AT_ONCE_BYTES_MIN,
            false => PAGED_BODY_BYTES_MIN,
        };
        ids.into_iter().for_each(|id| self.page_body(number, id, bytes_min));
        self.send_away(number);
    }

    /// The body of an entry leaves memory, if nobody holds it and it has so many bytes.
    pub(super) fn page_body(&mut self, number: u64, id: EntryId, bytes_min: usize) {
        if self.keeping.hides(id) {
            return;
        }
        let entry = self.entries.get_mut(id);
        let Some(entry) = entry.filter(|entry| entry.holder.is_none()) else { return };
        let message = &entry.message;
        let is_worth_it = message.body_bytes() >= bytes_min;
        if is_worth_it && message.is_durable() && message.place().is_none() {
            self.keeping.paged_bytes += message.body_bytes() as u64;
            entry.message = Arc::new(message.paged(number, id.0));
        }
    }

    /// Whether entries wait to be stored, or for others that do.
    pub fn has_hidden(&self) -> bool {
        self.keeping.len() > 0
    }

    /// What became of entries that are stored, since the last call. To be called after whatever may
    /// have taken some out or given some back.
    pub fn take_changes(&mut self) -> Changes {
        match self.keeping.changes.is_empty() {
            true => Changes::default(),
            false => std::mem::take(&mut self.keeping.changes),
        }
    }

    /// Puts back an entry that was stored: at its old place, behind all that are here.
    /// `entered_ms` is when it came.
    pub fn restore(
        &mut self,
        id: EntryId,
        message: Arc<Message>,
        key: Option<&[u8]>,
        delivery_count: u32,
        entered_ms: u64,
    ) {
        self.entries.skip_to(id);
        self.replace(key);
        self.statistics.enters(&message);
        if let Some(place) = message.place() {
            self.keeping.paged_bytes += place.body_bytes;
        }
        self.expiry.came(id, entered_ms);
        self.expiry.schedule(id, message.expires_at_ms());
        let priority = message.priority();
        self.entries.push(Entry { delivery_count, ..Entry::new(message) });
        self.added(id, priority, key);
        self.depth_grew();
    }

    /// Entries that were stored are held again by somebody who is no consumer: whoever holds some
    /// already, or somebody new. Nobody else gets them until he settles them. Answers who he is,
    /// and which of them are there.
    pub fn hold_again(
        &mut self,
        holder: Option<ConsumerId>,
        ids: impl IntoIterator<Item = EntryId>,
    ) -> (ConsumerId, Vec<EntryId>) {
        let holder = holder.unwrap_or_else(|| self.next_consumer_id());
        let held = ids.into_iter().filter(|id| self.acquire_one(holder, *id)).collect();
        (holder, held)
    }

    /// The first entry that the queue ever had would have had this id: from it sequence numbers
    /// count.
    pub fn count_from(&mut self, id: EntryId) {
        self.keeping.first = id;
    }

    /// The entry that has the number 1, where entries are numbered.
    pub(super) fn numbered_from(&self) -> Option<EntryId> {
        self.settings.sequence_header.as_ref().map(|_| self.keeping.first)
    }

    /// Ids of entries that come from now on are at least this one.
    pub fn number_from(&mut self, id: EntryId) {
        self.entries.skip_to(id);
        self.stay();
    }

    fn show_stored(&mut self, woken: &mut Woken) {
        while let Some(Waiting { id, key, .. }) = self.keeping.next_seen() {
            let Some(entry) = self.entries.get(id) else { continue };
            let message = &entry.message;
            let (expires_at_ms, priority) = (message.expires_at_ms(), message.priority());
            self.expiry.schedule(id, expires_at_ms);
            let key = key.as_deref();
            if self.replace(key) {
                self.depth_shrank();
            }
            self.added(id, priority, key);
            self.wake_for(id, woken);
            self.drop_head(woken);
        }
    }
}
