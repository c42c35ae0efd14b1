//! Places of instances, and how a call finds one.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};

use super::Pool;
use super::change::Lag;
use crate::contract::Contract;
use crate::failure::Failure;
use crate::instance::Live;
use crate::limits::MADE_AT_ONCE_US_MAX;
use crate::loaded::Loaded;

/// A place, held.
type Place<'p, C> = MutexGuard<'p, Option<Live<C>>>;

/// A place of an instance.
pub(super) struct Slot<C: Contract> {
    live: Mutex<Option<Live<C>>>,
    /// Whether an instance is there: waiting for the place then is waiting for one call.
    is_taken: AtomicBool,
    /// Whether one is being made.
    is_ordered: AtomicBool,
}

impl<C: Contract> Default for Slot<C> {
    fn default() -> Self {
        Self {
            live: Mutex::new(None),
            is_taken: AtomicBool::new(false),
            is_ordered: AtomicBool::new(false),
        }
    }
}

impl<C: Contract> Slot<C> {
    /// Puts an instance in place of what is there.
    pub(super) fn put(&self, live: Live<C>) {
        self.put_and(live, || {});
    }

    /// The same, and does something while nobody can have the place.
    pub(super) fn put_and(&self, live: Live<C>, act: impl FnOnce()) {
        let mut place = self.live.lock();
        self.is_taken.store(true, Ordering::Release);
        let before = place.replace(live);
        act();
        drop(place);
        drop(before);
    }
}

thread_local! {
    /// Where this thread looks first.
    static PLACE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Threads that called a component so far.
static THREADS: AtomicUsize = AtomicUsize::new(0);

fn place() -> usize {
    PLACE.get().unwrap_or_else(|| {
        let place = THREADS.fetch_add(1, Ordering::Relaxed);
        PLACE.set(Some(place));
        place
    })
}

impl<C: Contract> Pool<C> {
    /// Runs work on an instance that knows everything.
    pub(super) fn with_instance<R>(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
        work: impl FnOnce(&mut Live<C>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let (index, mut place) = self.instance(loaded)?;
        let Some(live) = place.as_mut() else { return Err(missing()) };
        let answer = work(live);
        if live.is_lost() {
            self.lose(index, place);
        }
        answer
    }

    /// An instance that is ready, locked.
    fn instance(self: &Arc<Self>, loaded: &Arc<Loaded>) -> Result<(usize, Place<'_, C>), Failure> {
        let mut loaded = Arc::clone(loaded);
        loop {
            let found = self.instance_of(&loaded);
            let now = match &found {
                Ok(_) => return found,
                Err(_) => self.loaded(),
            };
            // Where the file was swapped meanwhile those that were looked for are gone.
            if Arc::ptr_eq(&loaded, &now) {
                return found;
            }
            loaded = now;
        }
    }

    fn instance_of(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
    ) -> Result<(usize, Place<'_, C>), Failure> {
        let own = place() % self.slots.len().max(1);
        if let Some(slot) = self.slots.get(own)
            && let Some(place) = slot.live.try_lock()
        {
            let mut place = match self.ready(own, place, loaded)? {
                Ok(place) => return Ok((own, place)),
                Err(place) => place,
            };
            if self.made_in_us.load(Ordering::Relaxed) <= MADE_AT_ONCE_US_MAX {
                *place = Some(self.make(loaded)?);
                slot.is_taken.store(true, Ordering::Release);
                return Ok((own, place));
            }
            drop(place);
            self.order(own, loaded);
        }
        // Another thread's: at once where one is free, else after one call.
        for is_patient in [false, true] {
            for (index, slot) in self.slots.iter().enumerate() {
                let place = match is_patient {
                    false => slot.live.try_lock(),
                    true => slot.is_taken.load(Ordering::Acquire).then(|| slot.live.lock()),
                };
                if let Some(place) = place
                    && let Ok(place) = self.ready(index, place, loaded)?
                {
                    return Ok((index, place));
                }
            }
        }
        Err(missing())
    }

    /// The place again, where its instance can be asked: it is told what it missed. Otherwise the
    /// place as it is.
    fn ready<'p>(
        self: &Arc<Self>,
        index: usize,
        mut place: Place<'p, C>,
        loaded: &Arc<Loaded>,
    ) -> Result<Result<Place<'p, C>, Place<'p, C>>, Failure> {
        let Some(live) = place.as_mut().filter(|live| live.is_of(loaded)) else {
            return Ok(Err(place));
        };
        match self.catch_up(live) {
            Ok(Lag::None) => Ok(Ok(place)),
            Ok(Lag::TooMuch) => Ok(Err(place)),
            Err(failure) => {
                if live.is_lost() {
                    self.lose(index, place);
                }
                Err(failure)
            }
        }
    }

    /// Takes an instance away that is lost. Another one takes its place, unless whoever needs it
    /// makes it as quickly.
    fn lose(self: &Arc<Self>, index: usize, mut place: Place<'_, C>) {
        let lost = place.take();
        if let Some(slot) = self.slots.get(index) {
            slot.is_taken.store(false, Ordering::Release);
        }
        drop(place);
        drop(lost);
        if self.made_in_us.load(Ordering::Relaxed) > MADE_AT_ONCE_US_MAX {
            self.order(index, &self.loaded());
        }
    }

    /// Has an instance made by another thread.
    pub(super) fn order(self: &Arc<Self>, index: usize, loaded: &Arc<Loaded>) {
        let Some(slot) = self.slots.get(index) else { return };
        if slot.is_ordered.swap(true, Ordering::AcqRel) {
            return;
        }
        let (pool, maker) = (Arc::downgrade(self), Arc::clone(&loaded.engine));
        maker.maker.order(move || {
            if let Some(pool) = pool.upgrade() {
                pool.fill(index);
            }
        });
    }

    fn fill(&self, index: usize) {
        let Some(slot) = self.slots.get(index) else { return };
        let loaded = self.loaded();
        let made = self.make(&loaded);
        slot.is_ordered.store(false, Ordering::Release);
        match made {
            Ok(live) => slot.put(live),
            Err(failure) => {
                self.heard(&loaded, &failure);
                self.turned(&loaded, self.breaker.failed());
            }
        }
    }

    /// Makes an instance that knows everything.
    pub(super) fn make(&self, loaded: &Arc<Loaded>) -> Result<Live<C>, Failure> {
        let began = Instant::now();
        let mut live = Live::create(loaded, &self.creation)?;
        self.tell_all(&mut live)?;
        let us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.made_in_us.store(us, Ordering::Relaxed);
        Ok(live)
    }
}

fn missing() -> Failure {
    Failure::Unavailable("an instance of it is being made again".to_owned())
}
