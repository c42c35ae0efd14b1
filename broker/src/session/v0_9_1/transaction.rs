//! Local transactions (class tx): messages and acknowledgements that take effect together at
//! commit, or not at all.
//!
//! Invariants:
//! - nothing that was published is routed, and nothing that was settled leaves its queue, before
//!   the commit;
//! - what was settled is the transaction's until the commit, or until a rollback gives it back to
//!   its channel;
//! - the transactions of a connection hold at most [`MESSAGES_MAX`] messages of [`BYTES_MAX`]
//!   bytes.

use std::sync::Arc;

use philter_protocol::v0_9_1::method::tx;

use super::acknowledge::Verdict;
use super::channel::{Held, Mode};
use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::publish::Messages;
use crate::store;
use crate::virtual_host::{Exchange, Refusal, Refused, Together};

/// Messages of one transaction: what is more is no unit of work, and would keep every queue busy
/// when it is committed.
const MESSAGES_MAX: usize = 1_000_000;

/// Bytes of the messages of all transactions of a connection, headers included: two of the largest.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a transaction under way has done so far.
#[derive(Default)]
pub(super) struct Transaction {
    published: Vec<(Arc<Exchange>, Messages)>,
    messages: usize,
    bytes: u64,
    settled: Vec<(Verdict, Vec<(u32, Held)>)>,
}

impl Transaction {
    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.messages == 0 && self.settled.is_empty()
    }

    /// Keeps messages for the commit.
    fn publish(&mut self, exchange: &Arc<Exchange>, messages: Messages, bytes: u64) {
        self.messages += messages.list.len();
        self.bytes += bytes;
        self.published.push((Arc::clone(exchange), messages));
    }

    /// Keeps deliveries for the commit.
    pub(super) fn settle(&mut self, verdict: Verdict, settled: Vec<(u32, Held)>) {
        self.settled.push((verdict, settled));
    }

    /// Gives up; answers the deliveries that it holds.
    pub(super) fn into_held(self) -> impl Iterator<Item = (u32, Held)> {
        self.settled.into_iter().flat_map(|(_, settled)| settled)
    }
}

impl Connection {
    /// Keeps messages of a channel's transaction for the commit.
    pub(super) fn publish_later(
        &mut self,
        channel: u16,
        exchange: &Arc<Exchange>,
        messages: Messages,
    ) -> Outcome {
        self.pressure.has_unconfirmed = true;
        let bytes: u64 = messages.list.iter().map(|message| message.size()).sum();
        let of = |mode: &Mode| match mode {
            Mode::Transaction(transaction) => transaction.bytes,
            Mode::Plain | Mode::Confirm(_) => 0,
        };
        let all: u64 = self.channels.values().map(|state| of(&state.mode)).sum();
        let Mode::Transaction(transaction) = &mut self.channel(channel)?.mode else {
            return Ok(());
        };
        let count = transaction.messages + messages.list.len();
        if count > MESSAGES_MAX || all + bytes > BYTES_MAX {
            return Err(Failure::exhausted(format!(
                "transactions would go past {MESSAGES_MAX} messages, or {BYTES_MAX} bytes on one \
                 connection"
            )));
        }
        transaction.publish(exchange, messages, bytes);
        Ok(())
    }

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

    /// tx.commit: publishes, then settles. Nothing of it takes effect where a queue has no room, or
    /// a plugin fails on a message. What has to be asked once more when that is settled, behind an
    /// exchange which numbers messages, may fail then: all else has taken effect.
    pub(super) fn commit(&mut self, channel: u16) -> Outcome {
        let mut found = Vec::new();
        let mode = self.channels.get(&channel).map(|state| &state.mode);
        if let Some(Mode::Transaction(transaction)) = mode {
            let together = transaction.published.iter().map(|(exchange, messages)| Together {
                exchange,
                messages: &messages.list,
                further_keys: &messages.keys,
            });
            let together: Vec<Together<'_>> = together.collect();
            found = self.host.find_ways(together).map_err(|refused| refusal(&refused))?;
        }
        let Transaction { published, messages, bytes, settled } = self.take_transaction(channel)?;
        let count = messages + settled.iter().map(|(_, settled)| settled.len()).sum::<usize>();
        if let Some(limit) = self.host.limit_of_commit(count, bytes) {
            return Err(Failure::precondition(format!("tx.commit: it would have about {limit}")));
        }
        store::begin_commit();
        let mut failed = None;
        for ((exchange, messages), found) in published.iter().zip(&found) {
            let (list, keys) = (&messages.list, &messages.keys);
            let (host, now_ms) = (&self.host, self.now_ms);
            let outcome = host.publish_each_in_transaction(exchange, list, keys, found, now_ms);
            self.tell_published(channel, messages, &outcome);
            failed = failed.or(outcome.refused.into_iter().next());
        }
        for (verdict, settled) in settled {
            self.conclude_deliveries(channel, verdict, settled);
        }
        self.settle_accepted();
        self.look_at_memory();
        store::await_turn();
        self.channel(channel)?.live.end_transaction(true);
        if let Some(refused) = failed {
            return Err(refusal(&refused));
        }
        self.answer(channel, false, tx::CommitOk {}.into());
        Ok(())
    }

    /// tx.rollback: forgets messages and acknowledgements. What was settled is held by the channel
    /// as before.
    pub(super) fn rollback(&mut self, channel: u16) -> Outcome {
        let transaction = self.take_transaction(channel)?;
        let state = self.channel(channel)?;
        for (key, held) in transaction.into_held() {
            state.unsettled.put_back(key, held);
        }
        state.record();
        state.live.end_transaction(false);
        self.answer(channel, false, tx::RollbackOk {}.into());
        Ok(())
    }

    /// Takes what the transaction did; the next begins.
    fn take_transaction(&mut self, channel: u16) -> Outcome<Transaction> {
        match &mut self.channel(channel)?.mode {
            Mode::Transaction(transaction) => Ok(std::mem::take(&mut **transaction)),
            Mode::Plain | Mode::Confirm(_) => {
                Err(Failure::precondition("channel is not transactional"))
            }
        }
    }
}

fn refusal(refused: &Refused) -> Failure {
    let text = format!("tx.commit: {}", refused.why);
    match refused.why {
        Refusal::Full { .. } => Failure::precondition(text),
        Refusal::Undecided(_) => Failure::of_plugin(text),
    }
}
