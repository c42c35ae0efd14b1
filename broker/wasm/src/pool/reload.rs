//! Swaps a pool's instances for those of a new file.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::Pool;
use crate::breaker::BreakerState;
use crate::contract::Contract;
use crate::error::OpenError;
use crate::failure::Failure;
use crate::instance::Live;
use crate::loaded::{Loaded, text_of};

/// The bit of what a plugin says of a binding that lets its answers be remembered.
const REMEMBERED: u32 = 256;

/// The bits that name more than the routing key.
const BEYOND_KEY: u32 = !(REMEMBERED | 1);

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
    /// Swaps: every call that begins from now on is of the new file.
    fn switch(self: Box<Self>);
}

struct Ready<C: Contract> {
    pool: Arc<Pool<C>>,
    loaded: Arc<Loaded>,
    live: Live<C>,
    made_in_us: u64,
}

impl<C: Contract> Reloading for Pool<C> {
    fn prepare(self: Arc<Self>, loaded: &Arc<Loaded>) -> Result<Box<dyn Prepared>, OpenError> {
        let not_taken = |what: String, failure: Failure| OpenError::NotTaken {
            plugin: loaded.info.name.clone(),
            what,
            kind: C::KIND.name(),
            name: self.creation.name.clone(),
            reason: text_of(failure),
        };
        let began = Instant::now();
        let made = Live::create(loaded, &self.creation);
        let mut live = made.map_err(|failure| not_taken("the creation".to_owned(), failure))?;
        let snapshot = self.journal.lock().snapshot();
        for (id, item) in snapshot.items {
            let told = C::tell(&mut live, id, &item, loaded.create_time());
            let flags = told.map_err(|failure| not_taken(format!("number {id}"), failure))?;
            let before = self.journal.lock().flags(id).unwrap_or(flags);
            if is_remembered(before) && !is_remembered(flags) {
                let reason = "its answers may be remembered already, and the new file reads more \
                              than the routing key for them";
                let failure = Failure::Unavailable(reason.to_owned());
                return Err(not_taken(format!("number {id}"), failure));
            }
            live.known.insert(id, flags);
        }
        live.applied = snapshot.last;
        let made_in_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (pool, loaded) = (self, Arc::clone(loaded));
        Ok(Box::new(Ready { pool, loaded, live, made_in_us }))
    }

    fn breaker_state(&self) -> BreakerState {
        self.breaker.state()
    }
}

impl<C: Contract> Prepared for Ready<C> {
    fn switch(self: Box<Self>) {
        let Self { pool, loaded, live, made_in_us } = *self;
        // What changes meanwhile is told to this instance like to any other.
        let changing = pool.changing.lock();
        {
            let mut journal = pool.journal.lock();
            for (id, flags) in &live.known {
                journal.set_flags(*id, *flags);
            }
        }
        pool.made_in_us.store(made_in_us, Ordering::Relaxed);
        let swap = || *pool.loaded.write() = Arc::clone(&loaded);
        match pool.slots.first() {
            // Whoever sees the new file finds its instance, or waits for it here.
            Some(slot) => slot.put_and(live, swap),
            None => swap(),
        }
        drop(changing);
        for index in 1..pool.slots.len() {
            pool.order(index, &loaded);
        }
    }
}

fn is_remembered(flags: u32) -> bool {
    flags & REMEMBERED != 0 && flags & BEYOND_KEY == 0
}
