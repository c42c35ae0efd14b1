//! The instances of one exchange or one language: as many as threads ask, each told the same.
//!
//! A call takes the instance of its thread, or whichever is free. One that was lost is made again:
//! by whoever needs it where that is quick, by a thread beside where it is not, so that nobody
//! waits for a replay of a hundred thousand bindings as long as another instance is there.
//!
//! Invariants:
//! - an instance is told of every change before it is asked about messages;
//! - changes are told one at a time, first to one instance: what that refuses did not happen;
//! - between two calls everything is of one file: a reload is seen by all of the next calls.

mod change;
mod gate;
mod journal;
mod reload;
mod slot;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use philter_plugin_api::{Error, ErrorKind, Level};

use crate::breaker::{Breaker, Turn};
use crate::contract::Contract;
use crate::failure::Failure;
use crate::instance::{Creation, Live};
use crate::loaded::Loaded;
use crate::statistics::count;
pub(crate) use gate::Gate;
use journal::Journal;
pub(crate) use reload::Reloading;
use slot::{Effort, Queue, Slot};

/// The instances of one exchange or one language.
pub(crate) struct Pool<C: Contract> {
    loaded: RwLock<Arc<Loaded>>,
    creation: Creation,
    gate: Arc<Gate>,
    journal: Mutex<Journal<C::Item>>,
    /// The number of the journal's last change.
    last: AtomicU64,
    /// Held by whoever changes the journal, from before the plugin is asked.
    changing: Mutex<()>,
    slots: Box<[Slot<C>]>,
    /// Whether a thread fills places that are ordered.
    is_making: AtomicBool,
    queue: Queue,
    effort: Effort,
    breaker: Breaker,
    /// When the log last heard of a failure.
    logged_at: Mutex<Option<Instant>>,
}

/// Failures of one pool are logged once in this time.
const LOG_EVERY: Duration = Duration::from_secs(1);

impl<C: Contract> Pool<C> {
    /// Makes the first instance, which says whether configuration and arguments are right.
    ///
    /// # Errors
    /// What the plugin says, or how it failed.
    pub(crate) fn create(
        loaded: &Arc<Loaded>,
        creation: Creation,
        gate: &Arc<Gate>,
    ) -> Result<Arc<Self>, Error> {
        let settings = &loaded.settings;
        let slots = match settings.instances_max {
            0 => loaded.engine.workers(),
            instances => instances,
        };
        let pool = Arc::new(Self {
            loaded: RwLock::new(Arc::clone(loaded)),
            creation,
            gate: Arc::clone(gate),
            journal: Mutex::default(),
            last: AtomicU64::new(0),
            changing: Mutex::new(()),
            slots: (0..slots).map(|_| Slot::default()).collect(),
            is_making: AtomicBool::new(false),
            queue: Queue::default(),
            effort: Effort::default(),
            breaker: Breaker::new(settings.traps_max, settings.retry_ms),
            logged_at: Mutex::new(None),
        });
        let made = pool.make(loaded);
        let live = made.map_err(|failure| failure.into_error(&loaded.info.name))?;
        if let Some(slot) = pool.slots.first() {
            slot.put(live);
        }
        Ok(pool)
    }

    /// Asks about messages: counted, and left out while the breaker is open.
    pub(crate) fn ask<R>(
        self: &Arc<Self>,
        messages: usize,
        work: impl FnOnce(&mut Live<C>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let loaded = self.loaded();
        let counters = &loaded.counters;
        let began = Instant::now();
        let answer = self.guarded(&loaded, work);
        counters.call_ns.fetch_add(nanoseconds(began.elapsed()), Ordering::Relaxed);
        counters.messages.fetch_add(messages as u64, Ordering::Relaxed);
        count(&counters.calls);
        answer
    }

    /// Runs work on an instance unless the breaker is open, and tells the breaker how it went.
    fn guarded<R>(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
        work: impl FnOnce(&mut Live<C>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        if !self.breaker.lets_through() {
            let retry_ms = self.breaker.retry_ms();
            return Err(Failure::Unavailable(format!(
                "it failed {} times in a row and is left alone for {retry_ms} ms",
                loaded.settings.traps_max
            )));
        }
        let answer = self.with_instance(work);
        match &answer {
            Ok(_) => self.turned(loaded, self.breaker.succeeded()),
            Err(failure) if failure.is_of_plugin() => {
                self.heard(loaded, failure);
                if let Failure::Plugin(error) = failure {
                    // Who publishes is told, and so is the log by whoever asked.
                    loaded.counters.erred(&self.name(), error);
                }
                self.turned(loaded, self.breaker.failed());
            }
            Err(_) => self.breaker.undecided(),
        }
        answer
    }

    /// Looks at something else than messages: nobody's traffic depends on it.
    pub(crate) fn look<R>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Live<C>) -> Result<R, Failure>,
    ) -> Result<R, Error> {
        let answer = self.with_instance(work);
        answer.map_err(|failure| {
            let loaded = self.loaded();
            self.heard(&loaded, &failure);
            failure.into_error(&loaded.info.name)
        })
    }

    /// What whoever asked about messages hears of a failure. Where nobody is there to ask, asking
    /// about fewer of them changes nothing.
    pub(crate) fn error(&self, failure: Failure) -> Error {
        let is_unavailable = matches!(failure, Failure::Unavailable(_));
        let error = failure.into_error(&self.loaded().info.name);
        if is_unavailable { Error::new(ErrorKind::NotFound, error.text()) } else { error }
    }

    /// What it is made from now.
    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read())
    }

    /// Counts a failure, and tells the log of it once in a while.
    fn heard(&self, loaded: &Loaded, failure: &Failure) {
        let Some(what) = loaded.counters.failed(&self.name(), failure) else { return };
        let mut logged_at = self.logged_at.lock();
        if logged_at.is_none_or(|at| at.elapsed() >= LOG_EVERY) {
            *logged_at = Some(Instant::now());
            drop(logged_at);
            loaded.voice.say(Level::Error, &what);
        }
    }

    /// What it is, for people.
    fn name(&self) -> String {
        format!("{} '{}'", C::KIND, self.creation.name)
    }

    fn turned(&self, loaded: &Loaded, turn: Turn) {
        let (kind, name) = (C::KIND, &self.creation.name);
        match turn {
            Turn::Stays => {}
            Turn::Opens => {
                count(&loaded.counters.breaker_opened);
                let failures = loaded.settings.traps_max;
                let text = format!(
                    "{kind} '{name}': breaker open after {failures} failures in a row, next try \
                     in {} ms",
                    self.breaker.retry_ms()
                );
                loaded.voice.say(Level::Error, &text);
            }
            Turn::Closes => {
                let text = format!("{kind} '{name}': breaker closed, it answers again");
                loaded.voice.say(Level::Info, &text);
            }
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
