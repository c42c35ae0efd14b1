//! The end of channels and of the connection: what they held goes back, what was theirs goes.

use std::sync::Arc;

use philter_model::queue::EntryId;

use super::acknowledge::for_runs;
use super::channel::{Channel, Held, Mode};
use super::connection::Connection;
use crate::long_work::in_steps;
use crate::virtual_host::{DeleteIf, Queue};

impl Connection {
    /// A channel ends: its consumers end, what it holds goes back, marked as redelivered, and a
    /// transaction comes to nothing.
    pub(super) fn end_channel(&mut self, channel: u16) {
        let Some(state) = self.channels.remove(&channel) else { return };
        let steps = state.unsettled.len() + state.consumers.len();
        in_steps(steps, || self.end_at_once(*state));
    }

    fn end_at_once(&self, mut state: Channel) {
        // Consumers first, so that nothing comes back to them; queues that go by themselves last,
        // so that what comes back is in them when they go.
        let consumers = std::mem::take(&mut state.consumers);
        consumers.values().for_each(|consumer| consumer.queue.cancel(consumer.id));
        let mut held: Vec<Held> = state.unsettled.drain().map(|(_, held)| held).collect();
        if let Mode::Transaction(transaction) = state.mode {
            held.extend(transaction.into_held().map(|(_, held)| held));
        }
        for_runs(&held, |Held { queue, holder, .. }: &Held, entries: &[EntryId]| {
            self.host.release(queue, *holder, entries, true, self.now_ms);
        });
        consumers.values().for_each(|consumer| self.end_consumer(consumer));
        if let Some(replies) = state.replies {
            self.delete_own(&replies);
        }
    }

    pub(super) fn end_channels(&mut self) {
        let channels: Vec<u16> = self.channels.keys().copied().collect();
        channels.into_iter().for_each(|channel| self.end_channel(channel));
    }

    /// Exclusive queues go with their connection.
    pub(super) fn end_owned(&mut self) {
        for queue in std::mem::take(&mut self.owned) {
            self.delete_own(&queue);
        }
    }

    /// Deletes a queue of this connection's own, if it is still the one.
    fn delete_own(&self, queue: &Arc<Queue>) {
        if !queue.is_deleted() {
            // Where somebody was faster it is gone.
            let when = DeleteIf::default();
            let _ = self.host.delete_queue(queue.name(), Some(self.owner), when, &self.actor);
        }
    }

    /// A consumer left a queue: one that is declared auto-delete goes with its last one, also where
    /// it is exclusive.
    pub(super) fn auto_delete(&self, queue: &Arc<Queue>) {
        let is_own = queue.settings().is_auto_delete && queue.owner() == Some(self.owner);
        if is_own && !queue.is_deleted() {
            let when = DeleteIf { unused: true, ..DeleteIf::default() };
            // Others may consume from it still.
            let _ = self.host.delete_queue(queue.name(), Some(self.owner), when, &self.actor);
        } else {
            self.host.auto_delete_queue(queue);
        }
    }
}
