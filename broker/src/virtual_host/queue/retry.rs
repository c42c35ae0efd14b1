//! What a plugin failed on is tried again after a while: dead letters that are stranded here, and
//! entries that filters of consumers could not decide.
//!
//! Invariant: a queue in which something is to be tried again has a time for that, or somebody is
//! trying it and sets one.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{DeadLetterReason, StrandedLetter};

use super::{Entered, State};
use crate::virtual_host::Queue;
use crate::virtual_host::limits::RETRY_MS;

impl Queue {
    /// Keeps dead letters of it that a plugin failed on, to be tried again. Answers how many are
    /// lost: the queue is deleted, or has too many.
    pub(in crate::virtual_host) fn strand<'m>(
        self: &Arc<Self>,
        letters: impl Iterator<Item = &'m Arc<Message>>,
        reason: DeadLetterReason,
        now_ms: u64,
    ) -> usize {
        let (entered, lost) = self.change(|state, _| {
            let (mut entered, mut lost) = (Entered::new(), 0);
            for message in letters {
                let is_there = !state.is_deleted;
                match is_there.then(|| state.entries.strand(message, reason)).flatten() {
                    Some(id) if self.stores(message) => entered.push((Arc::clone(message), id)),
                    Some(_) => {}
                    None => lost += 1,
                }
            }
            state.retry_after(now_ms);
            (entered, lost)
        });
        if !entered.is_empty() {
            self.store(entered);
        }
        lost
    }

    /// How many dead letters are stranded in it.
    pub(in crate::virtual_host) fn stranded(&self) -> usize {
        self.state.lock().entries.stranded()
    }

    /// Takes stranded letters of one reason, at most `count`, to be tried again.
    pub(in crate::virtual_host) fn take_stranded(&self, count: usize) -> Vec<StrandedLetter> {
        self.state.lock().entries.take_stranded(count)
    }

    /// Letters were tried again: some went on, others failed and wait. Answers how many of the
    /// latter are lost, for the queue is deleted.
    pub(in crate::virtual_host) fn end_trying(
        &self,
        gone: Vec<StrandedLetter>,
        failed: Vec<StrandedLetter>,
        now_ms: u64,
    ) -> usize {
        self.change(|state, _| {
            state.entries.went_on(&gone);
            if state.is_deleted {
                return failed.len();
            }
            if !failed.is_empty() {
                state.entries.strand_again(failed);
                state.retry_after(now_ms);
            }
            0
        })
    }

    /// Whether it is time to try again what a plugin failed on. Whoever does says when he is done:
    /// [`Queue::end_retry`].
    pub(in crate::virtual_host) fn begin_retry(&self, now_ms: u64) -> bool {
        self.state.lock().retry_ms.take_if(|at_ms| *at_ms <= now_ms).is_some()
    }

    /// Consumers look again at what their filters could not decide.
    pub(in crate::virtual_host) fn show_put_off(&self) {
        self.change(|state, woken| state.entries.show_put_off(woken));
    }

    /// What was not tried now has its turn next.
    pub(in crate::virtual_host) fn end_retry(&self, now_ms: u64) {
        let mut state = self.state.lock();
        if state.entries.stranded() > 0 {
            state.retry_ms.get_or_insert(now_ms);
        }
    }

    /// Entries that were taken out to be routed again came back.
    pub(in crate::virtual_host) fn count_not_rerouted(&self, count: u64) {
        self.state.lock().entries.count_not_rerouted(count);
    }
}

impl State {
    /// Something failed now: it is tried again in a while.
    pub(super) fn retry_after(&mut self, now_ms: u64) {
        self.retry_ms.get_or_insert(now_ms.saturating_add(RETRY_MS));
    }
}
