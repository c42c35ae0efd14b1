//! Consumers of a live queue: how they come and go, and what they pull.
//!
//! A consumer with a filter pulls in two steps: candidates are copied under the lock, the filter is
//! asked without it, and what matches is taken if it is still free. What the filter fails on is
//! looked at again when the agenda comes.

use std::sync::Arc;

use philter_model::queue::{
    ConsumerId, ConsumerSpec, Decision, Delivery, EntryId, PullState, SubscribeError, Wanted,
};

use crate::clock::now_ms;
use crate::net::{Mailbox, Token};
use crate::store::Leaves;
use crate::virtual_host::limits::CANDIDATES_MAX;
use crate::virtual_host::queue::candidates::Candidates;
use crate::virtual_host::{CompiledFilter, OwnerId, Queue};

/// Where somebody is woken.
#[derive(Clone, Debug)]
pub(crate) struct Waker {
    /// The connection's mailbox.
    pub(crate) mailbox: Arc<Mailbox>,
    /// The name there.
    pub(crate) token: Token,
}

impl Waker {
    /// Rings; never under a lock.
    pub(crate) fn ring(&self) {
        self.mailbox.wake(self.token);
    }
}

/// A subscription to be made.
pub(crate) struct Subscribe {
    /// What it wants.
    pub(crate) spec: ConsumerSpec,
    /// The session that subscribes.
    pub(crate) owner: OwnerId,
    /// Only what it matches is delivered.
    pub(crate) filter: Option<Arc<CompiledFilter>>,
    /// Where it is woken.
    pub(crate) waker: Waker,
}

/// A consumer beyond what the model knows of it.
pub(super) struct Client {
    pub(super) waker: Waker,
    filter: Option<Arc<CompiledFilter>>,
}

impl Queue {
    /// Adds a consumer, suspended until [`Queue::resume`]. None where the queue was deleted
    /// meanwhile.
    ///
    /// # Errors
    /// Exclusive use by another consumer, a queue to look at alone, or a limit.
    pub(crate) fn subscribe(
        &self,
        subscribe: Subscribe,
    ) -> Result<Option<ConsumerId>, SubscribeError> {
        let Subscribe { spec, owner, filter, waker } = subscribe;
        let spec = ConsumerSpec { is_filtered: filter.is_some(), ..spec };
        let mut state = self.state.lock();
        if state.is_deleted {
            return Ok(None);
        }
        let consumer = state.entries.subscribe(spec)?;
        state.clients.insert(consumer, Client { waker, filter });
        state.ending.call_off();
        if spec.is_exclusive {
            state.exclusive = Some((consumer, owner));
        }
        Ok(Some(consumer))
    }

    /// Removes a consumer. What it holds stays held until settled.
    pub(crate) fn cancel(&self, consumer: ConsumerId) {
        let now_ms = now_ms();
        // Its filter ends when the lock is gone.
        let _client = self.change(|state, woken| {
            state.entries.cancel(consumer, woken);
            state.stuck.remove(&consumer);
            self.unstick_groups(state, woken);
            state.last_used_ms = now_ms;
            if state.exclusive.is_some_and(|(exclusive, _)| exclusive == consumer) {
                state.exclusive = None;
            }
            state.clients.remove(&consumer)
        });
    }

    /// A consumer is woken elsewhere from now on: its session came to another connection.
    pub(crate) fn rewake(&self, consumer: ConsumerId, waker: Waker) {
        if let Some(client) = self.state.lock().clients.get_mut(&consumer) {
            client.waker = waker;
        }
    }

    /// A consumer has no credit.
    pub(crate) fn suspend(&self, consumer: ConsumerId) {
        self.change(|state, woken| state.entries.suspend(consumer, woken));
    }

    /// A consumer has credit: it should pull.
    pub(crate) fn resume(&self, consumer: ConsumerId) {
        self.state.lock().entries.resume(consumer);
    }

    /// Takes what is due to a consumer; see the model's `pull`. One with a filter may get nothing
    /// and [`PullState::More`]: there is more to look at.
    pub(crate) fn pull(
        &self,
        consumer: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let before = into.len();
        let (state, candidates) = loop {
            let (state, candidates, wanted) = self.find(consumer, count, bytes_max, now_ms, into);
            let has_none = into.len() == before
                && candidates.as_ref().is_none_or(|candidates| candidates.entries.is_empty());
            match wanted.filter(|_| has_none) {
                Some(wanted) if self.bring_in(&wanted) => {}
                Some(_) => return PullState::Waiting,
                None => break (state, candidates),
            }
        };
        let Some(mut candidates) = candidates else {
            self.read_deliveries(before, into);
            return state;
        };
        let shown: Vec<EntryId> = candidates.entries.iter().map(|entry| entry.id).collect();
        self.read_deliveries(0, &mut candidates.entries);
        let mut read = candidates.ask(self.name()).into_iter().peekable();
        // What can't be read does not match, or it would be shown for ever.
        let decided = shown.into_iter().map(|id| {
            let decided = read.next_if(|(read, _)| *read == id);
            decided.unwrap_or((id, Decision::NoMatch))
        });
        let end = self.change(|state, woken| {
            let room = (count, bytes_max);
            let end = state.entries.take(consumer, decided, room, now_ms, into);
            // What left memory since it was shown is read where it is shown again.
            let _ = state.entries.take_wanted();
            if state.entries.has_put_off() {
                state.retry_after(now_ms);
            }
            state.pulled(consumer, end, into.len() > before, woken);
            end
        });
        self.read_deliveries(before, into);
        end
    }

    /// Takes what is due to a consumer, or finds what its filter has to be asked of; and says what
    /// has to be read first where that is away.
    fn find(
        &self,
        consumer: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> (PullState, Option<Candidates>, Option<Wanted>) {
        let before = into.len();
        self.change(|state, woken| {
            if state.is_deleted {
                return (PullState::Waiting, None, None);
            }
            state.stuck.remove(&consumer);
            let client = state.clients.get(&consumer);
            if let Some(filter) = client.and_then(|client| client.filter.clone()) {
                let mut entries = Vec::new();
                state.entries.candidates(consumer, CANDIDATES_MAX, now_ms, &mut entries);
                let wanted = state.entries.take_wanted();
                let failures = |entry: &Delivery| {
                    Some((entry.id, state.entries.failures_of(consumer, entry.id)?))
                };
                let failures = entries.iter().filter_map(failures).collect();
                return (PullState::More, Some(Candidates { filter, entries, failures }), wanted);
            }
            let end = state.entries.pull(consumer, count, bytes_max, now_ms, into);
            self.drop_lost(state);
            state.pulled(consumer, end, into.len() > before, woken);
            (end, None, state.entries.take_wanted())
        })
    }

    /// Takes over entries that were looked at and are still free; answers which.
    pub(crate) fn acquire(&self, consumer: ConsumerId, ids: &[EntryId]) -> Vec<EntryId> {
        let mut acquired = Vec::new();
        self.change_each(ids, Leaves::WithTheRest, |state, woken, ids| {
            acquired.extend(state.entries.acquire(consumer, ids.iter().copied(), woken));
            state.unstick(woken);
        });
        acquired
    }
}

impl super::State {
    /// A pull ended: another entry may be next for others, or one was too large for this consumer.
    fn pulled(
        &mut self,
        consumer: ConsumerId,
        end: PullState,
        has_some: bool,
        woken: &mut philter_model::queue::Woken,
    ) {
        if has_some {
            self.unstick(woken);
        } else if end == PullState::TooLarge {
            self.stuck.insert(consumer);
        }
    }
}
