//! Swaps a pool's instances for those of a new file.
//!
//! It is made ready while everybody goes on; then, while nobody can add anything, it is told what
//! came meanwhile, and takes the place of what was there between two calls.

use std::sync::Arc;

use super::Pool;
use super::journal::Snapshot;
use crate::breaker::BreakerState;
use crate::contract::{Contract, Id};
use crate::error::OpenError;
use crate::failure::Failure;
use crate::instance::Live;
use crate::loaded::{Loaded, text_of};

/// A pool that can be swapped, whatever its kind.
pub(crate) trait Reloading: Send + Sync {
    /// Makes an instance of the new file that knows everything; nothing is changed yet.
    ///
    /// # Errors
    /// What the new file does not take.
    fn prepare(self: Arc<Self>, loaded: &Arc<Loaded>) -> Result<Box<dyn Prepared>, OpenError>;

    /// Its breaker.
    fn breaker_state(&self) -> BreakerState;
}

/// A pool that is ready to be swapped.
pub(crate) trait Prepared {
    /// Whether it is of this pool.
    fn is_of(&self, pool: &Arc<dyn Reloading>) -> bool;

    /// Tells the new instance what came since, while nothing more can come.
    ///
    /// # Errors
    /// What the new file does not take of that.
    fn settle(&mut self) -> Result<(), OpenError> {
        // Whoever is told nothing but what it is asked missed nothing.
        Ok(())
    }

    /// Swaps: every call that begins from now on is of the new file.
    fn switch(self: Box<Self>);
}

struct Ready<C: Contract> {
    pool: Arc<Pool<C>>,
    loaded: Arc<Loaded>,
    live: Live<C>,
}

impl<C: Contract> Reloading for Pool<C> {
    fn prepare(self: Arc<Self>, loaded: &Arc<Loaded>) -> Result<Box<dyn Prepared>, OpenError> {
        let made = Live::create(loaded, &self.creation);
        let made = made.map_err(|failure| self.not_taken(loaded, "the creation", failure))?;
        let (pool, loaded) = (self, Arc::clone(loaded));
        let mut ready = Ready { pool, loaded, live: made };
        let Snapshot { items, last } = ready.pool.journal.lock().snapshot(true);
        for (id, item) in &items {
            ready.tell(*id, item)?;
        }
        ready.live.applied = last;
        Ok(Box::new(ready))
    }

    fn breaker_state(&self) -> BreakerState {
        self.watch.state()
    }
}

impl<C: Contract> Pool<C> {
    fn not_taken(&self, loaded: &Loaded, what: &str, failure: Failure) -> OpenError {
        OpenError::NotTaken {
            plugin: loaded.info.name.clone(),
            what: what.to_owned(),
            kind: C::KIND.name(),
            name: self.creation.name.clone(),
            reason: text_of(failure),
        }
    }
}

impl<C: Contract> Ready<C> {
    fn tell(&mut self, id: Id, item: &C::Item) -> Result<(), OpenError> {
        let number = format!("number {id}");
        let told = C::tell(&mut self.live, id, item, self.loaded.create_time());
        let flags = match told {
            Ok(flags) => flags,
            // What was broken before may stay so.
            Err(Failure::Plugin(_)) if self.pool.journal.lock().is_broken(id) => return Ok(()),
            Err(failure) => return Err(self.pool.not_taken(&self.loaded, &number, failure)),
        };
        let before = self.pool.journal.lock().flags(id).unwrap_or(flags);
        if C::is_remembered(before) && !C::is_remembered(flags) {
            let reason = "its answers may be remembered already, and the new file reads more than \
                          the routing key for them";
            let failure = Failure::Unavailable(reason.to_owned());
            return Err(self.pool.not_taken(&self.loaded, &number, failure));
        }
        self.live.learn(id, flags);
        Ok(())
    }
}

impl<C: Contract> Prepared for Ready<C> {
    fn is_of(&self, pool: &Arc<dyn Reloading>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.pool), Arc::as_ptr(pool))
    }

    fn settle(&mut self) -> Result<(), OpenError> {
        let Snapshot { items, last } = self.pool.journal.lock().snapshot(true);
        for (id, item) in &items {
            if self.live.flags(*id).is_none() {
                self.tell(*id, item)?;
            }
        }
        let gone = |id: &Id| items.binary_search_by_key(id, |(id, _)| *id).is_err();
        let gone: Vec<Id> = self.live.known().keys().copied().filter(gone).collect();
        for id in gone {
            self.live.unlearn(id);
            let forgotten = C::forget(&mut self.live, id, self.loaded.create_time());
            if let Err(failure) = forgotten.or_else(but_for_its_own) {
                let what = format!("the end of number {id}");
                return Err(self.pool.not_taken(&self.loaded, &what, failure));
            }
        }
        self.live.applied = last;
        self.live.settle();
        Ok(())
    }

    fn switch(self: Box<Self>) {
        let Self { pool, loaded, live } = *self;
        {
            let mut journal = pool.journal.lock();
            live.known().iter().for_each(|(id, flags)| journal.took(*id, *flags));
        }
        pool.watch.renew();
        let swap = || *pool.loaded.write() = Arc::clone(&loaded);
        match pool.slots.first() {
            // Whoever sees the new file finds its instance, or waits for it here.
            Some(slot) => slot.put_and(live, swap),
            None => swap(),
        }
        pool.came_free();
        for index in 1..pool.slots.len() {
            pool.order(index);
        }
    }
}

/// An instance may say that it knew nothing of it.
fn but_for_its_own(failure: Failure) -> Result<(), Failure> {
    if matches!(failure, Failure::Plugin(_)) { Ok(()) } else { Err(failure) }
}
