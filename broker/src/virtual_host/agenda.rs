//! Which queues are due when: those with a time to live of their own, with dead letters that
//! somebody waits for, or that go when nobody uses them.
//!
//! Others are looked at now and then (`queue-purge-interval`): nobody waits for what expires there.
//!
//! Invariants:
//! - a queue stands here by its number at the time at which it is due, or earlier: one that is
//!   looked at too early says when it is due next;
//! - the lock is the last in the order, and nothing is done under it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::clock::{instant_at, now_ms};
use crate::long_work::in_steps;
use crate::virtual_host::VirtualHosts;
use crate::virtual_host::limits::DUE_QUEUES_MAX;

/// A queue by the names of its host and its own.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) host: Arc<str>,
    pub(super) queue: Arc<str>,
}

/// The queues of all hosts that are due some time.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// By time and number.
    due: Mutex<BTreeMap<(u64, u64), Due>>,
    next_number: AtomicU64,
    /// Something is due before all that was.
    is_sooner: Notify,
}

/// A queue's place in the agenda moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rearm {
    pub(super) from_ms: Option<u64>,
    pub(super) to_ms: u64,
}

impl Agenda {
    /// A number for a queue.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// A queue is due earlier than it was.
    pub(super) fn rearm(&self, number: u64, queue: Due, Rearm { from_ms, to_ms }: Rearm) {
        let is_first = {
            let mut due = self.due.lock();
            if let Some(from_ms) = from_ms {
                due.remove(&(from_ms, number));
            }
            due.insert((to_ms, number), queue);
            due.first_key_value().is_some_and(|((_, first), _)| *first == number)
        };
        if is_first {
            self.is_sooner.notify_one();
        }
    }

    /// A queue is gone.
    pub(super) fn disarm(&self, number: u64, from_ms: u64) {
        self.due.lock().remove(&(from_ms, number));
    }

    fn next_ms(&self) -> Option<u64> {
        self.due.lock().first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Takes queues that are due, the longest due first.
    fn take_due(&self, now_ms: u64) -> Vec<(u64, Due)> {
        let mut due = self.due.lock();
        let mut taken = Vec::new();
        while taken.len() < DUE_QUEUES_MAX
            && let Some(first) = due.first_entry()
            && first.key().0 <= now_ms
        {
            let at_ms = first.key().0;
            taken.push((at_ms, first.remove()));
        }
        taken
    }
}

impl VirtualHosts {
    /// Looks after queues when they are due, for ever.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        loop {
            match self.agenda().next_ms() {
                None => self.agenda().is_sooner.notified().await,
                Some(at_ms) if at_ms <= now_ms() => {
                    self.serve_due(now_ms());
                    tokio::task::yield_now().await;
                }
                Some(at_ms) => {
                    tokio::select! {
                        () = self.agenda().is_sooner.notified() => {}
                        () = tokio::time::sleep_until(instant_at(at_ms)) => {}
                    }
                }
            }
        }
    }

    /// How many times there are.
    #[cfg(test)]
    pub(super) fn due_count(&self) -> usize {
        self.agenda().due.lock().len()
    }

    /// Looks after the queues that are due by now: what has expired goes on, and queues that nobody
    /// uses go.
    pub(super) fn serve_due(&self, now_ms: u64) {
        for (at_ms, due) in self.agenda().take_due(now_ms) {
            let Some(host) = self.find(&due.host) else { continue };
            if let Some(queue) = host.find_queue(&due.queue) {
                queue.is_taken_from_agenda(at_ms);
                in_steps(queue.len(), || host.expire_some(&queue, now_ms));
                host.expire_unused(&queue, now_ms);
                // What is left, or comes later, has its time.
                queue.enter_agenda();
            }
        }
    }
}
