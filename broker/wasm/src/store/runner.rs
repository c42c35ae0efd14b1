//! What runs on a store's thread: the instance, its database, and what is committed together.
//!
//! Invariants:
//! - what a call wrote is kept if it answered well, and forgotten otherwise;
//! - an answer is told after the commit that it is in; once a commit failed nothing is answered
//!   well any more;
//! - an instance that was lost, or has taken much memory, is made anew before the next call.

use std::collections::HashMap;
use std::sync::Arc;

use philter_plugin_api::{Error, Level, Result};
use redb::WriteTransaction;
use wasmtime::component::{ComponentNamedList, Lift, Lower, TypedFunc};

use super::database::Database;
use super::guest::{Guest, Said};
use super::map::Map;
use super::queue::{Queue, Work};
use super::seen::Seen;
use super::shared::Shared;
use crate::contract::StoreCalls;
use crate::failure::Failure;
use crate::instance::Creation;
use crate::loaded::Loaded;

/// The thread's side of a store.
pub(crate) struct Runner {
    loaded: Arc<Loaded>,
    shared: Arc<Shared>,
    creation: Creation,
    database: Database,
    /// Of what is kept together now.
    transaction: Option<WriteTransaction>,
    has_written: bool,
    guest: Option<Guest>,
    /// What the store said when it was first made.
    said: Option<Said>,
    /// Why nothing is kept any more.
    stopped: Option<Error>,
    shards: HashMap<u32, Seen>,
}

/// Whether what a call wrote is kept.
pub(super) enum Kept<T> {
    Yes(T),
    No(T),
}

impl Runner {
    pub(super) fn new(
        loaded: &Arc<Loaded>,
        shared: &Arc<Shared>,
        creation: Creation,
        database: Database,
    ) -> Self {
        Self {
            loaded: Arc::clone(loaded),
            shared: Arc::clone(shared),
            creation,
            database,
            transaction: None,
            has_written: false,
            guest: None,
            said: None,
            stopped: None,
            shards: HashMap::new(),
        }
    }

    /// Works until the queue ends.
    pub(super) fn run(mut self, queue: &Queue) {
        while let Some(group) = queue.next() {
            self.run_group(group);
        }
    }

    /// Runs what is kept together, and tells the answers.
    fn run_group(&mut self, group: Vec<Work>) {
        let tellings: Vec<_> = group.into_iter().map(|work| work(self)).collect();
        self.commit();
        let stopped = self.stopped.clone();
        tellings.into_iter().for_each(|tell| tell(stopped.as_ref()));
    }

    /// Makes the first instance, which says whether the configuration is right.
    ///
    /// # Errors
    /// What the plugin says, or how it failed.
    pub(super) fn begin(&mut self) -> Result<Said> {
        if let Err(failure) = self.make() {
            let error = || failure.into_error(&self.loaded.info.name);
            return Err(self.stopped.clone().unwrap_or_else(error));
        }
        self.said.ok_or_else(|| Error::internal("the store was made and said nothing"))
    }

