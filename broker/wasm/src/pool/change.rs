//! Changes of what instances know: bindings and expressions that come and go.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use parking_lot::MutexGuard;
use philter_plugin_api::{Error, ErrorKind, Level};

use super::Pool;
use super::journal::Change;
use super::slot::SHORT_WAIT;
use crate::call::thread_time;
use crate::contract::{Contract, Id};
use crate::failure::Failure;
use crate::instance::Live;
use crate::limits::BROKEN_AT_ONCE_MAX;
use crate::loaded::{Loaded, text_of};
use crate::statistics::count;

/// How far an instance was behind.
pub(super) enum Lag {
    /// It knows everything now.
    None,
    /// More than is kept: it has to be made anew.
    TooMuch,
}

impl<C: Contract> Pool<C> {
    /// Adds something: the plugin is asked first, and what it says of it is answered.
    ///
    /// # Errors
    /// What the plugin says, or how it failed. Nothing changed.
    pub(crate) fn add(self: &Arc<Self>, id: Id, item: C::Item) -> Result<u32, Error> {
        let _open = self.gate.pass(&self.loaded().engine);
        let _changing = self.changing();
        let loaded = self.loaded();
        let time = loaded.create_time();
        let began = Instant::now();
        let added = self.with_instance(|live| {
            let flags = C::tell(live, id, &item, time)?;
            self.effort.told_in(began.elapsed(), 1);
            let mut journal = self.journal.lock();
            live.applied = journal.add(id, item, flags);
            live.learn(id, flags);
            self.last.store(live.applied, Ordering::Release);
            Ok(flags)
        });
        // What somebody binds or compiles is no reason to leave others' messages alone.
        added.map_err(|failure| {
            self.watch.heard(&loaded, &failure);
            failure.into_error(&loaded.info.name)
        })
    }

    /// Forgets something. Instances hear of it when they are next asked.
    ///
    /// # Errors
    /// There is no such thing.
    pub(crate) fn remove(&self, id: Id, what: &str) -> Result<(), Error> {
        let _changing = self.changing();
        let removed = self.journal.lock().remove(id);
        let last = removed
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no {what} {id}")))?;
        self.last.store(last, Ordering::Release);
        Ok(())
    }

    /// Whether something is there.
    pub(crate) fn has(&self, id: Id) -> bool {
        self.journal.lock().has(id)
    }

    /// The right to change what there is. Somebody else may have it for as long as a call of the
    /// plugin takes.
    pub(super) fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.try_lock_for(SHORT_WAIT).unwrap_or_else(|| {
            self.loaded().engine.leave();
            self.changing.lock()
        })
    }

    /// Tells an instance what it missed.
    pub(super) fn catch_up(&self, live: &mut Live<C>) -> Result<Lag, Failure> {
        if live.applied == self.last.load(Ordering::Acquire) {
            return Ok(Lag::None);
        }
        let (changes, last) = {
            let journal = self.journal.lock();
            let Some(changes) = journal.since(live.applied) else { return Ok(Lag::TooMuch) };
            let item = |change| match change {
                Change::Added(id) => (id, journal.item(id)),
                Change::Removed(id) => (id, None),
            };
            (changes.into_iter().map(item).collect::<Vec<_>>(), journal.last())
        };
        if !self.effort.is_quick_to_tell(changes.len()) {
            self.loaded().engine.leave();
        }
        let mut budget = self.budget(changes.len());
        for (id, item) in changes {
            match item {
                Some(item) => self.tell(live, id, &item, budget.left()?)?,
                None if live.unlearn(id) => self.forget(live, id)?,
                None => {}
            }
        }
        live.applied = last;
        Ok(Lag::None)
    }

    /// Makes an instance that knows everything but what it does not survive.
    pub(super) fn make(&self, loaded: &Arc<Loaded>) -> Result<Live<C>, Failure> {
        let mut tries_left = BROKEN_AT_ONCE_MAX;
        loop {
            let began = Instant::now();
            let mut live = Live::create(loaded, &self.creation)?;
            self.effort.created_in(began.elapsed());
            let snapshot = self.journal.lock().snapshot(false);
            let (began, count) = (Instant::now(), snapshot.items.len());
            let mut budget = self.budget(count);
            let told = snapshot.items.into_iter().try_for_each(|(id, item)| {
                let left = budget.left().map_err(|failure| (None, failure))?;
                self.tell(&mut live, id, &item, left).map_err(|failure| (Some(id), failure))
            });
            match told {
                Ok(()) => {
                    self.effort.told_in(began.elapsed(), count);
                    live.applied = snapshot.last;
                    live.settle();
                    return Ok(live);
                }
                Err((Some(id), failure)) if tries_left > 0 => {
                    tries_left -= 1;
                    let text = text_of(failure.clone());
                    self.watch.heard(loaded, &failure);
                    self.broke(loaded, id, &text);
                }
                Err((_, failure)) => return Err(failure),
            }
        }
    }

    /// What telling so many may take of a thread's time.
    fn budget(&self, items: usize) -> Budget {
        let loaded = self.loaded();
        let (call, each) = (loaded.create_time(), loaded.call_time());
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        Budget { ends: thread_time() + call + each.saturating_mul(items), call }
    }

    /// Tells one thing that the plugin took before. Where it does not any more, that is broken,
    /// and the rest goes on.
    fn tell(
        &self,
        live: &mut Live<C>,
        id: Id,
        item: &C::Item,
        time: Duration,
    ) -> Result<(), Failure> {
        if live.flags(id).is_some() {
            return Ok(());
        }
        match C::tell(live, id, item, time) {
            Ok(flags) => {
                live.learn(id, flags);
                Ok(())
            }
            Err(Failure::Plugin(error)) => {
                self.broke(&self.loaded(), id, &error.to_string());
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    fn forget(&self, live: &mut Live<C>, id: Id) -> Result<(), Failure> {
        let time = self.loaded().create_time();
        match C::forget(live, id, time) {
            Ok(()) | Err(Failure::Plugin(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    fn broke(&self, loaded: &Loaded, id: Id, why: &str) {
        if self.journal.lock().set_broken(id) {
            count(&loaded.counters.broken);
            let (kind, name) = (C::KIND, &self.creation.name);
            let text =
                format!("{kind} '{name}': number {id} is broken, a new instance says: {why}");
            loaded.voice.say(Level::Error, &text);
        }
    }
}

/// What is left of the time for telling many things.
struct Budget {
    /// By the thread's own time.
    ends: Duration,
    call: Duration,
}

impl Budget {
    /// What the next call may take.
    fn left(&mut self) -> Result<Duration, Failure> {
        match self.ends.saturating_sub(thread_time()) {
            Duration::ZERO => {
                let text = "telling it everything took too long".to_owned();
                Err(Failure::Trap { text, is_deadline: true })
            }
            left => Ok(left.min(self.call)),
        }
    }
}
