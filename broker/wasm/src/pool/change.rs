//! Changes of what instances know: bindings and expressions that come and go.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use philter_plugin_api::{Error, ErrorKind, Level};

use super::Pool;
use super::journal::Change;
use crate::contract::{Contract, Id};
use crate::failure::Failure;
use crate::instance::Live;
use crate::loaded::Loaded;
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
        let _changing = self.changing.lock();
        let loaded = self.loaded();
        let time = loaded.create_time();
        let added = self.guarded_change(&loaded, |live| {
            let flags = C::tell(live, id, &item, time)?;
            let mut journal = self.journal.lock();
            live.applied = journal.add(id, item, flags);
            live.known.insert(id, flags);
            self.last.store(live.applied, Ordering::Release);
            Ok(flags)
        });
        added.map_err(|failure| failure.into_error(&loaded.info.name))
    }

    /// Forgets something. Instances hear of it when they are next asked.
    ///
    /// # Errors
    /// There is no such thing.
    pub(crate) fn remove(&self, id: Id, what: &str) -> Result<(), Error> {
        let _changing = self.changing.lock();
        let removed = self.journal.lock().remove(id);
        let last = removed
            .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("there is no {what} {id}")))?;
        self.last.store(last, Ordering::Release);
        Ok(())
    }

    /// Everything that is there, by id.
    pub(crate) fn ids(&self) -> Vec<Id> {
        self.journal.lock().ids()
    }

    /// What all of it reads.
    pub(crate) fn flags(&self) -> u32 {
        self.journal.lock().all_flags()
    }

    /// As `guarded`; a refusal of the plugin is no failure of it.
    fn guarded_change<R>(
        self: &Arc<Self>,
        loaded: &Arc<Loaded>,
        work: impl FnOnce(&mut Live<C>) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let mut refused = None;
        let answer = self.guarded(loaded, |live| match work(live) {
            Err(Failure::Plugin(error)) => {
                refused = Some(error);
                Ok(None)
            }
            other => other.map(Some),
        })?;
        answer.ok_or_else(|| match refused {
            Some(error) => Failure::Plugin(error),
            None => Failure::Unavailable("it gave no answer".to_owned()),
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
        for (id, item) in changes {
            match item {
                Some(item) => self.tell(live, id, &item)?,
                None if live.known.remove(&id).is_some() => self.forget(live, id)?,
                None => {}
            }
        }
        live.applied = last;
        Ok(Lag::None)
    }

    /// Tells a new instance everything.
    pub(super) fn tell_all(&self, live: &mut Live<C>) -> Result<(), Failure> {
        let snapshot = self.journal.lock().snapshot();
        for (id, item) in snapshot.items {
            self.tell(live, id, &item)?;
        }
        live.applied = snapshot.last;
        Ok(())
    }

    /// Tells one thing that the plugin took before. Where it does not any more, that is broken,
    /// and the rest goes on.
    fn tell(&self, live: &mut Live<C>, id: Id, item: &C::Item) -> Result<(), Failure> {
        if live.known.contains_key(&id) {
            return Ok(());
        }
        let loaded = self.loaded();
        match C::tell(live, id, item, loaded.create_time()) {
            Ok(flags) => {
                live.known.insert(id, flags);
                Ok(())
            }
            Err(Failure::Plugin(error)) => {
                self.broke(&loaded, id, &error);
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

    fn broke(&self, loaded: &Loaded, id: Id, error: &Error) {
        if self.journal.lock().set_broken(id) {
            count(&loaded.counters.broken);
            let (kind, name) = (C::KIND, &self.creation.name);
            let text =
                format!("{kind} '{name}': number {id} is broken, a new instance says: {error}");
            loaded.voice.say(Level::Error, &text);
        }
    }
}
