//! What a transaction did so far and what waits for its end: messages to be published, and entries
//! of queues that were accepted.
//!
//! Invariants:
//! - nothing is routed and nothing leaves its queue before the end: who ends it takes it all;
//! - it holds at most [`MESSAGES_MAX`] messages of [`BYTES_MAX`] bytes and [`ENTRIES_MAX`]
//!   entries;
//! - work that is over takes nothing more.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{ConsumerId, EntryId};

use crate::long_work::in_steps;
use crate::store::{BranchWriter, Leaves};
use crate::virtual_host::limits::{
    WORK_BYTES_MAX as BYTES_MAX, WORK_ENTRIES_MAX as ENTRIES_MAX, WORK_MESSAGES_MAX as MESSAGES_MAX,
};
use crate::virtual_host::room::together;
use crate::virtual_host::{Error, Exchange, Found, Queue, Refused, VirtualHost};

/// Entries that one call to their queue can settle.
#[derive(Clone)]
pub(crate) struct Accepted {
    /// Where they are.
    pub(crate) queue: Arc<Queue>,
    /// Who took them.
    pub(crate) consumer: ConsumerId,
    /// Which.
    pub(crate) entries: Vec<EntryId>,
}

/// Entries that were not taken: they are the caller's as before.
pub(crate) struct NotTaken {
    /// They.
    pub(crate) accepted: Accepted,
    /// The limit; none where the work is over.
    pub(crate) why: Option<Error>,
}

/// What a transaction did so far.
#[derive(Default)]
pub(crate) struct Work {
    published: Vec<(Arc<Exchange>, Vec<Arc<Message>>)>,
    messages: usize,
    bytes: u64,
    accepted: Vec<Accepted>,
    entries: usize,
    is_over: bool,
    /// Its entries left their queues before, and the store did not hear of it.
    has_left: bool,
}

impl Work {
    /// Whether there is nothing to commit.
    pub(crate) fn is_empty(&self) -> bool {
        self.messages == 0 && self.entries == 0
    }

    /// What is to be published.
    #[cfg(test)]
    pub(super) fn published(&self) -> &[(Arc<Exchange>, Vec<Arc<Message>>)] {
        &self.published
    }

    /// Bytes of the messages that are to be published.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether there is something to publish.
    pub(crate) fn publishes(&self) -> bool {
        self.messages > 0
    }

    /// Keeps messages for the commit. Those of work that is over are dropped.
    ///
    /// # Errors
    /// It would be too large.
    pub(crate) fn publish(
        &mut self,
        exchange: &Arc<Exchange>,
        messages: &mut Vec<Arc<Message>>,
    ) -> Result<(), Error> {
        if self.is_over {
            messages.clear();
            return Ok(());
        }
        self.messages += messages.len();
        self.bytes += messages.iter().map(|message| message.size()).sum::<u64>();
        if self.messages > MESSAGES_MAX || self.bytes > BYTES_MAX {
            return Err(too_large(format!("{MESSAGES_MAX} messages or {BYTES_MAX} bytes")));
        }
        match self.published.last_mut() {
            Some((last, batch)) if Arc::ptr_eq(last, exchange) => batch.append(messages),
            _ => self.published.push((Arc::clone(exchange), std::mem::take(messages))),
        }
        Ok(())
    }

    /// Takes accepted entries over.
    ///
    /// # Errors
    /// It would be too large, or it is over.
    pub(crate) fn accept(&mut self, accepted: Accepted) -> Result<(), NotTaken> {
        if self.is_over {
            return Err(NotTaken { accepted, why: None });
        }
        let entries = self.entries + accepted.entries.len();
        if entries > ENTRIES_MAX {
            let why = Some(too_large(format!("{ENTRIES_MAX} accepted messages")));
            return Err(NotTaken { accepted, why });
        }
        self.entries = entries;
        match self.accepted.last_mut() {
            Some(last)
                if Arc::ptr_eq(&last.queue, &accepted.queue)
                    && last.consumer == accepted.consumer =>
            {
                last.entries.extend(accepted.entries);
            }
            _ => self.accepted.push(accepted),
        }
        Ok(())
    }

    /// Messages and entries.
    pub(crate) fn len(&self) -> usize {
        self.messages + self.entries
    }

    /// Tells what a store has to know of it: entries that are stored, and all messages.
    pub(super) fn write(&self, writer: &mut BranchWriter) {
        for (exchange, messages) in &self.published {
            writer.published(exchange.name(), messages);
        }
        for Accepted { queue, entries, .. } in &self.accepted {
            queue.kept().iter().for_each(|kept| writer.accepted(kept.number(), entries));
        }
    }

    /// The same work whose entries have left their queues, while the store has them.
    pub(super) fn left_before(self) -> Self {
        Self { has_left: true, ..self }
    }

    /// Takes out what was done, to be finished.
    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Takes out what was done; nothing more is taken from now on.
    pub(super) fn close(&mut self) -> Self {
        std::mem::replace(self, Self { is_over: true, ..Self::default() })
    }
}

impl VirtualHost {
    /// Why what was published is refused; none where all of it fits.
    pub(crate) fn find_refusal_of(&self, work: &Work) -> Option<Refused> {
        self.find_refusal(&work.published)
    }

    /// Where what was published goes.
    ///
    /// # Errors
    /// It is refused.
    pub(crate) fn find_ways_of(&self, work: &Work) -> Result<Vec<Found>, Refused> {
        self.find_ways(together(&work.published))
    }

    /// Publishes what waits for it, all of it, as [`VirtualHost::find_ways_of`] found it. Answers
    /// the queues that hold their publishers back, and messages that a plugin failed on which had
    /// to be asked once more, and had not failed before.
    pub(crate) fn publish_work(
        &self,
        work: &Work,
        found: &[Found],
        now_ms: u64,
    ) -> (Vec<Arc<Queue>>, Vec<Refused>) {
        let (mut held, mut failed) = (Vec::new(), Vec::new());
        for ((exchange, messages), found) in work.published.iter().zip(found) {
            let published = self.publish_in_transaction(exchange, messages, found, now_ms);
            held.extend(published.held.into_iter().map(|(_, queue)| queue));
            failed.extend(published.refused);
        }
        (held, failed)
    }

    /// What was accepted leaves its queues for good.
    pub(super) fn accept_work(&self, work: &Work) {
        in_steps(work.entries, || {
            for Accepted { queue, consumer, entries } in &work.accepted {
                queue.accept_in_transaction(*consumer, entries);
                if work.has_left
                    && let Some(kept) = queue.kept()
                {
                    kept.ledger().delete(kept.number(), entries, Leaves::WithTheRest);
                }
            }
        });
    }

    /// Forgets what was published, and gives back what was accepted.
    pub(super) fn roll_back(&self, work: Work, now_ms: u64) {
        in_steps(work.entries + work.messages, || {
            for accepted in &work.accepted {
                self.give_back(accepted, now_ms);
            }
            drop(work);
        });
    }

    /// Gives entries back to their queue, marked as redelivered; one that was deleted has none.
    pub(crate) fn give_back(&self, accepted: &Accepted, now_ms: u64) {
        let Accepted { queue, consumer, entries } = accepted;
        self.release(queue, *consumer, entries, true, now_ms);
    }
}

fn too_large(limit: String) -> Error {
    Error::LimitExceeded(format!("the transaction would go past {limit}, which is the limit"))
}
