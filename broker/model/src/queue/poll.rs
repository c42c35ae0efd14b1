//! Polling: one entry for whoever asks, without a subscription.
//!
//! Invariant: who polls is no consumer. It is not counted, not woken and takes no share; what it
//! holds it settles like one.

use crate::limits::EXPIRED_BATCH_MAX;
use crate::queue::available::Kind;
use crate::queue::{ConsumerId, Delivery, Queue};

/// What a poll found.
#[derive(Clone, Debug)]
pub enum Polled {
    /// An entry, which is held now, and how many are ready behind it.
    Entry(Delivery, usize),
    /// Nothing.
    Empty,
    /// Only what has expired, so far, or the next entry is away ([`Queue::take_wanted`]): poll
    /// again, after others had a turn.
    Again,
}

impl Queue {
    /// A number under which entries can be held, for as long as they are.
    pub fn poller(&mut self) -> ConsumerId {
        self.next_consumer_id()
    }

    /// Hands out the next entry, whoever has credit for it.
    pub fn poll(&mut self, poller: ConsumerId, now_ms: u64) -> Polled {
        if self.settings.is_browse_only {
            return Polled::Empty;
        }
        for _ in 0..EXPIRED_BATCH_MAX {
            let Some(id) = self.first_for(poller) else { return Polled::Empty };
            let Some(entry) = self.entries.get(id) else {
                self.want(id);
                return Polled::Again;
            };
            if self.expiry.is_over(id, &entry.message, now_ms) {
                self.expire_entry(id);
                continue;
            }
            let delivery = entry.deliver(id, self.numbered_from());
            self.acquire_one(poller, id);
            if let Kind::Priority(levels) = &mut self.kind {
                levels.take_turn();
            }
            return Polled::Entry(delivery, self.ready);
        }
        Polled::Again
    }
}
