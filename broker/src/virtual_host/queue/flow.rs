//! Publishers that are held back while a queue is too full, and go on when it has shrunk.

use std::sync::{Arc, Weak};

use foldhash::HashMap;

use crate::net::{Mailbox, Token};
use crate::virtual_host::{Queue, Waker};

/// Those who wait: each once, however often it asks. Nobody is kept alive by waiting here.
#[derive(Default)]
pub(super) struct HeldBack {
    waiting: HashMap<(usize, Token), Weak<Mailbox>>,
    /// Those who are gone are swept out when there are twice as many as were left last time.
    sweep_at: usize,
}

/// Below this nothing is swept.
const SWEEP_MIN: usize = 64;

impl HeldBack {
    fn add(&mut self, waker: &Waker) {
        if self.waiting.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.waiting.retain(|_, mailbox| mailbox.strong_count() > 0);
            self.sweep_at = 2 * self.waiting.len();
        }
        let address = Arc::as_ptr(&waker.mailbox).addr();
        self.waiting.insert((address, waker.token), Arc::downgrade(&waker.mailbox));
    }

    /// Takes all of them.
    pub(super) fn take(&mut self) -> Vec<Waker> {
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let live = |((_, token), mailbox): (_, Weak<Mailbox>)| {
            mailbox.upgrade().map(|mailbox| Waker { mailbox, token })
        };
        waiting.filter_map(live).collect()
    }
}

impl Queue {
    /// Rings `waker` once the queue has shrunk; false where it holds nobody back (any more).
    pub(crate) fn wait_flow(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        let is_stopped = state.entries.is_flow_stopped() && !state.is_deleted;
        if is_stopped {
            state.held_back.add(waker);
        }
        is_stopped
    }
}
