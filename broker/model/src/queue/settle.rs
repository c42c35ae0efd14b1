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
    /// may have seen them. What this consumer does not hold is passed over. Answers those that came
    /// back too often: they leave the queue.
    pub fn release(
        &mut self,
        consumer: ConsumerId,
        ids: impl IntoIterator<Item = EntryId>,
        is_redelivered: bool,
        woken: &mut Woken,
    ) -> Vec<Arc<Message>> {
        let mut worn_out = Vec::new();
        for id in ids {
            let Some(entry) = self.entries.get_mut(id).filter(|e| e.is_held_by(consumer)) else {
                continue;
            };
            entry.delivery_count = entry.delivery_count.saturating_add(u32::from(is_redelivered));
            if self.settings.delivery_limit.is_some_and(|limit| entry.delivery_count > limit) {
                worn_out.extend(self.remove_waking(id, woken).map(|entry| entry.message));
                continue;
            }
            entry.holder = None;
            let message = &entry.message;
            if is_redelivered {
                self.keeping.returned(id, message, entry.delivery_count);
            }
            let (expires_at_ms, priority) = (message.expires_at_ms(), message.priority());
            self.expiry.schedule(id, expires_at_ms);
            self.statistics.released += 1;
            self.released(id, priority, woken);
        }
        self.statistics.worn_out += worn_out.len() as u64;
        self.drop_head(woken);
        worn_out
    }

    /// Entries are refused: they leave the queue, as dead letters.
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
