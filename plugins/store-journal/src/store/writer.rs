//! The thread that commits: whatever came while the last sync ran goes into the next group.
//!
//! Invariants:
//! - a call that put something into the group and rang has its answer once the writer is through;
//! - answers are given without a lock.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use philter_plugin_api::{Error, Level, Result, log};

use super::Engine;
use super::bell::Bell;
use super::watches::Watches;

/// The thread and its bell.
#[derive(Debug)]
pub(super) struct Writer {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread; it rings for upkeep when the log wants another segment.
    ///
    /// # Errors
    /// A system without another thread.
    pub(super) fn start(engine: Arc<Engine>, watches: Arc<Watches>, upkeep: Bell) -> Result<Self> {
        let bell = Bell::default();
        let own = bell.clone();
        let thread = thread::Builder::new()
            .name("journal writer".to_owned())
            .spawn(move || run(&engine, &watches, &own, &upkeep))
            .map_err(|error| Error::internal(format!("no thread for the journal: {error}")))?;
        Ok(Self { bell, thread: Some(thread) })
    }

    /// There is something to commit.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    pub(super) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Commits what is left and ends the thread.
    pub(super) fn end(&mut self) {
        self.bell.end();
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

fn run(engine: &Engine, watches: &Watches, bell: &Bell, upkeep: &Bell) {
    bell.is_mine();
    let mut has_stopped = false;
    loop {
        if engine.has_gathered() {
            for (ticket, result) in engine.commit() {
                ticket.answer(result, watches);
            }
            if engine.wants_segment() {
                upkeep.ring();
            }
            if !has_stopped && let Some(reason) = engine.stopped() {
                has_stopped = true;
                log(Level::Error, &format!("the journal has stopped: {reason}"));
            }
            continue;
        }
        if bell.ends() {
            return;
        }
        bell.lie_down();
        if !engine.has_gathered() {
            bell.sleep(None);
        }
        bell.get_up();
    }
}
