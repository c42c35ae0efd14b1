//! Local transactions (0-10, class tx): transfers and accepts that take effect together at commit,
//! or not at all.
//!
//! Invariants:
//! - nothing that was transferred is routed, and nothing that was accepted leaves its queue, before
//!   the commit;
//! - a session that selected them is not for distributed ones, and the other way about.

use std::sync::Arc;

use philter_model::message::Message;
use philter_protocol::v0_10::command::error_code;
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::session::Session;
use super::withheld::Gate;
use crate::store;
use crate::virtual_host::{Exchange, Queue, Work};

/// Ranges of accepted transfers in one transaction; who accepts in order has one.
const RANGES_MAX: usize = 65_536;

/// What a transaction under way has done so far.
#[derive(Default)]
pub(super) struct Transaction {
    work: Work,
    accepted: RangeSet,
}

impl Transaction {
    /// Whether there is nothing to commit.
    pub(super) fn is_empty(&self) -> bool {
        self.work.is_empty() && self.accepted.ranges().is_empty()
    }

    /// Keeps accepts for the commit.
    pub(super) fn accept(&mut self, transfers: &RangeSet) -> Outcome {
        for (first, last) in transfers.ranges() {
            self.accepted.add_range(*first, *last);
        }
        if self.accepted.ranges().len() > RANGES_MAX {
            let text = format!(
                "the transaction would go past {RANGES_MAX} ranges of accepted transfers, which is \
                 the limit"
            );
            return Err(Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text));
        }
        Ok(())
    }
}

impl Session {
    /// Keeps messages for the commit of what is under way; none where nothing is.
    pub(super) fn keep(
        &mut self,
        exchange: &Arc<Exchange>,
        messages: &mut Vec<Arc<Message>>,
    ) -> Option<Outcome> {
        let kept = if let Some(transaction) = &mut self.transaction {
            transaction.work.publish(exchange, messages)
        } else {
            self.dtx.as_ref()?.work()?.lock().publish(exchange, messages)
        };
        Some(kept.map_err(Failure::from))
    }
}

impl Connection {
    /// tx.select: from now on transfers and accepts wait for a commit.
    pub(super) fn select_transactions(&mut self, channel: u16) -> Outcome {
        let session = self.session(channel)?;
        let text = match (&session.transaction, &session.dtx) {
            (None, None) => {
                session.transaction = Some(Transaction::default());
                session.live.begin_transactions();
                return Ok(());
            }
            (Some(_), _) => "tx.select: transactions are selected already",
            (None, Some(_)) => "tx.select: the session is selected for distributed transactions",
        };
        Err(Failure::new(error_code::ILLEGAL_STATE, text))
    }

    /// tx.commit: publishes, then accepts. Nothing of it takes effect where a queue has no room, or
    /// a plugin fails on a message. What has to be asked once more when that is settled, behind an
    /// exchange which numbers messages, may fail then: all else has taken effect.
    pub(super) fn commit(&mut self, channel: u16, id: CommandId) -> Outcome<bool> {
        let Transaction { work, accepted } = self.take_transaction(channel, "tx.commit")?;
        let found = self.host.find_ways_of(&work);
        let found = found.map_err(|refused| super::publish::refusal(&refused))?;
        let accepts = accepted.iter().count();
        if let Some(limit) = self.host.limit_of_commit(work.len() + accepts, work.bytes()) {
            let text = format!("tx.commit: it would have about {limit}");
            return Err(Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text));
        }
        store::begin_commit();
        let (held, failed) = self.host.publish_work(&work, &found, self.now_ms);
        self.for_runs(channel, &accepted, |first, entries| {
            first.queue.accept_in_transaction(first.consumer, entries);
        });
        self.session(channel)?.live.end_transaction(true);
        if let Some(refused) = failed.first() {
            return Err(super::publish::refusal(refused));
        }
        Ok(self.withhold_commit(channel, id, held, work.publishes()))
    }

    /// Withholds the completion of a commit that published into queues which hold their publishers
    /// back, or while messages take too much memory; whether it has to wait.
    pub(super) fn withhold_commit(
        &mut self,
        channel: u16,
        id: CommandId,
        held: Vec<Arc<Queue>>,
        has_published: bool,
    ) -> bool {
        let memory = Arc::clone(self.host.memory());
        let is_over = has_published && memory.is_over();
        let queues = held.into_iter().map(Gate::Queue);
        let gates = queues.chain(is_over.then_some(Gate::Memory(memory)));
        !self.withhold(channel, gates.map(|gate| (id, gate))).is_empty()
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
