//! Places of instances, and how a call finds one.
//!
//! A call takes the place of its thread, or whichever is free; where none is, it waits, and whoever
//! shares its thread goes on elsewhere. An empty place is filled by whoever needs it where that is
//! quick, else by a thread beside.
//!
//! Invariants:
//! - who waits is woken by each place that comes free and by each instance that could not be made;
//! - an instance that was made beside is of the file that is loaded when it takes its place.

use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Pool;
use super::change::Lag;
use crate::contract::Contract;
use crate::failure::Failure;
use crate::instance::Live;
use crate::limits::{MADE_AT_ONCE_US_MAX, WAIT_MAX, WAITING_MAX};
use crate::loaded::text_of;

/// A place, held.
type Place<'p, C> = MutexGuard<'p, Option<Live<C>>>;

/// How long a thread waits before those who share it are sent elsewhere, which costs as much.
pub(super) const SHORT_WAIT: Duration = Duration::from_micros(200);

/// A place of an instance.
pub(super) struct Slot<C: Contract> {
    live: Mutex<Option<Live<C>>>,
    /// Whether one is to be made for it.
    is_ordered: AtomicBool,
}

impl<C: Contract> Default for Slot<C> {
    fn default() -> Self {
        Self { live: Mutex::new(None), is_ordered: AtomicBool::new(false) }
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
        let before = place.replace(live);
        act();
        drop(place);
        drop(before);
    }
}

/// Those who wait for a place.
#[derive(Default)]
pub(super) struct Queue {
    waiting: AtomicUsize,
    changes: Mutex<Changes>,
    changed: Condvar,
}

/// What those who wait are told.
#[derive(Default)]
struct Changes {
    /// Places that came free while somebody waited.
    count: u64,
    /// Instances that could not be made.
    failures: u64,
    /// Why the last one was not.
    why: String,
}

/// What making an instance takes, as it was the last time.
#[derive(Default)]
pub(super) struct Effort {
    /// Microseconds to create one that knows nothing.
    create_us: AtomicU64,
    /// Nanoseconds to tell one of a binding or expression.
    tell_ns: AtomicU64,
}

