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

    /// Entries go back to their places.
    pub(crate) fn release(&self, consumer: ConsumerId, ids: &[EntryId], is_redelivered: bool) {
        self.change(|state, woken| {
            state.entries.release(consumer, ids.iter().copied(), is_redelivered, woken);
            state.unstick(woken);
        });
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

    /// Takes out what has expired by now, for the alternate exchange.
    pub(crate) fn expire(&self, now_ms: u64) -> Vec<Arc<Message>> {
        self.change(|state, woken| {
            state.entries.expire(now_ms, EXPIRED_BATCH_MAX);
            let expired = state.entries.take_expired();
            if !expired.is_empty() {
                state.unstick(woken);
            }
            expired
        })
    }
}
