//! Which queues are due when: those with a time to live of their own, with dead letters that
//! somebody waits for, with what a plugin failed on, or that go when nobody uses them. And when
//! branches of distributed transactions have had their time.
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
use crate::store;
use crate::virtual_host::limits::DUE_QUEUES_MAX;
use crate::virtual_host::publish::Way;
use crate::virtual_host::{Queue, VirtualHost, VirtualHosts, Xid};

/// What is due, by the names of its host and its own.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) host: Arc<str>,
    pub(super) is: DueIs,
}

/// What it is.
#[derive(Clone, Debug)]
pub(super) enum DueIs {
    Queue(Arc<str>),
    /// A branch, and its number here: another one may have its xid by then.
    Branch {
        xid: Xid,
        number: u64,
    },
}

/// What is due some time in all hosts.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    /// By time and number.
    due: Mutex<BTreeMap<(u64, u64), Due>>,
    next_number: AtomicU64,
    /// Something is due before all that was.
    is_sooner: Notify,
}

/// A place in the agenda moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rearm {
    pub(super) from_ms: Option<u64>,
    pub(super) to_ms: u64,
}

impl Agenda {
    /// A number for a queue or a branch.
    pub(super) fn next_number(&self) -> u64 {
        self.next_number.fetch_add(1, Ordering::Relaxed)
    }

    /// Something is due at another time than it was.
    pub(super) fn rearm(&self, number: u64, what: Due, Rearm { from_ms, to_ms }: Rearm) {
        let is_first = {
            let mut due = self.due.lock();
            if let Some(from_ms) = from_ms {
                due.remove(&(from_ms, number));
            }
            due.insert((to_ms, number), what);
            due.first_key_value().is_some_and(|((_, first), _)| *first == number)
        };
        if is_first {
            self.is_sooner.notify_one();
        }
    }

    /// It is gone.
    pub(super) fn disarm(&self, number: u64, from_ms: u64) {
        self.due.lock().remove(&(from_ms, number));
    }

    fn next_ms(&self) -> Option<u64> {
        self.due.lock().first_key_value().map(|((at_ms, _), _)| *at_ms)
    }

    /// Takes what is due, the longest due first.
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
    /// Looks after queues and branches when they are due, for ever.
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
    pub(crate) fn due_count(&self) -> usize {
        self.agenda().due.lock().len()
    }

    /// Looks after what is due by now: what has expired goes on, queues that nobody uses go, and
    /// branches are rolled back.
    pub(crate) fn serve_due(&self, now_ms: u64) {
        for (at_ms, due) in self.agenda().take_due(now_ms) {
            let Some(host) = self.find(&due.host) else { continue };
            store::turn(|| match due.is {
                DueIs::Queue(queue) => host.serve_queue(&queue, at_ms, now_ms),
                DueIs::Branch { xid, number } => host.expire_branch(&xid, number, now_ms),
            });
        }
    }
}

impl VirtualHost {
    /// What a plugin failed on in a queue is tried again.
    fn retry(&self, queue: &Arc<Queue>, now_ms: u64) {
        if queue.begin_retry(now_ms) {
            queue.show_put_off();
            self.try_stranded(queue, Way::new(now_ms));
            queue.end_retry(now_ms);
        }
    }

    fn serve_queue(&self, name: &str, at_ms: u64, now_ms: u64) {
        let Some(queue) = self.find_queue(name) else { return };
        queue.is_taken_from_agenda(at_ms);
        // First, or its time would be entered again.
        self.retry(&queue, now_ms);
        in_steps(queue.len(), || self.expire_some(&queue, now_ms));
        self.expire_unused(&queue, now_ms);
        // What is left, or comes later, has its time.
        queue.enter_agenda();
    }
}
