//! What a client says of its deliveries: acknowledged, rejected, back to the queue.
//!
//! Invariant: a delivery that was acknowledged counts no more at once; its queue is told at the
//! end of the turn, of all of them together.

use philter_model::queue::EntryId;
use philter_protocol::v0_9_1::method::basic;
use smallvec::SmallVec;

use super::channel::{Channel, Held, Mode, key_of};
use super::connection::Connection;
use super::failure::{Failure, Outcome};
use crate::net::Token;
use crate::virtual_host::DeadLetterReason;

/// What becomes of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are done.
    Accepted,
    /// They go back to their queues.
    Requeued,
    /// They are refused for good.
    Rejected,
}

/// Deliveries by their tags, which wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tags {
    first: u32,
    last: u32,
}

impl Connection {
    /// basic.ack: those of a turn are settled together, and end no batch of messages.
    pub(super) fn handle_ack(&mut self, channel: u16, tag: u64, is_multiple: bool) {
        let done = self.settle_or_keep(channel, tag, is_multiple, Verdict::Accepted);
        self.conclude(channel, (60, 80), done);
    }

    /// Settles deliveries now, or with the commit.
    pub(super) fn settle_or_keep(
        &mut self,
        channel: u16,
        tag: u64,
        is_multiple: bool,
        verdict: Verdict,
    ) -> Outcome {
        // What crossed the end of its channel means nothing.
        let Some(state) = self.channels.get_mut(&channel) else { return Ok(()) };
        let Some(tags) = state.tags_of(tag, is_multiple)? else { return Ok(()) };
        let mut settled = Vec::new();
        state.unsettled.settle(tags.first, tags.last, |_, _| true, &mut settled);
        if let Mode::Transaction(transaction) = &mut state.mode {
            transaction.settle(verdict, settled);
        } else {
            self.conclude_deliveries(channel, verdict, settled);
        }
        Ok(())
    }

    /// basic.recover: everything that the channel holds goes back to its queues.
    pub(super) fn recover(&mut self, channel: u16, requeue: bool, is_answered: bool) -> Outcome {
        if !requeue {
            return Err(Failure::not_implemented("requeue=false"));
        }
        let settled: Vec<(u32, Held)> = self.channel(channel)?.unsettled.drain().collect();
        self.conclude_deliveries(channel, Verdict::Requeued, settled);
        self.answer(channel, !is_answered, basic::RecoverOk {}.into());
        Ok(())
    }

    /// Deliveries that a channel held are settled for good.
    pub(super) fn conclude_deliveries(
        &mut self,
        channel: u16,
        verdict: Verdict,
        settled: Vec<(u32, Held)>,
    ) {
        let Some(state) = self.channels.get_mut(&channel) else { return };
        let mut freed = SmallVec::<[u64; 4]>::new();
        for number in settled.iter().filter_map(|(_, held)| held.consumer) {
            state.delivered = state.delivered.saturating_sub(1);
            if let Some(consumer) = state.consumers.get_mut(&number) {
                consumer.unsettled = consumer.unsettled.saturating_sub(1);
                if freed.last() != Some(&number) {
                    freed.push(number);
                }
            }
        }
        let is_shared = state.prefetch_all > 0;
        state.record();
        let settled = settled.into_iter().map(|(_, held)| held);
        match verdict {
            Verdict::Accepted => self.accepted.extend(settled),
            Verdict::Requeued | Verdict::Rejected => {
                let settled: Vec<Held> = settled.collect();
                self.give_back(&settled, verdict);
            }
        }
        if is_shared {
            self.attend_all(channel);
            return;
        }
        for consumer in freed {
            self.attend(Token { channel, consumer });
        }
    }

    /// Tells queues of what was acknowledged.
    pub(super) fn settle_accepted(&mut self) {
        if self.accepted.is_empty() {
            return;
        }
        let mut accepted = std::mem::take(&mut self.accepted);
        for_runs(&accepted, |first, entries| first.queue.accept(first.holder, entries));
        accepted.clear();
        self.accepted = accepted;
    }

    fn give_back(&self, held: &[Held], verdict: Verdict) {
        let (host, now_ms) = (&self.host, self.now_ms);
        for_runs(held, |Held { queue, holder, .. }, entries| match verdict {
            Verdict::Accepted => queue.accept(*holder, entries),
            Verdict::Requeued => host.release(queue, *holder, entries, true, now_ms),
            Verdict::Rejected => {
                let rejected = queue.reject(*holder, entries);
                host.dead_letter(queue, &rejected, DeadLetterReason::Rejected, now_ms);
            }
        });
    }
}

/// Calls once for each run of deliveries that a queue can settle together.
pub(super) fn for_runs(held: &[Held], mut settle: impl FnMut(&Held, &[EntryId])) {
    for run in held.chunk_by(Held::is_alike) {
        if let Some(first) = run.first() {
            let entries: Vec<EntryId> = run.iter().map(|held| held.entry).collect();
            settle(first, &entries);
        }
    }
}

impl Channel {
    /// What a tag stands for; none where all are meant and there are none.
    ///
    /// # Errors
    /// Nothing that waits has this tag.
    fn tags_of(&self, tag: u64, is_multiple: bool) -> Outcome<Option<Tags>> {
        let first = self.unsettled.first().map(|(first, _)| first);
        if is_multiple && tag == 0 {
            let last = key_of(self.next_tag.saturating_sub(1));
            return Ok(first.map(|first| Tags { first, last }));
        }
        let last = key_of(tag);
        let is_sent = tag > 0 && tag < self.next_tag && self.next_tag - tag < 1 << 31;
        if !is_sent || !self.unsettled.has_any(last, last) {
            return Err(Failure::precondition(format!("unknown delivery tag {tag}")));
        }
        let first = first.filter(|_| is_multiple).unwrap_or(last);
        Ok(Some(Tags { first, last }))
    }
}
