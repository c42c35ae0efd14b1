//! Dead letters: what consumers refuse, what expires, what a limit drops and what comes back too
//! often goes on to another exchange, as far as its queue names one.
//!
//! A queue's dead letter exchange (`x-dead-letter-exchange`) is looked up by its name when a
//! message dies, and what goes there tells of its death. The alternate exchange (0-10) has to be
//! there when the queue is declared, and gets messages as they are. The first has precedence.
//!
//! Invariants:
//! - a dead letter is stored where it was until it is stored where it goes: one that has come far
//!   at one go stays in its queue, and goes on from there when the agenda comes;
//! - nobody is told of a dead letter that is lost on its way; it is counted.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{ConsumerId, DeadLetterTarget, EntryId};
use tracing::debug;

use crate::clock::unix_ns;
use crate::message::death::{Death, with_death};
use crate::message::further_keys;
use crate::store;
use crate::virtual_host::limits::EXPIRED_BATCHES_MAX;
use crate::virtual_host::publish::Way;
use crate::virtual_host::reach::Batch;
use crate::virtual_host::{Queue, VirtualHost};

/// Why a message is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeadLetterReason {
    /// A consumer refused it.
    Rejected,
    /// Its time was over.
    Expired,
    /// A limit of its queue dropped it, or did not let it in.
    MaxLength,
    /// It came back too often.
    DeliveryLimit,
}

impl DeadLetterReason {
    /// The word that headers have for it.
    fn word(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::MaxLength => "maxlen",
            Self::DeliveryLimit => "delivery_limit",
        }
    }
}

impl VirtualHost {
    /// Messages that left a queue go where its dead letters go, or are dropped.
    pub(crate) fn dead_letter(
        &self,
        queue: &Queue,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        now_ms: u64,
    ) {
        self.dead_letter_on(queue, messages, reason, Way::new(now_ms));
    }

    /// Entries go back to their places; those that came back too often are dead letters.
    pub(crate) fn release(
        &self,
        queue: &Queue,
        consumer: ConsumerId,
        ids: &[EntryId],
        is_redelivered: bool,
        now_ms: u64,
    ) {
        let worn_out = queue.release(consumer, ids, is_redelivered);
        self.dead_letter(queue, &worn_out, DeadLetterReason::DeliveryLimit, now_ms);
    }

    /// Moves on what has expired in a queue, and what limits dropped.
    pub(crate) fn expire_queue(&self, queue: &Queue, now_ms: u64) {
        self.expire_on(queue, now_ms, Some(Way::new(now_ms)), usize::MAX);
    }

    /// The same for some of it, so that others have their turn; the agenda comes back for the rest.
    pub(super) fn expire_some(&self, queue: &Queue, now_ms: u64) {
        self.expire_on(queue, now_ms, Some(Way::new(now_ms)), EXPIRED_BATCHES_MAX);
    }

    /// The same as a step on the way of a message that came; none where that way ends: queues that
    /// send each other what expires at once would never come to an end. Whoever finds somebody else
    /// at it leaves it to him.
    pub(super) fn expire_on(&self, queue: &Queue, now_ms: u64, way: Option<Way>, batches: usize) {
        if way.is_none() && queue.settings().dead_letter.is_some() {
            // It tells of its deaths, so that it goes round for a while at the most: its time has
            // come in the agenda as well.
            return;
        }
        let Some(_turn) = queue.begin_expiring() else { return };
        for _ in 0..batches {
            // They leave here and enter elsewhere in one piece.
            let (has_more, _) = store::turn(|| self.expire_batch(queue, now_ms, way));
            if !has_more {
                return;
            }
        }
    }

    fn expire_batch(&self, queue: &Queue, now_ms: u64, way: Option<Way>) -> bool {
        let (expired, dropped) = queue.expire(now_ms);
        if expired.is_empty() && dropped.is_empty() {
            return false;
        }
        let Some(way) = way else {
            self.lose_dead_letters(queue, expired.len() + dropped.len());
            return false;
        };
        self.dead_letter_on(queue, &dropped, DeadLetterReason::MaxLength, way);
        self.dead_letter_on(queue, &expired, DeadLetterReason::Expired, way);
        true
    }

    /// The same as a step on the way of what made them dead letters.
    pub(super) fn dead_letter_on(
        &self,
        queue: &Queue,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        way: Way,
    ) {
        if messages.is_empty() {
            return;
        }
        if let Some(target) = &queue.settings().dead_letter {
            return self.bury(queue, target, messages, reason, way);
        }
        let Some(alternate) = queue.alternate() else { return };
        queue.count_dead_letters(messages.len() as u64);
        if reason != DeadLetterReason::Expired {
            return self.publish_anew(queue.name(), alternate, messages, way);
        }
        // It would expire again wherever it came to: time to live ends with the queue it ended in.
        let lasting: Vec<Arc<Message>> =
            messages.iter().map(|message| Arc::new(message.without_expiry())).collect();
        self.publish_anew(queue.name(), alternate, &lasting, way);
    }

    /// Publishes dead letters to the exchange that their queue names, if there is one.
    fn bury(
        &self,
        queue: &Queue,
        target: &DeadLetterTarget,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        way: Way,
    ) {
        let Some(exchange) = self.find_exchange(&target.exchange) else {
            return self.lose_dead_letters(queue, messages.len());
        };
        let death = Death {
            queue: queue.name(),
            reason: reason.word(),
            exchange: &target.exchange,
            routing_key: target.routing_key.as_deref(),
            time_s: unix_ns() / 1_000_000_000,
        };
        let letters = messages.iter().map(|message| Arc::new(with_death(message, &death)));
        let letters: Vec<Arc<Message>> = letters.collect();
        let way = if reason == DeadLetterReason::Rejected { way } else { way.dropping_cycles() };
        queue.count_dead_letters(messages.len() as u64);
        // Whoever was to have a copy has one of the dead letter as well.
        let further_keys = letters.iter().map(|letter| further_keys(letter)).enumerate();
        let further_keys: Vec<_> = further_keys.filter(|(_, keys)| !keys.is_empty()).collect();
        let batch = Batch { messages: &letters, start: 0, further_keys: &further_keys };
        self.publish_batch_anew(queue.name(), &exchange, batch, way);
    }

    /// There is nowhere to go for dead letters.
    pub(super) fn lose_dead_letters(&self, queue: &Queue, count: usize) {
        debug!("{count} dead letters from queue '{}' are lost", queue.name());
        self.totals.count_lost(count as u64);
    }
}
