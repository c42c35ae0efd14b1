//! When a live queue is due: something in it expires, a dead letter waits to go on, a plugin that
//! failed is to be asked again, or nobody has used it for as long as it may rest (`x-expires`).
//!
//! Invariant: the queue stands in the agenda at the time that its state says, or is about to.

use std::sync::Arc;

use philter_model::queue::QueueSettings;

use super::{InUse, State};
use crate::virtual_host::Queue;
use crate::virtual_host::agenda::{Agenda, Due, DueIs, Rearm};

/// Whether somebody waits for what time does to the queue.
pub(super) fn is_timed(settings: &QueueSettings) -> bool {
    settings.message_ttl_ms.is_some()
        || settings.expires_ms.is_some()
        || settings.dead_letter.is_some()
}

/// A queue's place in the agenda of its host.
pub(super) struct Place {
    agenda: Arc<Agenda>,
    host: Arc<str>,
    number: u64,
}

impl Place {
    pub(super) fn new(agenda: Arc<Agenda>, host: Arc<str>) -> Self {
        let number = agenda.next_number();
        Self { agenda, host, number }
    }
}

impl Queue {
    /// Somebody uses the queue: its rest begins anew.
    pub(crate) fn touch(&self, now_ms: u64) {
        if self.settings.expires_ms.is_some() {
            self.state.lock().last_used_ms = now_ms;
        }
    }

    /// Whether the agenda looks after it.
    pub(in crate::virtual_host) fn is_timed(&self) -> bool {
        self.is_timed
    }

    /// Marks the queue as deleted if nobody has used it for as long as it may rest.
    pub(in crate::virtual_host) fn begin_expire(&self, now_ms: u64) -> Result<(), InUse> {
        let Some(expires_ms) = self.settings.expires_ms else { return Err(InUse::NotDue) };
        let mut state = self.state.lock();
        if state.is_deleted {
            return Err(InUse::Deleted);
        }
        let is_due = state.rests_until(expires_ms).is_some_and(|until_ms| until_ms <= now_ms);
        if !is_due {
            return Err(InUse::NotDue);
        }
        state.is_deleted = true;
        Ok(())
    }

    /// The queue is deleted: it is not due any more.
    pub(in crate::virtual_host) fn leave_agenda(&self) {
        let armed_ms = self.state.lock().armed_ms.take();
        if let Some(armed_ms) = armed_ms {
            self.place.agenda.disarm(self.place.number, armed_ms);
        }
    }

    /// The agenda has it no more at this time.
    pub(in crate::virtual_host) fn is_taken_from_agenda(&self, at_ms: u64) {
        let mut state = self.state.lock();
        if state.armed_ms == Some(at_ms) {
            state.armed_ms = None;
        }
    }

    /// A queue is due some time, which may be sooner than the agenda knows.
    pub(in crate::virtual_host) fn enter_agenda(&self) {
        self.change(|_, _| ());
    }

    /// Never under the queue's lock.
    pub(super) fn rearm(&self, rearm: Rearm) {
        let Place { agenda, host, number } = &self.place;
        let due = Due { host: Arc::clone(host), is: DueIs::Queue(Arc::clone(self.name())) };
        agenda.rearm(*number, due, rearm);
    }
}

impl State {
    /// Where the queue is due earlier than the agenda says, how its place there changes.
    pub(super) fn rearm(&mut self, settings: &QueueSettings) -> Option<Rearm> {
        if self.is_deleted {
            return None;
        }
        let rests_until = settings.expires_ms.and_then(|expires_ms| self.rests_until(expires_ms));
        let expiry = self.entries.next_expiry_ms().into_iter();
        let due = expiry.chain(rests_until).chain(self.retry_ms).min();
        let to_ms = due.filter(|due| self.armed_ms.is_none_or(|armed_ms| *due < armed_ms))?;
        Some(Rearm { from_ms: self.armed_ms.replace(to_ms), to_ms })
    }

    fn rests_until(&self, expires_ms: u64) -> Option<u64> {
        let is_unused = self.entries.consumer_count() == 0;
        is_unused.then(|| self.last_used_ms.saturating_add(expires_ms))
    }
}
