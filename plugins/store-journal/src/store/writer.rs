//! The thread that commits: whatever came while the last sync ran goes into the next group.
//!
//! Invariants:
//! - a call that put something into the group and rang has its answer once the writer is through;
//! - answers are given without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle, Thread};

use philter_plugin_api::{Error, Level, Result, log};

use super::Engine;
use super::ticket::Held;

/// Wakes the writer, at no cost while it works.
#[derive(Clone, Debug)]
pub(super) struct Bell {
    state: Arc<BellState>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct BellState {
    sleeps: AtomicBool,
    ends: AtomicBool,
}

/// The thread and its bell.
#[derive(Debug)]
pub(super) struct Writer {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Bell {
    /// There is something to commit, put there before this call.
    pub(super) fn ring(&self) {
        if self.state.sleeps.load(Ordering::SeqCst)
            && self.state.sleeps.swap(false, Ordering::SeqCst)
        {
            self.thread.unpark();
        }
    }
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// A system without another thread.
    pub(super) fn start(engine: Arc<Engine>) -> Result<Self> {
        let state = Arc::new(BellState::default());
        let shared = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("journal writer".to_owned())
            .spawn(move || run(&engine, &shared))
            .map_err(|error| Error::internal(format!("no thread for the journal: {error}")))?;
        let bell = Bell { state, thread: thread.thread().clone() };
        Ok(Self { bell, thread: Some(thread) })
    }

    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    pub(super) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Commits what is left and ends the thread.
    pub(super) fn end(&mut self) {
        self.bell.state.ends.store(true, Ordering::SeqCst);
        self.bell.thread.unpark();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            log(Level::Error, "the journal's writer ended by a fault of this program");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end();
    }
}

fn run(engine: &Engine, bell: &BellState) {
    let held = Held::default();
    let mut has_stopped = false;
    loop {
        if engine.has_gathered() {
            for (ticket, result) in engine.commit() {
                ticket.answer(result, &held);
            }
            if !has_stopped && let Some(reason) = engine.stopped() {
                has_stopped = true;
                log(Level::Error, &format!("the journal has stopped: {reason}"));
            }
            continue;
        }
        if bell.ends.load(Ordering::SeqCst) {
            return;
        }
        // Whoever rings now sees that it sleeps, or this sees what they put.
        bell.sleeps.store(true, Ordering::SeqCst);
        if !engine.has_gathered() && !bell.ends.load(Ordering::SeqCst) {
            thread::park();
        }
        bell.sleeps.store(false, Ordering::SeqCst);
    }
}
