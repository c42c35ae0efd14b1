//! Publishers that wait until there is room, in a queue or in memory.
//!
//! Invariant: each stands here once, however often it asks, and nobody is kept alive by waiting.

use std::sync::{Arc, Weak};

use foldhash::HashMap;

use crate::net::{Mailbox, Token};
use crate::virtual_host::Waker;

/// Those who wait.
#[derive(Default)]
pub(crate) struct HeldBack {
    waiting: HashMap<(usize, Token), Weak<Mailbox>>,
    /// Those who are gone are swept out when there are twice as many as were left last time.
    sweep_at: usize,
}

/// Below this nothing is swept.
const SWEEP_MIN: usize = 64;

impl HeldBack {
    /// Somebody waits.
    pub(crate) fn add(&mut self, waker: &Waker) {
        if self.waiting.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.waiting.retain(|_, mailbox| mailbox.strong_count() > 0);
            self.sweep_at = 2 * self.waiting.len();
        }
        let address = Arc::as_ptr(&waker.mailbox).addr();
        self.waiting.insert((address, waker.token), Arc::downgrade(&waker.mailbox));
    }

    /// Takes all of them.
    pub(crate) fn take(&mut self) -> Vec<Waker> {
        let waiting = std::mem::take(&mut self.waiting).into_iter();
        let live = |((_, token), mailbox): (_, Weak<Mailbox>)| {
            mailbox.upgrade().map(|mailbox| Waker { mailbox, token })
        };
        waiting.filter_map(live).collect()
    }
}
