//! Dead letters: what consumers refuse, what expires, what a limit drops and what comes back too
//! often goes on to another exchange, as far as its queue names one.
//!
//! A queue's dead letter exchange (`x-dead-letter-exchange`) is looked up by its name when a message
//! dies, and what goes there tells of its death. The alternate exchange (0-10) has to be there when
//! the queue is declared, and gets messages as they are. The first has precedence.
//!
//! Invariant: nobody is told of a dead letter that is lost on its way; it is counted.

use std::sync::Arc;

use philter_model::message::{Message, NewMessage};
use philter_model::queue::{ConsumerId, DeadLetterTarget, EntryId};
use tracing::debug;

use crate::virtual_host::publish::Way;
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
        self.expire_on(queue, now_ms, Some(Way::new(now_ms)));
    }

    /// The same as a step on the way of a message that was over when it came; none where that way
    /// ends: queues that send each other what expires at once would never come to an end.
    pub(super) fn expire_on(&self, queue: &Queue, now_ms: u64, way: Option<Way>) {
        loop {
            let (expired, dropped) = queue.expire(now_ms);
            if expired.is_empty() && dropped.is_empty() {
                return;
            }
            let Some(way) = way else {
                self.lose_dead_letters(queue, expired.len() + dropped.len());
                continue;
            };
            self.dead_letter_on(queue, &dropped, DeadLetterReason::MaxLength, way);
            self.dead_letter_on(queue, &expired, DeadLetterReason::Expired, way);
        }
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
            return self.publish_anew(queue, alternate, messages, way);
        }
        // It would expire again wherever it came to: time to live ends with the queue it ended in.
        let lasting: Vec<Arc<Message>> =
            messages.iter().map(|message| Arc::new(message.without_expiry())).collect();
        self.publish_anew(queue, alternate, &lasting, way);
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
        let letters: Vec<Arc<Message>> =
            messages.iter().map(|message| Arc::new(letter(message, target, reason))).collect();
        queue.count_dead_letters(messages.len() as u64);
        self.publish_anew(queue, &exchange, &letters, way);
    }

    /// There is nowhere to go for dead letters.
    pub(super) fn lose_dead_letters(&self, queue: &Queue, count: usize) {
        debug!("{count} dead letters from queue '{}' are lost", queue.name());
        self.totals.count_lost(count as u64);
    }
}

/// A dead letter as it goes on: to another exchange, by its own key or its queue's, and without a
/// time to live where that has ended.
fn letter(message: &Message, target: &DeadLetterTarget, reason: DeadLetterReason) -> Message {
    let body = message.body();
    let is_expired = reason == DeadLetterReason::Expired;
    let new = NewMessage {
        format: message.format(),
        exchange: Arc::clone(&target.exchange),
        routing_key: target.routing_key.as_deref().unwrap_or(message.routing_key()),
        publisher: Arc::clone(message.publisher()),
        header: message.header(),
        body: body.large,
        is_durable: message.is_durable(),
        priority: message.priority(),
        expires_at_ms: message.expires_at_ms().filter(|_| !is_expired),
    };
    let is_small = message.has_body() && body.large.is_empty();
    let made = if is_small { Message::copied(&new, body.small) } else { Message::new(&new) };
    made.over(message.connection())
}
