//! Watches how calls of one exchange, language, provider or store end: the breaker, the counters
//! and the log hear of it.
//!
//! Invariant: the log hears of failures once in a while, and of the breaker each time it turns.

use std::ops::Deref;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use philter_plugin_api::{Kind, Level};

use crate::breaker::{Breaker, BreakerState, Turn};
use crate::failure::Failure;
use crate::loaded::Loaded;
use crate::settings::Settings;
use crate::statistics::count;

/// Failures of one are logged once in this time.
const LOG_EVERY: Duration = Duration::from_secs(1);

/// Watches one exchange, language, provider or store.
pub(crate) struct Watch {
    /// Whom: its kind and its name.
    of: String,
    breaker: Breaker,
    /// When the log last heard of a failure.
    logged_at: Mutex<Option<Instant>>,
}

impl Watch {
    pub(crate) fn new(kind: Kind, name: &str, settings: &Settings) -> Self {
        Self {
            of: format!("{kind} '{name}'"),
            breaker: Breaker::new(settings.traps_max, settings.retry_ms),
            logged_at: Mutex::new(None),
        }
    }

    /// Does work unless the breaker is open, and tells the breaker how it went. What it is made
    /// from is asked for only where there is something to tell.
    pub(crate) fn guarded<R, L: Deref<Target = Loaded>>(
        &self,
        loaded: impl FnOnce() -> L,
        work: impl FnOnce() -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        if !self.breaker.lets_through() {
            let retry_ms = self.breaker.retry_ms();
            return Err(Failure::Unavailable(format!(
                "it failed {} times in a row and is left alone for {retry_ms} ms",
                self.breaker.failures_max()
            )));
        }
        let answer = work();
        match &answer {
            Ok(_) => match self.breaker.succeeded() {
                Turn::Stays => {}
                turn => self.turned(&loaded(), turn),
            },
            Err(failure) if failure.is_of_plugin() => {
                let loaded = loaded();
                if let Failure::Plugin(error) = failure {
                    // Whoever asked is told, and tells the log.
                    loaded.counters.erred(&self.of, error);
                }
                self.failed(&loaded, failure);
            }
            Err(_) => self.breaker.undecided(),
        }
        answer
    }

    /// The same, where an error of the plugin's own goes to whoever caused it and is no failure:
    /// else a stranger could have it left alone.
    pub(crate) fn guarded_but_for_its_own<R>(
        &self,
        loaded: &Loaded,
        work: impl FnOnce() -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let answer = self.guarded(
            || loaded,
            || match work() {
                Err(Failure::Plugin(error)) => Ok(Err(Failure::Plugin(error))),
                other => other.map(Ok),
            },
        );
        answer.and_then(|answer| answer)
    }

    /// Something failed: it is counted, and the breaker hears of it.
    pub(crate) fn failed(&self, loaded: &Loaded, failure: &Failure) {
        self.heard(loaded, failure);
        self.turned(loaded, self.breaker.failed());
    }

    /// Counts a failure, and tells the log of it once in a while.
    pub(crate) fn heard(&self, loaded: &Loaded, failure: &Failure) {
        let Some(what) = loaded.counters.failed(&self.of, failure) else { return };
        let mut logged_at = self.logged_at.lock();
        if logged_at.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            *logged_at = Some(Instant::now());
            drop(logged_at);
            loaded.voice.say(Level::Error, &what);
        }
    }

    /// New code: what the old one did is not its.
    pub(crate) fn renew(&self) {
        self.breaker.close();
    }

    /// The breaker.
    pub(crate) fn state(&self) -> BreakerState {
        self.breaker.state()
    }

    fn turned(&self, loaded: &Loaded, turn: Turn) {
        let of = &self.of;
        match turn {
            Turn::Stays => {}
            Turn::Opens => {
                count(&loaded.counters.breaker_opened);
                let failures = self.breaker.failures_max();
                let text = format!(
                    "{of}: breaker open after {failures} failures in a row, next try in {} ms",
                    self.breaker.retry_ms()
                );
                loaded.voice.say(Level::Error, &text);
            }
            Turn::Closes => {
                let text = format!("{of}: breaker closed, it answers again");
                loaded.voice.say(Level::Info, &text);
            }
        }
    }
}
