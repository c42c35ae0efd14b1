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
//! - one that a plugin fails on waits in its queue as well, no entry of it any more, and is tried
//!   again: see [`VirtualHost::try_stranded`];
//! - nobody is told of a dead letter that is lost on its way; it is counted.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{ConsumerId, DeadLetterTarget, EntryId, StrandedLetter};
use tracing::{debug, error};

use crate::clock::unix_ns;
use crate::message::death::{Death, with_death};
use crate::message::further_keys;
use crate::store;
use crate::virtual_host::limits::{
    EXPIRED_BATCHES_MAX, STRANDED_BATCH_MAX, STRANDED_BATCH_MIN, STRANDED_IN_VAIN_MAX,
};
use crate::virtual_host::publish::Way;
use crate::virtual_host::reach::Batch;
use crate::virtual_host::{DeadLetterReason, Queue, Refused, VirtualHost};

impl VirtualHost {
    /// Messages that left a queue go where its dead letters go, or are dropped.
    pub(crate) fn dead_letter(
        &self,
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        now_ms: u64,
    ) {
        self.dead_letter_on(queue, messages, reason, Way::new(now_ms));
    }

    /// Entries go back to their places; those that came back too often are dead letters.
    pub(crate) fn release(
        &self,
        queue: &Arc<Queue>,
        consumer: ConsumerId,
        ids: &[EntryId],
        is_redelivered: bool,
        now_ms: u64,
    ) {
        let worn_out = queue.release(consumer, ids, is_redelivered);
        self.dead_letter(queue, &worn_out, DeadLetterReason::DeliveryLimit, now_ms);
    }

    /// Moves on what has expired in a queue, and what limits dropped.
    pub(crate) fn expire_queue(&self, queue: &Arc<Queue>, now_ms: u64) {
        self.expire_on(queue, now_ms, Some(Way::new(now_ms)), usize::MAX);
    }

    /// The same for some of it, so that others have their turn; the agenda comes back for the rest.
    pub(super) fn expire_some(&self, queue: &Arc<Queue>, now_ms: u64) {
        self.expire_on(queue, now_ms, Some(Way::new(now_ms)), EXPIRED_BATCHES_MAX);
    }

