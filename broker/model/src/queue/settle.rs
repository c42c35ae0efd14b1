//! Outcomes: what becomes of entries that a consumer holds.

use std::sync::Arc;

use crate::message::Message;
use crate::queue::consumer::ConsumerId;
use crate::queue::{EntryId, Queue, Woken};

impl Queue {
    /// Entries are taken over for good. What this consumer does not hold is passed over; answers
    /// how many it held.
    pub fn accept(
        &mut self,
        consumer: ConsumerId,
        ids: impl IntoIterator<Item = EntryId>,
        woken: &mut Woken,
    ) -> usize {
        let mut accepted = 0;
        for id in ids {
            if self.is_held(consumer, id) {
                self.remove_waking(id, woken);
                accepted += 1;
            }
        }
        accepted
    }

    /// Entries go back to their places; with `is_redelivered` they say from now on that somebody
    /// may have seen them. What this consumer does not hold is passed over.
    pub fn release(
        &mut self,
        consumer: ConsumerId,
        ids: impl IntoIterator<Item = EntryId>,
        is_redelivered: bool,
        woken: &mut Woken,
    ) {
        for id in ids {
            let Some(entry) = self.entries.get_mut(id).filter(|e| e.is_held_by(consumer)) else {
                continue;
            };
            entry.holder = None;
            entry.delivery_count = entry.delivery_count.saturating_add(u32::from(is_redelivered));
            let message = &entry.message;
            let (expires_at_ms, priority) = (message.expires_at_ms(), message.priority());
            self.schedule(id, expires_at_ms);
            self.statistics.released += 1;
            self.released(id, priority, woken);
        }
    }

    /// Entries are refused: they leave the queue, for the alternate exchange if there is one.
    pub fn reject(
        &mut self,
        consumer: ConsumerId,
        ids: impl IntoIterator<Item = EntryId>,
        woken: &mut Woken,
    ) -> Vec<Arc<Message>> {
        let mut rejected = Vec::new();
        for id in ids {
            if self.is_held(consumer, id) {
                rejected.extend(self.remove_waking(id, woken).map(|entry| entry.message));
            }
        }
        self.statistics.rejected += rejected.len() as u64;
        rejected
    }

    fn is_held(&self, consumer: ConsumerId, id: EntryId) -> bool {
        self.entries.get(id).is_some_and(|entry| entry.is_held_by(consumer))
    }
}
