//! The thread that keeps the disk tidy: it syncs in the mode `interval`, prepares and frees
//! segments, seals the log when nothing is appended, and looks whether the files are still there.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use philter_plugin_api::{Error, Level, Result, log};

use super::Engine;
use super::bell::Bell;
use crate::engine::{Maintained, SyncMode};
use crate::error::JournalError;

/// How long the log is idle before it is sealed, and how often free space is looked at.
const IDLE: Duration = Duration::from_secs(1);

/// How often it is looked whether the files are still there: what is confirmed in between may be
/// lost.
const LOOK: Duration = Duration::from_secs(1);

/// A commit takes about so long.
const COMMIT: Duration = Duration::from_millis(1);

/// Of its time the upkeep works a third while messages are taken, so that neither the disk nor a
/// core is its own.
const PAUSES_PER_STEP: u32 = 2;

/// The thread.
#[derive(Debug)]
pub(super) struct Upkeep {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

struct Rounds {
    engine: Arc<Engine>,
    bell: Bell,
    writer: Bell,
    sync: SyncMode,
    synced: Instant,
    looked: Instant,
    /// Where the log stood when it was last seen to grow, and when.
    grown: (u64, Instant),
    /// There is nothing to do until something changes, whatever is wanted.
    is_idle: bool,
    last_error: Option<String>,
    last_look_error: Option<String>,
}

impl Upkeep {
    /// Starts the thread.
    ///
    /// # Errors
    /// A system without another thread.
    pub(super) fn start(
        engine: Arc<Engine>,
        bell: Bell,
        writer: Bell,
        sync: SyncMode,
    ) -> Result<Self> {
        let now = Instant::now();
        let own = bell.clone();
        let mut rounds = Rounds {
            engine,
            bell: bell.clone(),
            writer,
            sync,
            synced: now,
            looked: now,
            grown: (0, now),
            is_idle: false,
            last_error: None,
            last_look_error: None,
        };
        let thread = thread::Builder::new()
            .name("journal upkeep".to_owned())
            .spawn(move || {
                own.is_mine();
                while !own.ends() {
                    rounds.run();
                }
            })
            .map_err(|error| Error::internal(format!("no thread for the journal: {error}")))?;
        Ok(Self { bell, thread: Some(thread) })
    }

    /// There may be something to do.
    pub(super) fn ring(&self) {
        self.bell.ring();
    }

    /// Ends the thread after its step.
    pub(super) fn end(&mut self) {
        self.bell.end();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
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
    fn run(&mut self) {
        self.bell.lie_down();
        if self.is_idle || !self.engine.wants_segment() {
            self.bell.sleep(Some(self.until_due()));
        }
        self.bell.get_up();
        self.look_where_due();
        self.sync_where_due();
        self.seal_where_idle();
        if let Err(error) = self.tidy() {
            self.report(&error);
            // Not at once again, where the disk has no room for instance.
            self.bell.sleep(Some(self.until_due()));
        }
    }

    fn interval(&self) -> Option<Duration> {
        match self.sync {
            SyncMode::Interval { interval_ms } => Some(Duration::from_millis(interval_ms)),
            SyncMode::Always | SyncMode::Never => None,
        }
    }

    /// Until the next sync of the mode `interval`, or the next look at everything else.
    fn until_due(&self) -> Duration {
        let interval = self.interval().unwrap_or(IDLE);
        interval.saturating_sub(self.synced.elapsed()).clamp(COMMIT, IDLE)
    }

    fn sync_where_due(&mut self) {
        let is_due = |interval| self.synced.elapsed() >= interval;
        if self.interval().is_none() {
            self.synced = Instant::now();
        } else if self.interval().is_some_and(is_due) {
            self.synced = Instant::now();
            if let Err(error) = self.engine.sync() {
                self.report(&error);
            }
        }
    }

    fn look_where_due(&mut self) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        match self.engine.look() {
            Ok(()) => self.last_look_error = None,
            Err(error) => say_once(&mut self.last_look_error, &error),
        }
    }

    fn seal_where_idle(&mut self) {
        let sequence = self.engine.next_sequence();
        if sequence != self.grown.0 {
            self.grown = (sequence, Instant::now());
        } else if self.grown.1.elapsed() >= IDLE {
            self.engine.seal();
            self.writer.ring();
        }
    }

    /// Steps until there is nothing to do or something else is due.
    fn tidy(&mut self) -> Result<(), JournalError> {
        self.is_idle = false;
        while !self.bell.ends() {
            self.look_where_due();
            self.sync_where_due();
            let begin = Instant::now();
            match self.engine.maintain()? {
                Maintained::Idle | Maintained::Waits => {
                    self.is_idle = true;
                    break;
                }
                Maintained::Stepped => {
                    self.writer.ring();
                    if !self.engine.is_full() && !self.engine.wants_segment() {
                        self.bell.sleep(Some(begin.elapsed() * PAUSES_PER_STEP));
                    }
                }
                Maintained::NeedsCommit => {
                    self.writer.ring();
                    self.bell.sleep(Some(COMMIT));
                }
            }
        }
        self.last_error = None;
        Ok(())
    }

    /// Says an error, but that the journal has stopped: who stopped it has said so.
    fn report(&mut self, error: &JournalError) {
        if !matches!(error, JournalError::Stopped { .. }) {
            say_once(&mut self.last_error, error);
        }
    }
}

/// Says an error once, not every second.
fn say_once(last: &mut Option<String>, error: &JournalError) {
    let text = error.to_string();
    if last.as_ref() != Some(&text) {
        log(Level::Error, &text);
        *last = Some(text);
    }
}
