//! The thread that keeps the disk tidy: it syncs in the mode `interval`, prepares and frees
//! segments, and seals the log when nothing is appended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use philter_plugin_api::{Error, Level, Result, log};

use super::Engine;
use super::writer::Bell;
use crate::engine::SyncMode;

/// How long the log is idle before it is sealed, and how often free space is looked at.
const IDLE: Duration = Duration::from_secs(1);

/// The thread.
#[derive(Debug)]
pub(super) struct Upkeep {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Rounds {
    engine: Arc<Engine>,
    bell: Bell,
    sync: SyncMode,
    last_sequence: u64,
}

impl Upkeep {
    /// Starts the thread.
    ///
    /// # Errors
    /// A system without another thread.
    pub(super) fn start(engine: Arc<Engine>, bell: Bell, sync: SyncMode) -> Result<Self> {
        let ends = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&ends);
        let mut rounds = Rounds { engine, bell, sync, last_sequence: 0 };
        let thread = thread::Builder::new()
            .name("journal upkeep".to_owned())
            .spawn(move || {
                while !shared.load(Ordering::SeqCst) {
                    rounds.run(&shared);
                }
            })
            .map_err(|error| Error::internal(format!("no thread for the journal: {error}")))?;
        Ok(Self { ends, thread: Some(thread) })
    }

    /// Ends the thread after its step.
    pub(super) fn end(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let Some(thread) = self.thread.take() else { return };
        thread.thread().unpark();
        if thread.join().is_err() {
            log(Level::Error, "the journal's upkeep ended by a fault of this program");
        }
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.end();
    }
}

impl Rounds {
    /// One round: as long as the mode's interval.
    fn run(&mut self, ends: &AtomicBool) {
        let until = Instant::now() + self.round();
        while let Some(left) = until.checked_duration_since(Instant::now())
            && !ends.load(Ordering::SeqCst)
        {
            thread::park_timeout(left);
        }
        if matches!(self.sync, SyncMode::Interval { .. })
            && let Err(error) = self.engine.sync()
        {
            log(Level::Error, &error.to_string());
        }
        let sequence = self.engine.next_sequence();
        if sequence == self.last_sequence {
            self.engine.seal();
            self.bell.ring();
        }
        self.last_sequence = sequence;
    }

    fn round(&self) -> Duration {
        match self.sync {
            SyncMode::Interval { interval_ms } => Duration::from_millis(interval_ms).min(IDLE),
            SyncMode::Always | SyncMode::Never => IDLE,
        }
    }
}