impl Effort {
    pub(super) fn created_in(&self, time: Duration) {
        self.create_us
            .store(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn told_in(&self, time: Duration, items: usize) {
        if items > 0 {
            let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            self.tell_ns.store(ns / items as u64, Ordering::Relaxed);
        }
    }

    /// Whether telling so many takes but a moment.
    pub(super) fn is_quick_to_tell(&self, items: usize) -> bool {
        let ns = self.tell_ns.load(Ordering::Relaxed).saturating_mul(items as u64);
        ns <= MADE_AT_ONCE_US_MAX * 1_000
    }

    /// Whether making one that knows so many takes but a moment.
    fn is_quick_to_make(&self, items: usize) -> bool {
        let us = self.create_us.load(Ordering::Relaxed);
        us <= MADE_AT_ONCE_US_MAX && self.is_quick_to_tell(items)
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
        work: impl FnOnce(&mut Live<C>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let (index, mut place) = self.instance()?;
        let Some(live) = place.as_mut() else { return Err(missing("it is gone")) };
        let answer = work(live);
        if live.is_lost() {
            self.lose(index, place);
        } else {
            let wants_another = live.wants_another();
            drop(place);
            if wants_another {
                // It answers until the other one is there.
                self.order(index);
            }
        }
        self.came_free();
        answer
    }

    /// An instance that is ready, locked.
    fn instance(self: &Arc<Self>) -> Result<(usize, Place<'_, C>), Failure> {
        let own = place() % self.slots.len().max(1);
        match self.find(own)? {
            Some(found) => Ok(found),
            None => self.wait(own),
        }
    }

    /// Waits for one.
    fn wait(self: &Arc<Self>, own: usize) -> Result<(usize, Place<'_, C>), Failure> {
        let Queue { waiting, changes, changed } = &self.queue;
        if waiting.fetch_add(1, Ordering::SeqCst) >= WAITING_MAX {
            waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(missing(&format!("{WAITING_MAX} calls wait for one already")));
        }
        let (began, failures) = (Instant::now(), changes.lock().failures);
        let mut has_left = false;
        let found = loop {
            let seen = changes.lock().count;
            match self.find(own) {
                Ok(None) => {}
                Ok(Some(found)) => break Ok(found),
                Err(failure) => break Err(failure),
            }
            let waited = began.elapsed();
            if waited >= SHORT_WAIT && !mem::replace(&mut has_left, true) {
                self.loaded().engine.leave();
            }
            let mut now = changes.lock();
            if now.failures > failures {
                break Err(missing(&now.why));
            }
            if waited >= WAIT_MAX {
                break Err(missing(&format!("none came free in {} s", WAIT_MAX.as_secs())));
            }
            if now.count == seen {
                changed.wait_for(&mut now, if has_left { WAIT_MAX } else { SHORT_WAIT });
            }
        };
        waiting.fetch_sub(1, Ordering::SeqCst);
        found
    }

    /// A place came free, or has an instance.
    pub(super) fn came_free(&self) {
        // Either this sees who waits, or who waits sees the place.
        fence(Ordering::SeqCst);
        if self.queue.waiting.load(Ordering::SeqCst) > 0 {
            self.queue.changes.lock().count += 1;
            self.queue.changed.notify_all();
        }
    }

    /// A place that is free and has an instance, or where one is quickly made; none where all are
    /// in use or being filled.
    fn find(self: &Arc<Self>, own: usize) -> Result<Option<(usize, Place<'_, C>)>, Failure> {
        let (mut failed, count) = (None, self.slots.len());
        for index in (0..count).map(|further| (own + further) % count) {
            let Some(place) = self.slots.get(index).and_then(|slot| slot.live.try_lock()) else {
                continue;
            };
            match self.ready(index, place) {
                Ok(Ok(place)) => return Ok(Some((index, place))),
                Ok(Err(place)) if index == own => match self.fill_own(own, place) {
                    Ok(None) => {}
                    Ok(Some(place)) => return Ok(Some((own, place))),
                    Err(failure) => failed = Some(failure),
                },
                Ok(Err(_)) => {}
                Err(failure) => failed = Some(failure),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// The place again, where its instance can be asked: it is told what it missed. Otherwise the
    /// place as it is.
    fn ready<'p>(
        self: &Arc<Self>,
        index: usize,
        mut place: Place<'p, C>,
    ) -> Result<Result<Place<'p, C>, Place<'p, C>>, Failure> {
        let Some(live) = place.as_mut().filter(|live| live.is_of(&self.loaded.read())) else {
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

    /// Fills the place of this thread, if that is quick; else it is filled beside.
    fn fill_own<'p>(
        self: &Arc<Self>,
        own: usize,
        mut place: Place<'p, C>,
    ) -> Result<Option<Place<'p, C>>, Failure> {
        if !self.effort.is_quick_to_make(self.journal.lock().len()) {
            drop(place);
            self.order(own);
            return Ok(None);
        }
        let before = place.take();
        let made = self.make(&self.loaded())?;
        *place = Some(made);
        drop(before);
        Ok(Some(place))
    }

    /// Takes an instance away that is lost. Another one takes its place, unless whoever needs it
    /// makes it as quickly.
    fn lose(self: &Arc<Self>, index: usize, mut place: Place<'_, C>) {
        let lost = place.take();
        drop(place);
        drop(lost);
        if !self.effort.is_quick_to_make(self.journal.lock().len()) {
            self.order(index);
        }
    }

    /// Has an instance made by another thread, of which a pool has one while something is ordered.
    pub(super) fn order(self: &Arc<Self>, index: usize) {
        let Some(slot) = self.slots.get(index) else { return };
        slot.is_ordered.store(true, Ordering::SeqCst);
        if self.is_making.swap(true, Ordering::SeqCst) {
            return;
        }
        let pool = Arc::downgrade(self);
        let thread = std::thread::Builder::new().name("wasm-maker".to_owned());
        let started = thread.spawn(move || {
            while let Some(pool) = pool.upgrade() {
                match catch_unwind(AssertUnwindSafe(|| pool.fill_next())) {
                    Ok(true) => {}
                    Ok(false) => return,
                    Err(_) => return pool.end_making("the thread that makes one panicked"),
                }
            }
        });
        if let Err(error) = started {
            self.end_making(&format!("no thread to make one: {error}"));
        }
    }

    /// Nothing that was ordered is made.
    fn end_making(&self, why: &str) {
        self.slots.iter().for_each(|slot| slot.is_ordered.store(false, Ordering::SeqCst));
        self.is_making.store(false, Ordering::SeqCst);
        if self.slots.iter().any(|slot| self.is_empty(slot)) {
            self.not_made(why.to_owned());
        }
    }

    /// Whether nobody has the place, and nothing that can be asked is in it.
    fn is_empty(&self, slot: &Slot<C>) -> bool {
        let place = slot.live.try_lock();
        place.is_some_and(|live| live.as_ref().is_none_or(|it| !it.is_of(&self.loaded.read())))
    }

    /// Fills a place that is ordered; false where there is none.
    fn fill_next(&self) -> bool {
        let ordered = || self.slots.iter().find(|slot| slot.is_ordered.load(Ordering::SeqCst));
        let Some(slot) = ordered() else {
            self.is_making.store(false, Ordering::SeqCst);
            // Who ordered meanwhile found this thread at work.
            return ordered().is_some() && !self.is_making.swap(true, Ordering::SeqCst);
        };
        let loaded = self.loaded();
        let made = self.make(&loaded);
        slot.is_ordered.store(false, Ordering::SeqCst);
        match made {
            Ok(live) => {
                let mut place = slot.live.lock();
                // What was swapped meanwhile stays.
                let is_wanted = live.is_of(&self.loaded.read());
                let rest = if is_wanted { place.replace(live) } else { Some(live) };
                let is_empty = place.is_none();
                drop(place);
                drop(rest);
                if is_empty {
                    slot.is_ordered.store(true, Ordering::SeqCst);
                }
                self.came_free();
            }
            Err(failure) => {
                self.watch.failed(&loaded, &failure);
                // Where one is that another was to follow, it goes on.
                if self.is_empty(slot) {
                    self.not_made(text_of(failure));
                }
            }
        }
        true
    }

    /// Those who wait for an instance hear why there is none.
    fn not_made(&self, why: String) {
        let mut changes = self.queue.changes.lock();
        changes.failures += 1;
        changes.why = why;
        drop(changes);
        self.queue.changed.notify_all();
    }
}

fn missing(why: &str) -> Failure {
    Failure::Unavailable(format!("there is no instance of it: {why}"))
}
