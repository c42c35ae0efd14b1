//! What clients say of transfers: completed, accepted, released, rejected, acquired.

use std::sync::Arc;

use philter_model::queue::EntryId;
use philter_protocol::v0_10::RangeSet;
use philter_protocol::v0_10::structs::{MessageAcquireResult, encode_struct};

use super::association::Associations;
use super::connection::Connection;
use super::failure::Outcome;
use super::session::{Held, Session};
use crate::net::Token;
use crate::virtual_host::DeadLetterReason;

impl Connection {
    /// The client completed transfers: windows move, each id once. What was shown without a wish
    /// for an accept is forgotten.
    pub(super) fn window_completed(&mut self, channel: u16, commands: &RangeSet) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let mut completed = Vec::new();
        let mut shown = Vec::new();
        for (first, last) in commands.ranges() {
            session.windows.settle(first.0, last.0, |_, _| true, &mut completed);
            // A client says again and again what it completed: look only where there may be
            // something.
            if session.shown > shown.len() {
                let is_over = |_, held: &mut Held| held.is_accept_none && !held.is_acquired;
                session.held.settle(first.0, last.0, is_over, &mut shown);
            }
        }
        session.shown = session.shown.saturating_sub(shown.len());
        let mut moved = Vec::new();
        for (_, transfer) in completed {
            if let Some(consumer) = session.consumers.get_mut(&transfer.consumer) {
                consumer.credit.complete(transfer.bytes, transfer.epoch);
                if moved.last() != Some(&transfer.consumer) {
                    moved.push(transfer.consumer);
                }
            }
        }
        if session.is_silent {
            // Credit counts from the moment on when it goes on.
            return;
        }
        for number in &moved {
            if let Some(consumer) = session.consumers.get_mut(number) {
                consumer.attend();
            }
        }
        for number in moved {
            self.make_ready(Token { channel, consumer: number });
        }
    }

    /// Takes transfers out of a session's books; those that it holds are answered in runs that one
    /// call to a queue can settle.
    fn take_held(session: &mut Session, transfers: &RangeSet) -> Vec<Held> {
        let mut taken = Vec::new();
        for (first, last) in transfers.ranges() {
            session.held.settle(first.0, last.0, |_, _| true, &mut taken);
        }
        let shown = taken.iter().filter(|(_, held)| !held.is_acquired).count();
        session.shown = session.shown.saturating_sub(shown);
        session.record();
        taken.into_iter().map(|(_, held)| held).filter(|held| held.is_acquired).collect()
    }

    /// Transfers are accepted: at once, or with the commit.
    pub(super) fn accept(&mut self, channel: u16, transfers: &RangeSet) -> Outcome {
        let session = self.session(channel)?;
        if let Some(transaction) = &mut session.transaction {
            return transaction.accept(transfers);
        }
        if let Some(work) = session.dtx.as_ref().and_then(Associations::work) {
            let work = Arc::clone(work);
            return self.accept_under(channel, transfers, &work);
        }
        self.for_runs(channel, transfers, |first, entries| {
            first.queue.accept(first.consumer, entries);
        });
        Ok(())
    }

    pub(super) fn release(&mut self, channel: u16, transfers: &RangeSet, is_redelivered: bool) {
        let (host, now_ms) = (self.host.clone(), self.now_ms);
        self.for_runs(channel, transfers, |first, entries| {
            host.release(&first.queue, first.consumer, entries, is_redelivered, now_ms);
        });
    }

    pub(super) fn reject(&mut self, channel: u16, transfers: &RangeSet) {
        let (host, now_ms) = (self.host.clone(), self.now_ms);
        self.for_runs(channel, transfers, |first, entries| {
            let rejected = first.queue.reject(first.consumer, entries);
            host.dead_letter(&first.queue, &rejected, DeadLetterReason::Rejected, now_ms);
        });
    }

    pub(super) fn for_runs(
        &mut self,
        channel: u16,
        transfers: &RangeSet,
        mut settle: impl FnMut(&Held, &[EntryId]),
    ) {
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let held = Self::take_held(session, transfers);
        for run in held.chunk_by(Held::is_alike) {
            if let Some(first) = run.first() {
                let entries: Vec<EntryId> = run.iter().map(|held| held.entry).collect();
                settle(first, &entries);
            }
        }
    }

    /// Takes over transfers that were shown; answers with those that were still free. Where no
    /// accept will come they leave their queue for good.
    pub(super) fn acquire(&mut self, channel: u16, transfers: &RangeSet) -> Vec<u8> {
        let mut acquired = RangeSet::default();
        let Some(session) = self.sessions.get_mut(&channel) else { return Vec::new() };
        let mut done = Vec::new();
        let mut acquired_count = 0;
        let mut take = |id: u32, held: &mut Held| {
            let is_taken =
                !held.is_acquired && !held.queue.acquire(held.consumer, &[held.entry]).is_empty();
            if is_taken {
                acquired.add(philter_protocol::v0_10::CommandId(id));
                held.is_acquired = true;
                acquired_count += 1;
            }
            is_taken && held.is_accept_none
        };
        for (first, last) in transfers.ranges() {
            session.held.settle(first.0, last.0, &mut take, &mut done);
        }
        session.shown = session.shown.saturating_sub(acquired_count);
        for (_, held) in done {
            held.queue.accept(held.consumer, &[held.entry]);
        }
        encode_struct(&MessageAcquireResult { transfers: acquired })
    }
}
