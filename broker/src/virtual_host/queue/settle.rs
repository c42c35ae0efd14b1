//! What becomes of entries that were handed out, and of those whose time is over.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_model::limits::EXPIRED_BATCH_MAX;
use philter_model::message::Message;
use philter_model::queue::{ConsumerId, EntryId, Woken};

use super::State;
use crate::store::Leaves;
use crate::virtual_host::Queue;

/// The turn to move on what has expired, until it is dropped.
pub(in crate::virtual_host) struct Expiring<'q> {
    queue: &'q Queue,
}

impl Drop for Expiring<'_> {
    fn drop(&mut self) {
        self.queue.is_expiring.store(false, Ordering::Release);
    }
}

impl Queue {
    /// Entries are taken over for good.
    pub(crate) fn accept(&self, consumer: ConsumerId, ids: &[EntryId]) {
        self.finish(|state, woken| {
            state.entries.accept(consumer, ids.iter().copied(), woken);
            self.unstick_groups(state, woken);
        });
    }

    /// Entries are taken over for good by a transaction.
    pub(crate) fn accept_in_transaction(&self, consumer: ConsumerId, ids: &[EntryId]) {
        self.change(|state, woken| {
            let before = state.entries.statistics();
            state.entries.accept(consumer, ids.iter().copied(), woken);
            state.transactional.count_dequeues(&before, &state.entries.statistics());
            self.unstick_groups(state, woken);
        });
    }

    /// Entries go back to their places; answers those that came back too often.
    pub(in crate::virtual_host) fn release(
        &self,
        consumer: ConsumerId,
        ids: &[EntryId],
        is_redelivered: bool,
    ) -> Vec<Arc<Message>> {
        let worn_out = self.change_with(self.letters_leave(), |state, woken| {
            let ids = ids.iter().copied();
            let worn_out = state.entries.release(consumer, ids, is_redelivered, woken);
            state.unstick(woken);
            worn_out
        });
        self.read_messages(worn_out)
    }

    /// Entries are refused; answers their messages.
    pub(crate) fn reject(&self, consumer: ConsumerId, ids: &[EntryId]) -> Vec<Arc<Message>> {
        let rejected = self.change_with(self.letters_leave(), |state, woken| {
            let rejected = state.entries.reject(consumer, ids.iter().copied(), woken);
            self.unstick_groups(state, woken);
            rejected
        });
        self.read_messages(rejected)
    }

    /// Takes the turn to move on what has expired, if nobody has it: dead letters of a queue keep
    /// their order.
    pub(in crate::virtual_host) fn begin_expiring(&self) -> Option<Expiring<'_>> {
        let is_free = !self.is_expiring.swap(true, Ordering::Acquire);
        is_free.then_some(Expiring { queue: self })
    }

    /// What expired while somebody took from the queue is gone where dead letters go nowhere.
    pub(super) fn drop_lost(&self, state: &mut State) {
        if !self.has_dead_letters() && state.entries.has_expired() {
            drop(state.entries.take_expired());
        }
    }

    /// Whether dead letters go anywhere.
    pub(super) fn has_dead_letters(&self) -> bool {
        self.alternate.is_some() || self.settings.dead_letter.is_some()
    }

    /// How those leave of which somebody says that they are dead letters.
    fn letters_leave(&self) -> Leaves {
        if self.has_dead_letters() { Leaves::WithTheRest } else { Leaves::Alone }
    }

    /// A group may have become free: its first entry may be next for others.
    pub(super) fn unstick_groups(&self, state: &mut State, woken: &mut Woken) {
        if self.settings.groups.is_some() {
            state.unstick(woken);
        }
    }

    /// Takes what has expired by now, some hundred at a time, and what limits dropped.
    pub(in crate::virtual_host) fn expire(
        &self,
        now_ms: u64,
    ) -> (Vec<Arc<Message>>, Vec<Arc<Message>>) {
        let (expired, dropped) = self.change(|state, woken| {
            state.entries.expire(now_ms, EXPIRED_BATCH_MAX);
            let expired = state.entries.take_expired();
            if !expired.is_empty() {
                state.unstick(woken);
            }
            (expired, state.entries.take_dropped())
        });
        (self.read_messages(expired), self.read_messages(dropped))
    }
}
