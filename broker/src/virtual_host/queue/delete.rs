//! The end of a live queue: who may delete it, and when it goes by itself.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::Lifetime;

use super::{State, Waker};
use crate::virtual_host::limits::STEP_ENTRIES;
use crate::virtual_host::{Exchange, OwnerId, Queue};

/// Why a queue can't be deleted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InUse {
    Owned,
    HasConsumers(usize),
    HasMessages(usize),
    /// It does not go by itself, or not yet.
    NotDue,
    Deleted,
}

/// What a delete asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeleteIf {
    /// Nobody consumes from it.
    pub(crate) unused: bool,
    /// Nothing is in it, held or not.
    pub(crate) empty: bool,
    /// Nothing is in it that nobody holds.
    pub(crate) nothing_ready: bool,
}

/// What makes a queue go by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::virtual_host) enum Occasion {
    /// A consumer or its owner left, at this time.
    Left(u64),
    /// The session that declared it ended.
    Closed,
    /// Time passed.
    Tick(u64),
}

/// What is known of a queue's end.
#[derive(Debug, Default)]
pub(super) struct Ending {
    /// It has had its users, and has none now.
    is_abandoned: bool,
    /// When it goes unless somebody comes.
    due_ms: Option<u64>,
}

impl Ending {
    /// Somebody uses it.
    pub(super) fn call_off(&mut self) {
        *self = Self::default();
    }

    /// Somebody was here: its time begins anew when he leaves.
    pub(super) fn put_off(&mut self) {
        self.due_ms = None;
    }
}

impl Queue {
    /// Marks the queue as deleted if the conditions hold; from then on it takes and gives nothing.
    pub(crate) fn begin_delete(&self, owner: Option<OwnerId>, when: DeleteIf) -> Result<(), InUse> {
        let mut state = self.state.lock();
        state.check_there()?;
        if state.owner.is_some() && state.owner != owner {
            return Err(InUse::Owned);
        }
        let (messages, consumers) = (state.entries.len(), state.entries.consumer_count());
        if when.empty && messages > 0 {
            return Err(InUse::HasMessages(messages));
        }
        let ready = state.entries.ready();
        if when.nothing_ready && ready > 0 {
            return Err(InUse::HasMessages(ready));
        }
        if when.unused && consumers > 0 {
            return Err(InUse::HasConsumers(consumers));
        }
        state.is_deleted = true;
        Ok(())
    }

    /// Marks the queue as deleted whoever uses it.
    pub(in crate::virtual_host) fn begin_destroy(&self) -> Result<(), InUse> {
        let mut state = self.state.lock();
        state.check_there()?;
        state.is_deleted = true;
        Ok(())
    }

    /// Marks the queue as deleted if it is one that goes by itself, and its time has come.
    pub(in crate::virtual_host) fn begin_auto_delete(
        &self,
        occasion: Occasion,
    ) -> Result<(), InUse> {
        if !self.settings.is_auto_delete {
            return Err(InUse::NotDue);
        }
        let mut state = self.state.lock();
        state.check_there()?;
        if occasion == Occasion::Closed {
            if self.settings.lifetime != Some(Lifetime::DeleteOnClose) {
                return Err(InUse::NotDue);
            }
            state.is_deleted = true;
            return Ok(());
        }
        state.check_unused()?;
        if matches!(occasion, Occasion::Left(_)) {
            state.ending.is_abandoned = true;
        }
        if !state.ending.is_abandoned {
            return Err(InUse::NotDue);
        }
        match self.settings.lifetime {
            Some(Lifetime::DeleteIfUnusedAndEmpty) if !state.entries.is_empty() => {
                return Err(InUse::HasMessages(state.entries.len()));
            }
            Some(Lifetime::Manual | Lifetime::DeleteOnClose) => return Err(InUse::NotDue),
            _ => {}
        }
        let (Occasion::Left(now_ms) | Occasion::Tick(now_ms)) = occasion else { return Ok(()) };
        if let Some(timeout_ms) = self.settings.auto_delete_timeout_ms {
            let due_ms = now_ms.saturating_add(timeout_ms);
            if now_ms < *state.ending.due_ms.get_or_insert(due_ms) {
                return Err(InUse::NotDue);
            }
        }
        state.is_deleted = true;
        Ok(())
    }

    /// Takes out the next messages of a deleted queue, held ones included; empty when it is done.
    /// What can't be read is dropped.
    pub(in crate::virtual_host) fn drain_step(&self) -> Vec<Arc<Message>> {
        loop {
            let (drained, wanted) = {
                let mut state = self.state.lock();
                let drained = state.entries.drain(STEP_ENTRIES);
                // The store forgets the queue as a whole.
                drop(state.entries.take_changes());
                (drained, state.entries.take_wanted())
            };
            match wanted.filter(|_| drained.is_empty()) {
                Some(wanted) if self.bring_in(&wanted) => {}
                Some(_) => drop(self.drop_unread()),
                None if self.alternate.is_some() => return self.read_messages(drained),
                None => return drained,
            }
        }
    }

    /// Takes out some of what is away of a deleted queue, without reading it; answers how much.
    pub(in crate::virtual_host) fn drop_unread(&self) -> usize {
        let mut state = self.state.lock();
        let dropped = state.entries.drop_unread(STEP_ENTRIES);
        drop(state.entries.take_changes());
        dropped
    }

    /// The queue is gone: its alternate exchange is free of it.
    pub(in crate::virtual_host) fn release_alternate(&self) {
        if let Some(alternate) = &self.alternate {
            alternate.remove_alternate_user();
        }
    }

    /// Takes the exchanges that have bindings to this queue, and the wakers of its consumers and of
    /// publishers that it holds back, so that they learn of its end.
    pub(in crate::virtual_host) fn take_relations(&self) -> (Vec<Arc<Exchange>>, Vec<Waker>) {
        let (exchanges, clients, mut wakers) = {
            let mut state = self.state.lock();
            let exchanges = state.bound_to.take();
            let clients: Vec<_> = state.clients.drain().map(|(_, client)| client).collect();
            (exchanges, clients, state.held_back.take())
        };
        // Their filters end when the lock is gone.
        wakers.extend(clients.into_iter().map(|client| client.waker));
        (exchanges, wakers)
    }
}

impl State {
    fn check_there(&self) -> Result<(), InUse> {
        if self.is_deleted { Err(InUse::Deleted) } else { Ok(()) }
    }

    fn check_unused(&self) -> Result<(), InUse> {
        match self.entries.consumer_count() {
            _ if self.owner.is_some() => Err(InUse::Owned),
            0 => Ok(()),
            consumers => Err(InUse::HasConsumers(consumers)),
        }
    }
}
