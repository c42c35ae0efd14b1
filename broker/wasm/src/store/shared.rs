//! What a store's callers and its thread have in common, and how the store is swapped for a new
//! file.

use std::sync::Arc;
use std::sync::mpsc;

use philter_plugin_api::{Completion, Error, Result};

use super::queue::{Queue, ended};
use super::runner::Runner;
use crate::breaker::BreakerState;
use crate::error::OpenError;
use crate::loaded::{Loaded, text_of};
use crate::pool::{Prepared, Reloading};
use crate::watch::Watch;

/// The store's queue, and how its calls end.
pub(crate) struct Shared {
    pub(super) name: String,
    pub(super) queue: Queue,
    pub(super) watch: Watch,
}

impl Shared {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// What is answered, or that the thread has ended.
    pub(super) fn wait<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Runner) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.queue.is_own_thread() {
            return Err(Error::internal(
                "the store was asked by what it answered, on the one thread that it has",
            ));
        }
        let (sender, answer) = mpsc::sync_channel(1);
        let done = Completion::new(move |result| {
            // Whoever asked waits for it.
            let _ = sender.send(result);
        });
        self.ask(0, done, work);
        answer.recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Asks; the answer comes when it is durable.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        bytes: usize,
        done: Completion<T>,
        work: impl FnOnce(&mut Runner) -> Result<T> + Send + 'static,
    ) {
        self.ask_and(bytes, done, work, |value| value);
    }

    /// The same, and does something with what is answered well once it is durable.
    pub(super) fn ask_and<T: Send + 'static, U: Send + 'static>(
        &self,
        bytes: usize,
        done: Completion<U>,
        work: impl FnOnce(&mut Runner) -> Result<T> + Send + 'static,
        and: impl FnOnce(T) -> U + Send + 'static,
    ) {
        let work = move |runner: &mut Runner| {
            let result = work(runner);
            let tell = move |stopped: Option<&Error>| {
                let result = match stopped {
                    Some(error) => Err(error.clone()),
                    None => result,
                };
                done.finish(result.map(and));
            };
            Box::new(tell) as Box<dyn FnOnce(Option<&Error>)>
        };
        // Work that is not taken is dropped, which answers.
        let _ = self.queue.put(bytes, Box::new(work));
    }
}

impl Reloading for Shared {
    fn prepare(
        self: Arc<Self>,
        loaded: &Arc<Loaded>,
    ) -> std::result::Result<Box<dyn Prepared>, OpenError> {
        let new = Arc::clone(loaded);
        let tried = self.wait(move |runner| Ok(runner.try_loaded(&new).map_err(text_of)));
        let not_taken = |reason| OpenError::NotTaken {
            plugin: loaded.info.name.clone(),
            what: "the creation".to_owned(),
            kind: "store",
            name: self.name.clone(),
            reason,
        };
        tried.map_err(|error| not_taken(error.to_string()))?.map_err(not_taken)?;
        let loaded = Arc::clone(loaded);
        Ok(Box::new(Ready { shared: self, loaded }))
    }

    fn breaker_state(&self) -> BreakerState {
        self.watch.state()
    }
}

struct Ready {
    shared: Arc<Shared>,
    loaded: Arc<Loaded>,
}

impl Prepared for Ready {
    fn is_of(&self, other: &Arc<dyn Reloading>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.shared), Arc::as_ptr(other))
    }

    fn switch(self: Box<Self>) {
        let Self { shared, loaded } = *self;
        // Where the thread has ended nothing is left to swap.
        let _ = shared.wait(move |runner| {
            runner.switch(loaded);
            Ok(())
        });
    }
}
