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
use philter_plugin_api::{Error, ErrorKind};

use crate::contract::Contract;
use crate::failure::Failure;
use crate::instance::{Creation, Live};
use crate::loaded::Loaded;
use crate::statistics::{Counters, count};
use crate::watch::Watch;
pub(crate) use gate::Gate;
use journal::Journal;
pub(crate) use reload::{Prepared, Reloading};
use slot::{Effort, Queue, Slot};

/// The instances of one exchange or one language.
pub(crate) struct Pool<C: Contract> {
    loaded: RwLock<Arc<Loaded>>,
    /// Those of all code that was loaded from its file.
    counters: Arc<Counters>,
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
    watch: Watch,
}

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
            counters: Arc::clone(&loaded.counters),
            watch: Watch::new(C::KIND, &creation.name, settings),
            creation,
            gate: Arc::clone(gate),
            journal: Mutex::default(),
            last: AtomicU64::new(0),
            changing: Mutex::new(()),
            slots: (0..slots).map(|_| Slot::default()).collect(),
            is_making: AtomicBool::new(false),
            queue: Queue::default(),
            effort: Effort::default(),
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
        let counters = &self.counters;
        let began = Instant::now();
        let answer = self.watch.guarded(|| self.loaded(), || self.with_instance(work));
        counters.call_ns.fetch_add(nanoseconds(began.elapsed()), Ordering::Relaxed);
        counters.messages.fetch_add(messages as u64, Ordering::Relaxed);
        count(&counters.calls);
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
            self.watch.heard(&loaded, &failure);
            failure.into_error(&loaded.info.name)
        })
    }

    /// What whoever asked about messages hears of a failure. The kind says whether to ask again
    /// about fewer of them: where nobody is there to ask that changes nothing, and where it took
    /// too long it is dear.
    pub(crate) fn error(&self, failure: Failure) -> Error {
        let kind = match failure {
            Failure::Unavailable(_) => Some(ErrorKind::NotFound),
            Failure::Trap { is_deadline: true, .. } => Some(ErrorKind::LimitExceeded),
            _ => None,
        };
        let error = failure.into_error(&self.loaded().info.name);
        kind.map(|kind| Error::new(kind, error.text())).unwrap_or(error)
    }

    /// What it is made from now.
    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read())
    }
}

pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