    /// Calls a function and keeps what it wrote if `check` finds its answer good and says so.
    pub(super) fn call<P, R, T>(
        &mut self,
        pick: impl FnOnce(&StoreCalls) -> &TypedFunc<P, R>,
        parameters: P,
        check: impl FnOnce(&mut HashMap<u32, Seen>, R) -> Result<Kept<T>, Failure>,
    ) -> Result<T>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        if let Some(stopped) = &self.stopped {
            return Err(stopped.clone());
        }
        let (shared, loaded) = (Arc::clone(&self.shared), Arc::clone(&self.loaded));
        let ask = || self.ask(pick, parameters, check);
        let answer = shared.watch.guarded_but_for_its_own(&loaded, ask);
        match (&self.stopped, answer) {
            (Some(stopped), _) => Err(stopped.clone()),
            (None, answer) => answer.map_err(|failure| failure.into_error(&loaded.info.name)),
        }
    }

    fn ask<P, R, T>(
        &mut self,
        pick: impl FnOnce(&StoreCalls) -> &TypedFunc<P, R>,
        parameters: P,
        check: impl FnOnce(&mut HashMap<u32, Seen>, R) -> Result<Kept<T>, Failure>,
    ) -> Result<T, Failure>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        if self.guest.is_none() {
            self.make().map_err(Failure::of_another_instance)?;
        }
        let transaction = self.take_transaction()?;
        let Some(guest) = self.guest.as_mut() else { return Err(missing()) };
        let (answer, map) = guest.call(pick, parameters, transaction);
        let answer = answer.and_then(|answer| check(&mut self.shards, answer));
        if let Err(Failure::Trap { .. } | Failure::Fault(_)) = &answer {
            // What it has in memory may be of what is not kept.
            guest.lose();
            self.guest = None;
        } else if guest.wants_another() {
            self.guest = None;
        }
        match answer {
            Ok(Kept::Yes(value)) => self.keep(map).map(|()| value),
            Ok(Kept::No(value)) => {
                self.forget(map);
                Ok(value)
            }
            Err(failure) => {
                self.forget(map);
                Err(failure)
            }
        }
    }

    /// Makes an instance over what is in the database.
    fn make(&mut self) -> Result<(), Failure> {
        let loaded = Arc::clone(&self.loaded);
        let mut guest = Guest::instantiate(&loaded)?;
        let transaction = self.take_transaction()?;
        let (said, map) = guest.create(&self.creation, transaction);
        match said.and_then(|said| self.check_said(said)) {
            Ok(said) => {
                self.keep(map)?;
                (self.guest, self.said) = (Some(guest), Some(said));
                Ok(())
            }
            Err(failure) => {
                guest.lose();
                self.forget(map);
                Err(failure)
            }
        }
    }

    /// Whether another file could go on: it is made over what there is, and what it writes by that
    /// is forgotten.
    pub(super) fn try_loaded(&mut self, loaded: &Arc<Loaded>) -> Result<(), Failure> {
        let mut guest = Guest::instantiate(loaded)?;
        let transaction = self.take_transaction()?;
        let (said, map) = guest.create(&self.creation, transaction);
        self.forget(map);
        self.check_said(said?).map(drop)
    }

    /// Goes on with another file.
    pub(super) fn switch(&mut self, loaded: Arc<Loaded>) {
        self.guest = None;
        self.loaded = loaded;
        self.shared.watch.renew();
        if let Err(failure) = self.make() {
            self.shared.watch.failed(&self.loaded, &failure);
        }
    }

    /// What a store can do is the same as long as it lives.
    fn check_said(&self, said: Said) -> Result<Said, Failure> {
        match self.said {
            Some(before) if before != said => Err(Failure::Fault(format!(
                "its capabilities were {before:?} and are {said:?} of another instance"
            ))),
            _ => Ok(said),
        }
    }

    fn take_transaction(&mut self) -> Result<WriteTransaction, Failure> {
        if let Some(transaction) = self.transaction.take() {
            return Ok(transaction);
        }
        self.database.begin().map_err(|error| self.stop(error))
    }

    /// What a call wrote goes into what is committed next.
    fn keep(&mut self, map: Option<Map>) -> Result<(), Failure> {
        let Some(map) = map else { return Err(missing()) };
        match map.with() {
            Ok((transaction, has_written)) => {
                self.transaction = Some(transaction);
                self.has_written |= has_written;
                Ok(())
            }
            Err(error) => Err(self.stop(self.database.failed(&error))),
        }
    }

    /// What a call wrote goes nowhere.
    fn forget(&mut self, map: Option<Map>) {
        let Some(map) = map else { return };
        if let Some(failure) = map.failure() {
            let error = self.database.failed(&failure);
            self.stop(error);
        }
        self.transaction = Some(map.without());
    }

    /// Makes durable what was kept.
    fn commit(&mut self) {
        let Some(transaction) = self.transaction.take() else { return };
        let has_written = std::mem::take(&mut self.has_written);
        let ended = match has_written && self.stopped.is_none() {
            true => transaction.commit().map_err(|error| self.database.failed(&error)),
            false => transaction.abort().map_err(|error| self.database.failed(&error)),
        };
        if let Err(error) = ended {
            self.stop(error);
        }
    }

    /// Nothing is kept any more.
    fn stop(&mut self, error: Error) -> Failure {
        if self.stopped.is_none() {
            self.loaded.voice.say(Level::Error, error.text());
            self.stopped = Some(error.clone());
        }
        Failure::Unavailable(error.text().to_owned())
    }
}

fn missing() -> Failure {
    Failure::Unavailable("its map is gone by a fault of the host".to_owned())
}
