//! What management does with the messages of a queue: purge them, move them to another queue, or
//! route them again. Each in steps, so that no queue is locked for long.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::Removal;

use crate::long_work::in_steps;
use crate::virtual_host::publish::{Published, Way};
use crate::virtual_host::{
    DeadLetterReason, Error, Exchange, MessageMatch, Queue, Refusal, VirtualHost,
};

/// Where messages are routed again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reroute<'a> {
    /// Through the queue's alternate exchange.
    Alternate,
    /// Through this one.
    Exchange(&'a str),
}

impl VirtualHost {
    /// Drops messages that nobody holds, oldest first: at most `count`, or all for none. Answers
    /// how many.
    pub(crate) fn purge(&self, queue: &Queue, count: Option<usize>, which: &MessageMatch) -> usize {
        queue.wait_stored();
        in_steps(queue.len(), || {
            let mut purged = 0;
            let mut selection = queue.select(count.unwrap_or(usize::MAX), Removal::Purged);
            loop {
                if *which == MessageMatch::All {
                    let unread = selection.purge_away();
                    purged += unread;
                    if unread > 0 {
                        continue;
                    }
                }
                match selection.step(|message| which.matches(message)) {
                    Some(step) => purged += step.len(),
                    None => return purged,
                }
            }
        })
    }

    /// Moves messages that nobody holds to another queue, in order, past exchanges: at most
    /// `count`, or all for none. Answers how many.
    ///
    /// # Errors
    /// The other queue is full: what did not fit is back in the first one, at its end.
    pub(crate) fn move_messages(
        &self,
        from: &Arc<Queue>,
        to: &Arc<Queue>,
        count: Option<usize>,
        which: &MessageMatch,
        now_ms: u64,
    ) -> Result<usize, Error> {
        in_steps(from.len(), || self.move_in_steps(from, to, count, which, now_ms))
    }

    fn move_in_steps(
        &self,
        from: &Arc<Queue>,
        to: &Arc<Queue>,
        count: Option<usize>,
        which: &MessageMatch,
        now_ms: u64,
    ) -> Result<usize, Error> {
        let mut moved = 0;
        let mut selection = from.select(count.unwrap_or(usize::MAX), Removal::Moved);
        while let Some(step) = selection.step(|message| which.matches(message)) {
            let mut published = Published::default();
            self.deliver(to, &step, 0, Way::new(now_ms), &mut published);
            moved += step.len() - published.refused.len();
            if let Some(first) = published.refused.first() {
                let back = published.refused.iter().filter_map(|refused| step.get(refused.index));
                let back: Vec<Arc<Message>> = back.cloned().collect();
                self.bring_back(from, &back, now_ms);
                return Err(Error::LimitExceeded(match &first.why {
                    Refusal::Full { queue, limit } => {
                        format!("queue '{queue}' is full after {moved} messages: {limit}")
                    }
                    Refusal::Undecided(why) => why.to_string(),
                }));
            }
        }
        Ok(moved)
    }

    /// Messages that left a queue and found no room go back, past whatever stands in for it; those
    /// for which there is no room any more are dead letters.
    fn bring_back(&self, from: &Arc<Queue>, messages: &[Arc<Message>], now_ms: u64) {
        let mut published = Published::default();
        if !self.deliver_into(from, messages, 0, Way::new(now_ms), &mut published) {
            let reason = DeadLetterReason::MaxLength;
            return self.dead_letter(from, messages, reason, now_ms);
        }
        let refused = published.refused.iter().filter_map(|refused| messages.get(refused.index));
        let refused: Vec<Arc<Message>> = refused.cloned().collect();
        self.dead_letter(from, &refused, DeadLetterReason::MaxLength, now_ms);
    }

    /// Routes messages that nobody holds again: at most `count`, or all for none. Answers how many.
    ///
    /// # Errors
    /// There is no such exchange, or the queue has no alternate one. A plugin failed: what it
    /// failed on is back in the queue, at its end, and what comes behind was not touched.
    pub(crate) fn reroute(
        &self,
        queue: &Arc<Queue>,
        count: Option<usize>,
        through: Reroute<'_>,
        which: &MessageMatch,
        now_ms: u64,
    ) -> Result<usize, Error> {
        let exchange: Arc<Exchange> = match through {
            Reroute::Exchange(name) => self.exchange(name)?,
            Reroute::Alternate => queue.alternate().cloned().ok_or_else(|| {
                let text = format!("queue '{}' has no alternate exchange", queue.name());
                Error::InvalidArgument(text)
            })?,
        };
        in_steps(queue.len(), || {
            let mut rerouted = 0;
            let mut selection = queue.select(count.unwrap_or(usize::MAX), Removal::Rerouted);
            while let Some(step) = selection.step(|message| which.matches(message)) {
                let undecided = self.publish_anew(queue.name(), &exchange, &step, Way::new(now_ms));
                rerouted += step.len() - undecided.len();
                if let Some(first) = undecided.first() {
                    let back = undecided.iter().filter_map(|refused| step.get(refused.index));
                    let back: Vec<Arc<Message>> = back.cloned().collect();
                    queue.count_not_rerouted(back.len() as u64);
                    self.bring_back(queue, &back, now_ms);
                    let text = format!(
                        "{rerouted} messages were routed again, {} are back in queue '{}': {}",
                        back.len(),
                        queue.name(),
                        first.why
                    );
                    return Err(Error::Plugin(text));
                }
            }
            Ok(rerouted)
        })
    }
}
