//! An append that was handed to the store, and who waits for it.
//!
//! Invariant: it ends once, and whoever waited is rung after that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Condvar, Mutex};
use smallvec::SmallVec;

use crate::net::Mailbox;
use crate::virtual_host::Waker;

/// An append on its way.
#[derive(Debug, Default)]
pub(crate) struct Awaited {
    has_begun: AtomicBool,
    is_lazy: AtomicBool,
    has_ended: AtomicBool,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Why the store did not keep it.
    failure: Option<Arc<str>>,
    wakers: Vec<Waker>,
    mailboxes: SmallVec<[Arc<Mailbox>; 1]>,
}

impl Awaited {
    /// How it ended; none where it has not.
    pub(crate) fn outcome(&self) -> Option<Result<(), Arc<str>>> {
        if !self.has_ended.load(Ordering::Acquire) {
            return None;
        }
        Some(self.state.lock().failure.clone().map_or(Ok(()), Err))
    }

    /// Blocks this thread until it has ended: where that stops nobody else.
    ///
    /// # Errors
    /// Why the store did not keep it.
    pub(crate) fn block(&self) -> Result<(), Arc<str>> {
        let mut state = self.state.lock();
        while !self.has_ended.load(Ordering::Acquire) {
            self.ended.wait(&mut state);
        }
        state.failure.clone().map_or(Ok(()), Err)
    }

    /// Rings `waker` once it has ended; false where it has ended.
    pub(crate) fn wait(&self, waker: &Waker) -> bool {
        self.add(|state| state.wakers.push(waker.clone()))
    }

    /// Rings a connection once it has ended; false where it has ended.
    pub(crate) fn ring(&self, mailbox: &Arc<Mailbox>) -> bool {
        self.add(|state| state.mailboxes.push(Arc::clone(mailbox)))
    }

    fn add(&self, add: impl FnOnce(&mut State)) -> bool {
        let mut state = self.state.lock();
        let waits = !self.has_ended.load(Ordering::Acquire);
        if waits {
            add(&mut state);
        }
        waits
    }

    /// Whether the store was called: whatever is appended from now on stands behind it.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Acquire)
    }

    /// The store was called.
    pub(super) fn begin(&self) {
        self.has_begun.store(true, Ordering::Release);
    }

    /// Whether the store was asked for no haste, and has not kept it.
    pub(super) fn is_lazy(&self) -> bool {
        self.is_lazy.load(Ordering::Acquire) && !self.has_ended.load(Ordering::Acquire)
    }

    /// Whether it takes its time, as far as is known by now, unless somebody says that they wait.
    pub(crate) fn is_in_no_haste(&self) -> bool {
        self.is_lazy() || !self.has_begun()
    }

    /// The store is asked for no haste.
    pub(super) fn leave(&self) {
        self.is_lazy.store(true, Ordering::Release);
    }

    /// It ended. Never under a lock.
    pub(super) fn end(&self, result: Result<(), Arc<str>>) {
        let (wakers, mailboxes) = {
            let mut state = self.state.lock();
            state.failure = result.err();
            self.has_ended.store(true, Ordering::Release);
            (std::mem::take(&mut state.wakers), std::mem::take(&mut state.mailboxes))
        };
        self.ended.notify_all();
        wakers.iter().for_each(Waker::ring);
        mailboxes.iter().for_each(|mailbox| mailbox.ring());
    }
}
