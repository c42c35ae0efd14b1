//! What becomes of entries that were handed out, and of those whose time is over.

use std::sync::Arc;

use philter_model::limits::EXPIRED_BATCH_MAX;
use philter_model::message::Message;
use philter_model::queue::{ConsumerId, EntryId, Woken};

use super::State;
use crate::virtual_host::Queue;

impl Queue {
    /// Entries are taken over for good.
    pub(crate) fn accept(&self, consumer: ConsumerId, ids: &[EntryId]) {
        self.change(|state, woken| {
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
        self.change(|state, woken| {
            let ids = ids.iter().copied();
            let worn_out = state.entries.release(consumer, ids, is_redelivered, woken);
            state.unstick(woken);
            worn_out
        })
    }

    /// Entries are refused; answers their messages.
    pub(crate) fn reject(&self, consumer: ConsumerId, ids: &[EntryId]) -> Vec<Arc<Message>> {
        self.change(|state, woken| {
            let rejected = state.entries.reject(consumer, ids.iter().copied(), woken);
            self.unstick_groups(state, woken);
            rejected
        })
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
        self.change(|state, woken| {
            // Whoever calls may have taken it out of the agenda.
            state.armed_ms = None;
            state.entries.expire(now_ms, EXPIRED_BATCH_MAX);
            let expired = state.entries.take_expired();
            if !expired.is_empty() {
                state.unstick(woken);
            }
            (expired, state.entries.take_dropped())
        })
    }
}
