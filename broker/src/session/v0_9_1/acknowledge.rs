//! What a client says of its deliveries: acknowledged, rejected, back to the queue.
//!
//! Invariant: a delivery that was acknowledged counts no more at once; its queue is told at the
//! end of the turn, of all of them together.

use philter_model::queue::EntryId;
use philter_protocol::v0_9_1::method::basic;

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
pub(super) struct Tags {
    first: u32,
    last: u32,
}

impl Connection {
    /// basic.ack.
    pub(super) fn acknowledge(&mut self, channel: u16, tag: u64, is_multiple: bool) -> Outcome {
        self.settle_or_keep(channel, tag, is_multiple, Verdict::Accepted)
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
        if let Mode::Transaction(transaction) = &mut state.mode {
            return transaction.settle(tags, verdict);
        }
        self.settle(channel, tags, verdict);
        Ok(())
    }

    /// basic.recover: everything that the channel holds goes back to its queues.
    pub(super) fn recover(&mut self, channel: u16, requeue: bool, is_answered: bool) -> Outcome {
        if !requeue {
            return Err(Failure::not_implemented("requeue=false"));
        }
        if let Some(all) = self.channel(channel)?.tags_up_to(u64::MAX) {
            self.settle(channel, all, Verdict::Requeued);
        }
        let ok = basic::RecoverOk {};
        self.answer(channel, !is_answered, ok.into());
        Ok(())
    }

    /// Settles deliveries.
    pub(super) fn settle(&mut self, channel: u16, tags: Tags, verdict: Verdict) {
        let Some(state) = self.channels.get_mut(&channel) else { return };
        let mut settled = Vec::new();
        state.unsettled.settle(tags.first, tags.last, |_, _| true, &mut settled);
        let mut freed: Vec<u64> = Vec::new();
        for (_, held) in &settled {
            let Some(number) = held.consumer else { continue };
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
    fn tags_of(&mut self, tag: u64, is_multiple: bool) -> Outcome<Option<Tags>> {
        if is_multiple && tag == 0 {
            return Ok(self.tags_up_to(u64::MAX));
        }
        let key = key_of(tag);
        let one = Some(Tags { first: key, last: key });
        let tags = if is_multiple { self.tags_up_to(tag) } else { one };
        let is_sent = tag > 0 && tag < self.next_tag && self.next_tag - tag < 1 << 31;
        let is_there = |tags: &Tags| is_sent && self.unsettled.has_any(tags.first, tags.last);
        match tags.filter(is_there) {
            Some(tags) => Ok(Some(tags)),
            None => Err(Failure::precondition(format!("unknown delivery tag {tag}"))),
        }
    }

    /// All that wait, up to this one; none where none waits.
    fn tags_up_to(&self, tag: u64) -> Option<Tags> {
        let (first, _) = self.unsettled.first()?;
        Some(Tags { first, last: key_of(tag.min(self.next_tag)) })
    }
}