    /// The same as a step on the way of a message that came; none where that way ends: queues that
    /// send each other what expires at once would never come to an end. Whoever finds somebody else
    /// at it leaves it to him.
    pub(super) fn expire_on(
        &self,
        queue: &Arc<Queue>,
        now_ms: u64,
        way: Option<Way>,
        batches: usize,
    ) {
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

    fn expire_batch(&self, queue: &Arc<Queue>, now_ms: u64, way: Option<Way>) -> bool {
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
        queue: &Arc<Queue>,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        way: Way,
    ) {
        let undecided = self.send_on(queue, messages, reason, way);
        let Some(first) = undecided.first() else { return };
        let stranded = undecided.iter().filter_map(|refused| messages.get(refused.index));
        let lost = queue.strand(stranded, reason, way.now_ms);
        self.lose_undecided(queue.name(), "dead letters", lost, first);
    }

    /// Tries some of the dead letters again that are stranded in a queue, each in its turn: few at
    /// a time, so that a plugin which fails on some says which, and more where all go on. It ends
    /// after some batches of which none goes on: that costs no other queue its time.
    pub(super) fn try_stranded(&self, queue: &Arc<Queue>, way: Way) {
        let (mut count, mut in_vain) = (STRANDED_BATCH_MIN, 0);
        let mut left = queue.stranded();
        for _ in 0..EXPIRED_BATCHES_MAX {
            let letters = queue.take_stranded(count.min(left));
            let tried = letters.len();
            left -= tried;
            match self.try_letters(queue, letters, way) {
                0 if tried == 0 || in_vain == STRANDED_IN_VAIN_MAX => return,
                0 => in_vain += 1,
                gone if gone == tried => count = (2 * count).min(STRANDED_BATCH_MAX),
                _ => count = STRANDED_BATCH_MIN,
            }
        }
    }

    /// Tries all dead letters a last time that are stranded in a deleted queue.
    pub(super) fn end_stranded(&self, queue: &Arc<Queue>, way: Way) {
        loop {
            let letters = queue.take_stranded(STRANDED_BATCH_MAX);
            if letters.is_empty() {
                return;
            }
            self.try_letters(queue, letters, way);
        }
    }

    /// Tries letters of one reason again; how many of them went on.
    fn try_letters(&self, queue: &Arc<Queue>, letters: Vec<StrandedLetter>, way: Way) -> usize {
        let Some(reason) = letters.first().map(|letter| letter.reason) else { return 0 };
        let messages: Vec<_> = letters.iter().map(|letter| Arc::clone(&letter.message)).collect();
        let undecided = self.send_on(queue, &messages, reason, way);
        let mut failed = undecided.iter().map(|refused| refused.index).peekable();
        let (failed, gone): (Vec<_>, Vec<_>) = letters
            .into_iter()
            .enumerate()
            .partition(|(index, _)| failed.next_if_eq(index).is_some());
        let letters = |all: Vec<(usize, _)>| all.into_iter().map(|(_, letter)| letter).collect();
        let went_on = gone.len();
        let lost = queue.end_trying(letters(gone), letters(failed), way.now_ms);
        if let Some(first) = undecided.first() {
            self.lose_undecided(queue.name(), "dead letters", lost, first);
        }
        went_on
    }

    /// Sends dead letters where those of their queue go, or drops them. Answers those that a plugin
    /// failed on, each once, in order: they are nowhere.
    #[must_use]
    fn send_on(
        &self,
        queue: &Queue,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        way: Way,
    ) -> Vec<Refused> {
        if messages.is_empty() {
            return Vec::new();
        }
        let undecided = if let Some(target) = &queue.settings().dead_letter {
            self.bury(queue, target, messages, reason, way)
        } else if let Some(alternate) = queue.alternate() {
            match reason {
                // It would expire again wherever it came to: time to live ends with the queue it
                // ended in.
                DeadLetterReason::Expired => {
                    let lasting = messages.iter().map(|message| Arc::new(message.without_expiry()));
                    let lasting: Vec<Arc<Message>> = lasting.collect();
                    Some(self.publish_anew(queue.name(), alternate, &lasting, way))
                }
                _ => Some(self.publish_anew(queue.name(), alternate, messages, way)),
            }
        } else {
            None
        };
        let Some(undecided) = undecided else { return Vec::new() };
        queue.count_dead_letters(messages.len().saturating_sub(undecided.len()) as u64);
        undecided
    }

    /// Publishes dead letters to the exchange that their queue names; none where there is none.
    fn bury(
        &self,
        queue: &Queue,
        target: &DeadLetterTarget,
        messages: &[Arc<Message>],
        reason: DeadLetterReason,
        way: Way,
    ) -> Option<Vec<Refused>> {
        let Some(exchange) = self.find_exchange(&target.exchange) else {
            self.lose_dead_letters(queue, messages.len());
            return None;
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
        // Whoever was to have a copy has one of the dead letter as well.
        let further_keys = letters.iter().map(|letter| further_keys(letter)).enumerate();
        let further_keys: Vec<_> = further_keys.filter(|(_, keys)| !keys.is_empty()).collect();
        let batch = Batch { messages: &letters, start: 0, further_keys: &further_keys };
        Some(self.publish_batch_anew(queue.name(), &exchange, batch, way))
    }

    /// There is nowhere to go for dead letters.
    pub(super) fn lose_dead_letters(&self, queue: &Queue, count: usize) {
        debug!("{count} dead letters from queue '{}' are lost", queue.name());
        self.totals.count_lost(count as u64);
    }

    /// So many messages of a queue are lost that a plugin failed on, one of them like `first`.
    pub(super) fn lose_undecided(&self, queue: &str, what: &str, count: usize, first: &Refused) {
        if count == 0 {
            return;
        }
        self.totals.count_lost(count as u64);
        error!("queue '{queue}': {count} {what} are lost: {}", first.why);
    }
}
