//! Local transactions (0-10, class tx): transfers and accepts that take effect together at commit,
//! or not at all.
//!
//! Invariants:
//! - nothing that was transferred is routed, and nothing that was accepted leaves its queue, before
//!   the commit;
//! - a transaction holds at most [`MESSAGES_MAX`] messages of [`BYTES_MAX`] bytes.

use std::sync::Arc;

use philter_model::message::Message;
use philter_protocol::v0_10::command::error_code;
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::withheld::Gate;
use crate::virtual_host::Exchange;

/// Messages of one transaction: what is more is no unit of work, and would keep every queue busy
/// when it is committed.
const MESSAGES_MAX: usize = 1_000_000;

/// Bytes of one transaction's messages, headers included: two of the largest.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Ranges of accepted transfers in one transaction; who accepts in order has one.
const RANGES_MAX: usize = 65_536;

/// What a transaction under way has done so far.
#[derive(Default)]
pub(super) struct Transaction {
    published: Vec<(Arc<Exchange>, Vec<Arc<Message>>)>,
    messages: usize,
    bytes: u64,
    accepted: RangeSet,
}

impl Transaction {
    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.messages == 0 && self.accepted.ranges().is_empty()
    }

    /// Keeps messages for the commit.
    pub(super) fn publish(
        &mut self,
        exchange: &Arc<Exchange>,
        messages: &mut Vec<Arc<Message>>,
    ) -> Outcome {
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

    /// Keeps accepts for the commit.
    pub(super) fn accept(&mut self, transfers: &RangeSet) -> Outcome {
        for (first, last) in transfers.ranges() {
            self.accepted.add_range(*first, *last);
        }
        if self.accepted.ranges().len() > RANGES_MAX {
            return Err(too_large(format!("{RANGES_MAX} ranges of accepted transfers")));
        }
        Ok(())
    }
}

fn too_large(limit: String) -> Failure {
    let text = format!("the transaction would go past {limit}, which is the limit");
    Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text)
}

impl Connection {
    /// tx.select: from now on transfers and accepts wait for a commit.
    pub(super) fn select_transactions(&mut self, channel: u16) -> Outcome {
        let session = self.session(channel)?;
        if session.transaction.is_some() {
            let text = "tx.select: transactions are selected already";
            return Err(Failure::new(error_code::ILLEGAL_STATE, text));
        }
        session.transaction = Some(Transaction::default());
        session.live.begin_transactions();
        Ok(())
    }

    /// tx.commit: publishes, then accepts. Nothing of it takes effect where a queue has no room.
    pub(super) fn commit(&mut self, channel: u16, id: CommandId) -> Outcome<bool> {
        let transaction = self.take_transaction(channel, "tx.commit")?;
        if let Some(refused) = self.host.find_refusal(&transaction.published) {
            return Err(super::publish::refusal(&refused));
        }
        let mut held = Vec::new();
        for (exchange, messages) in &transaction.published {
            let published = self.host.publish_in_transaction(exchange, messages, self.now_ms);
            if let Some(refused) = published.refused.first() {
                return Err(super::publish::refusal(refused));
            }
            held.extend(published.held.into_iter().map(|(_, queue)| (id, Gate::Queue(queue))));
        }
        self.for_runs(channel, &transaction.accepted, |first, entries| {
            first.queue.accept_in_transaction(first.consumer, entries);
        });
        self.session(channel)?.live.end_transaction(true);
        if self.host.memory().is_over() && transaction.messages > 0 {
            held.push((id, Gate::Memory(Arc::clone(self.host.memory()))));
        }
        Ok(!self.withhold(channel, held.into_iter()).is_empty())
    }

    /// tx.rollback: forgets transfers and accepts. What was accepted is held by the session as
    /// before, and may be accepted or released.
    pub(super) fn rollback(&mut self, channel: u16) -> Outcome {
        self.take_transaction(channel, "tx.rollback")?;
        self.session(channel)?.live.end_transaction(false);
        Ok(())
    }

    /// Takes what the transaction did; the next begins.
    fn take_transaction(&mut self, channel: u16, command: &str) -> Outcome<Transaction> {
        let transaction = self.session(channel)?.transaction.as_mut();
        transaction.map(std::mem::take).ok_or_else(|| {
            let text = format!("{command}: transactions were not selected in this session");
            Failure::new(error_code::ILLEGAL_STATE, text)
        })
    }
}
