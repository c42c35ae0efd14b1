//! Local transactions (class tx): messages and acknowledgements that take effect together at
//! commit, or not at all.
//!
//! Invariants:
//! - nothing that was published is routed, and nothing that was settled leaves its channel, before
//!   the commit;
//! - a transaction holds at most [`MESSAGES_MAX`] messages of [`BYTES_MAX`] bytes.

use std::sync::Arc;

use philter_model::message::Message;
use philter_protocol::v0_9_1::method::tx;

use super::acknowledge::{Tags, Verdict};
use super::channel::Mode;
use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::publish::Messages;
use crate::virtual_host::Exchange;

/// Messages of one transaction: what is more is no unit of work, and would keep every queue busy
/// when it is committed.
const MESSAGES_MAX: usize = 1_000_000;

/// Bytes of one transaction's messages, headers included: two of the largest.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Acknowledgements in one transaction; who acknowledges all together has one.
const SETTLED_MAX: usize = 65_536;

/// What a transaction under way has done so far.
#[derive(Default)]
pub(super) struct Transaction {
    published: Vec<(Arc<Exchange>, Messages)>,
    messages: usize,
    bytes: u64,
    settled: Vec<(Tags, Verdict)>,
}

impl Transaction {
    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.messages == 0 && self.settled.is_empty()
    }

    /// Keeps messages for the commit.
    pub(super) fn publish(&mut self, exchange: &Arc<Exchange>, messages: Messages) -> Outcome {
        self.messages += messages.list.len();
        self.bytes += messages.list.iter().map(|message| message.size()).sum::<u64>();
        if self.messages > MESSAGES_MAX || self.bytes > BYTES_MAX {
            return Err(too_large(format!("{MESSAGES_MAX} messages or {BYTES_MAX} bytes")));
        }
        self.published.push((Arc::clone(exchange), messages));
        Ok(())
    }

    /// Keeps acknowledgements for the commit.
    pub(super) fn settle(&mut self, tags: Tags, verdict: Verdict) -> Outcome {
        self.settled.push((tags, verdict));
        if self.settled.len() > SETTLED_MAX {
            return Err(too_large(format!("{SETTLED_MAX} acknowledgements")));
        }
        Ok(())
    }
}

fn too_large(limit: String) -> Failure {
    Failure::exhausted(format!("the transaction would go past {limit}, which is the limit"))
}

impl Connection {
    /// tx.select: from now on messages and acknowledgements wait for a commit.
    pub(super) fn select_transactions(&mut self, channel: u16) -> Outcome {
        let state = self.channel(channel)?;
        match state.mode {
            Mode::Plain => {
                state.mode = Mode::Transaction(Box::default());
                state.live.begin_transactions();
            }
            Mode::Transaction(_) => {}
            Mode::Confirm(_) => {
                return Err(Failure::precondition("cannot switch from confirm to tx mode"));
            }
        }
        self.answer(channel, false, tx::SelectOk {}.into());
        Ok(())
    }

    /// tx.commit: publishes, then settles. Nothing of it takes effect where a queue has no room.
    pub(super) fn commit(&mut self, channel: u16) -> Outcome {
        let transaction = self.take_transaction(channel)?;
        let batches: Vec<(Arc<Exchange>, Vec<Arc<Message>>)> = transaction
            .published
            .iter()
            .map(|(exchange, messages)| (Arc::clone(exchange), messages.list.clone()))
            .collect();
        if let Some(refused) = self.host.find_refusal(&batches) {
            return Err(Failure::precondition(format!(
                "tx.commit: queue '{}' is full: a message would go past {}",
                refused.queue, refused.limit
            )));
        }
        for (exchange, messages) in &transaction.published {
            let (list, keys) = (&messages.list, &messages.keys);
            let published =
                self.host.publish_each_in_transaction(exchange, list, keys, self.now_ms);
            self.tell_published(channel, messages, &published);
        }
        for (tags, verdict) in transaction.settled {
            self.settle(channel, tags, verdict);
        }
        self.settle_accepted();
        self.look_at_memory();
        self.channel(channel)?.live.end_transaction(true);
        self.answer(channel, false, tx::CommitOk {}.into());
        Ok(())
    }

    /// tx.rollback: forgets messages and acknowledgements. What was settled is held by the channel
    /// as before.
    pub(super) fn rollback(&mut self, channel: u16) -> Outcome {
        self.take_transaction(channel)?;
        self.channel(channel)?.live.end_transaction(false);
        self.answer(channel, false, tx::RollbackOk {}.into());
        Ok(())
    }

    /// Takes what the transaction did; the next begins.
    fn take_transaction(&mut self, channel: u16) -> Outcome<Transaction> {
        match &mut self.channel(channel)?.mode {
            Mode::Transaction(transaction) => Ok(std::mem::take(&mut **transaction)),
            _ => Err(Failure::precondition("channel is not transactional")),
        }
    }
}
