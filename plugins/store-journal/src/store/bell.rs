//! Wakes a thread, at no cost while it works.
//!
//! Invariant: a thread that looked for work after [`Bell::lie_down`] and found none sleeps only
//! until the next ring, and whoever rings after they made work wakes it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, Thread};
use std::time::Duration;

/// A thread's bell.
#[derive(Clone, Debug, Default)]
pub(super) struct Bell(Arc<State>);

#[derive(Debug, Default)]
struct State {
    lies_down: AtomicBool,
    ends: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Bell {
    /// This thread is the one to wake.
    pub(super) fn is_mine(&self) {
        let _ = self.0.thread.set(thread::current());
    }

    /// There is work, made before this call.
    pub(super) fn ring(&self) {
        if self.0.lies_down.load(Ordering::SeqCst) && self.0.lies_down.swap(false, Ordering::SeqCst)
        {
            self.wake();
        }
    }

    /// The thread shall end.
    pub(super) fn end(&self) {
        self.0.ends.store(true, Ordering::SeqCst);
        self.wake();
    }

    pub(super) fn ends(&self) -> bool {
        self.0.ends.load(Ordering::SeqCst)
    }

    /// From here on a ring wakes. Look for work once more before you sleep.
    pub(super) fn lie_down(&self) {
        self.0.lies_down.store(true, Ordering::SeqCst);
    }

    /// Sleeps until somebody rings, or for so long.
    pub(super) fn sleep(&self, at_most: Option<Duration>) {
        if !self.ends() {
            match at_most {
                Some(duration) => thread::park_timeout(duration),
                None => thread::park(),
            }
        }
    }

    pub(super) fn get_up(&self) {
        self.0.lies_down.store(false, Ordering::SeqCst);
    }

    fn wake(&self) {
        if let Some(thread) = self.0.thread.get() {
            thread.unpark();
        }
    }
}
