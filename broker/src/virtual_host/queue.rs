//! A live queue: the model's value behind its lock, and who is woken when something comes.
//!
//! Invariants:
//! - nothing is called and nothing awaited while the lock is held; mailboxes are rung after;
//! - once deleted, nothing enters and nothing is handed out.

use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use parking_lot::Mutex;
use philter_model::limits::EXPIRED_BATCH_MAX;
use philter_model::message::Message;
use philter_model::queue::{
    ConsumerId, ConsumerSpec, Delivery, EntryId, OverflowPolicy, PullState, PushOutcome,
    Queue as Entries, QueueSettings, Statistics, SubscribeError, Woken,
};
use smallvec::SmallVec;

use crate::clock::unix_ns;
use crate::net::{Mailbox, Token};
use crate::virtual_host::limits::STEP_ENTRIES;
use crate::virtual_host::{CompiledFilter, Exchange, OwnerId};

/// Where a consumer is woken.
#[derive(Clone, Debug)]
pub(crate) struct Waker {
    /// Its connection's mailbox.
    pub(crate) mailbox: Arc<Mailbox>,
    /// Its name there.
    pub(crate) token: Token,
}

/// Consumers to be woken once the lock is gone.
type Wakers = SmallVec<[Waker; 4]>;

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

/// A live queue.
pub(crate) struct Queue {
    settings: QueueSettings,
    alternate: Option<Arc<Exchange>>,
    /// When it was made, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    state: Mutex<State>,
}

struct State {
    entries: Entries,
    wakers: HashMap<ConsumerId, Waker>,
    owner: Option<OwnerId>,
    /// Consumers that take or look, while the queue is exclusive to a session, do not keep it
    /// alive.
    is_deleted: bool,
    /// Exchanges with bindings to this queue and how many, so that a delete finds them; by address,
    /// for a name may be another exchange's soon.
    bound_to: HashMap<usize, (Arc<Exchange>, usize)>,
    /// Consumers for whose byte credit the next entry was too large: woken when another is next.
    stuck: HashSet<ConsumerId>,
}

/// Why a queue can't be deleted now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InUse {
    Owned,
    HasConsumers(usize),
    HasMessages(usize),
    Deleted,
}

/// What a delete asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeleteIf {
    pub(crate) unused: bool,
    pub(crate) empty: bool,
    /// Only if it is declared auto-delete and nobody owns it.
    pub(crate) auto: bool,
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new(
        settings: QueueSettings,
        alternate: Option<Arc<Exchange>>,
        owner: Option<OwnerId>,
    ) -> Self {
        if let Some(alternate) = &alternate {
            alternate.add_alternate_user();
        }
        let state = State {
            entries: Entries::new(settings.clone()),
            wakers: HashMap::default(),
            owner,
            is_deleted: false,
            bound_to: HashMap::default(),
            stuck: HashSet::default(),
        };
        Self { settings, alternate, created_ns: unix_ns(), state: Mutex::new(state) }
    }

    /// A queue of a test.
    #[cfg(test)]
    pub(crate) fn bare(settings: QueueSettings) -> Self {
        Self::new(settings, None, None)
    }

    /// What it counts, and its depth.
    pub(crate) fn statistics(&self) -> Statistics {
        self.state.lock().entries.statistics()
    }

    /// Bindings that lead to it.
    pub(crate) fn binding_count(&self) -> usize {
        self.state.lock().bound_to.values().map(|(_, count)| count).sum()
    }

    /// Its name.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.settings.name
    }

    /// What it was declared with.
    pub(crate) fn settings(&self) -> &QueueSettings {
        &self.settings
    }

    /// Where its dead letters go.
    pub(crate) fn alternate(&self) -> Option<&Arc<Exchange>> {
        self.alternate.as_ref()
    }

    /// Whether it was deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.state.lock().is_deleted
    }

    /// Entries that nobody holds, and consumers.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.entries.ready(), state.entries.consumer_count())
    }

    /// Who has exclusive use.
    pub(crate) fn owner(&self) -> Option<OwnerId> {
        self.state.lock().owner
    }

    /// Whether somebody else than `owner` has exclusive use.
    pub(crate) fn is_locked_for(&self, owner: OwnerId) -> bool {
        self.owner().is_some_and(|have| have != owner)
    }

    /// Takes exclusive use for `owner` where nobody else has it and nobody consumes; whether
    /// `owner` has it now.
    pub(crate) fn claim(&self, owner: OwnerId) -> bool {
        let mut state = self.state.lock();
        let is_free = state.owner.is_none() && !state.is_deleted;
        if is_free && state.entries.consumer_count() == 0 {
            state.owner = Some(owner);
        }
        state.owner == Some(owner)
    }

    /// Gives up exclusive use.
    pub(crate) fn disown(&self, owner: OwnerId) {
        let mut state = self.state.lock();
        if state.owner == Some(owner) {
            state.owner = None;
        }
    }

    /// Appends messages in order and answers one outcome each. False and none for a deleted queue.
    pub(crate) fn push<'m>(
        &self,
        messages: impl Iterator<Item = &'m Arc<Message>>,
        now_ms: u64,
        mut outcome: impl FnMut(PushOutcome),
    ) -> bool {
        let wakers = {
            let mut state = self.state.lock();
            if state.is_deleted {
                return false;
            }
            let mut woken = Woken::new();
            for message in messages {
                outcome(state.entries.push(Arc::clone(message), now_ms, &mut woken));
            }
            if self.settings.policy == OverflowPolicy::Ring {
                state.unstick(&mut woken);
            }
            state.wakers_of(&woken)
        };
        ring(&wakers);
        true
    }

    /// Adds a consumer, suspended until [`Queue::resume`]. None where the queue was deleted
    /// meanwhile.
    ///
    /// # Errors
    /// Exclusive use by another consumer, or a limit.
    pub(crate) fn subscribe(
        &self,
        subscribe: Subscribe,
    ) -> Result<Option<ConsumerId>, SubscribeError> {
        let mut state = self.state.lock();
        if state.is_deleted {
            return Ok(None);
        }
        let consumer = state.entries.subscribe(subscribe.spec)?;
        state.wakers.insert(consumer, subscribe.waker);
        Ok(Some(consumer))
    }

    /// Removes a consumer. What it holds stays held until settled.
    pub(crate) fn cancel(&self, consumer: ConsumerId) {
        self.wake_after(|state, woken| {
            state.entries.cancel(consumer, woken);
            state.stuck.remove(&consumer);
            state.wakers.remove(&consumer);
        });
    }

    /// A consumer has no credit.
    pub(crate) fn suspend(&self, consumer: ConsumerId) {
        self.wake_after(|state, woken| state.entries.suspend(consumer, woken));
    }

    /// A consumer has credit: it should pull.
    pub(crate) fn resume(&self, consumer: ConsumerId) {
        self.state.lock().entries.resume(consumer);
    }

    /// Takes what is due to a consumer; see the model's `pull`.
    pub(crate) fn pull(
        &self,
        consumer: ConsumerId,
        count: usize,
        bytes_max: u64,
        now_ms: u64,
        into: &mut Vec<Delivery>,
    ) -> PullState {
        let before = into.len();
        let mut end = PullState::Waiting;
        self.wake_after(|state, woken| {
            if state.is_deleted {
                return;
            }
            state.stuck.remove(&consumer);
            end = state.entries.pull(consumer, count, bytes_max, now_ms, into);
            if into.len() > before {
                state.unstick(woken);
            } else if end == PullState::TooLarge {
                state.stuck.insert(consumer);
            }
        });
        end
    }

    /// Takes over entries that were looked at and are still free; answers which.
    pub(crate) fn acquire(&self, consumer: ConsumerId, ids: &[EntryId]) -> Vec<EntryId> {
        let mut acquired = Vec::new();
        self.wake_after(|state, woken| {
            acquired = state.entries.acquire(consumer, ids.iter().copied());
            state.unstick(woken);
        });
        acquired
    }

    /// Entries are taken over for good.
    pub(crate) fn accept(&self, consumer: ConsumerId, ids: &[EntryId]) {
        self.wake_after(|state, woken| {
            state.entries.accept(consumer, ids.iter().copied(), woken);
        });
    }

    /// Entries go back to their places.
    pub(crate) fn release(&self, consumer: ConsumerId, ids: &[EntryId], is_redelivered: bool) {
        self.wake_after(|state, woken| {
            state.entries.release(consumer, ids.iter().copied(), is_redelivered, woken);
            state.unstick(woken);
        });
    }

    /// Entries are refused; answers their messages.
    pub(crate) fn reject(&self, consumer: ConsumerId, ids: &[EntryId]) -> Vec<Arc<Message>> {
        let mut rejected = Vec::new();
        self.wake_after(|state, woken| {
            rejected = state.entries.reject(consumer, ids.iter().copied(), woken);
        });
        rejected
    }

    /// Drops every entry that nobody holds and that was there at the call; answers how many.
    pub(crate) fn purge(&self) -> usize {
        let mut left = self.state.lock().entries.ready();
        let mut purged = 0;
        while left > 0 {
            let step = self.state.lock().entries.purge(left.min(STEP_ENTRIES));
            if step.is_empty() {
                break;
            }
            left -= step.len().min(left);
            purged += step.len();
        }
        self.wake_after(State::unstick);
        purged
    }

    /// Takes out what has expired by now, for the alternate exchange.
    pub(crate) fn expire(&self, now_ms: u64) -> Vec<Arc<Message>> {
        let mut expired = Vec::new();
        self.wake_after(|state, woken| {
            state.entries.expire(now_ms, EXPIRED_BATCH_MAX);
            expired = state.entries.take_expired();
            if !expired.is_empty() {
                state.unstick(woken);
            }
        });
        expired
    }

    /// Marks the queue as deleted if the conditions hold; from then on it takes and gives nothing.
    pub(crate) fn begin_delete(&self, owner: Option<OwnerId>, when: DeleteIf) -> Result<(), InUse> {
        let mut state = self.state.lock();
        let (messages, consumers) = (state.entries.len(), state.entries.consumer_count());
        if state.is_deleted {
            return Err(InUse::Deleted);
        }
        if state.owner.is_some() && state.owner != owner {
            return Err(InUse::Owned);
        }
        if when.auto && !self.settings.is_auto_delete {
            return Err(InUse::Owned);
        }
        if when.empty && messages > 0 {
            return Err(InUse::HasMessages(messages));
        }
        if when.unused && consumers > 0 {
            return Err(InUse::HasConsumers(consumers));
        }
        state.is_deleted = true;
        Ok(())
    }

    /// Takes out the next messages of a deleted queue, held ones included; empty when it is done.
    pub(crate) fn drain_step(&self) -> Vec<Arc<Message>> {
        self.state.lock().entries.drain(STEP_ENTRIES)
    }

    /// The queue is gone: its alternate exchange is free of it.
    pub(crate) fn release_alternate(&self) {
        if let Some(alternate) = &self.alternate {
            alternate.remove_alternate_user();
        }
    }

    /// Takes the exchanges that have bindings to this queue, and the wakers of its consumers, so
    /// that they learn of its end.
    pub(crate) fn take_relations(&self) -> (Vec<Arc<Exchange>>, Vec<Waker>) {
        let mut state = self.state.lock();
        let exchanges = state.bound_to.drain().map(|(_, (exchange, _))| exchange).collect();
        (exchanges, state.wakers.drain().map(|(_, waker)| waker).collect())
    }

    /// An exchange is about to have a binding to this queue. False where the queue is deleted.
    pub(crate) fn add_binding(&self, exchange: &Arc<Exchange>) -> bool {
        let mut state = self.state.lock();
        if !state.is_deleted {
            let entry = || (Arc::clone(exchange), 0);
            state.bound_to.entry(address(exchange)).or_insert_with(entry).1 += 1;
        }
        !state.is_deleted
    }

    /// An exchange took back a binding to this queue.
    pub(crate) fn remove_binding(&self, exchange: &Arc<Exchange>) {
        let mut state = self.state.lock();
        if let Some((_, left)) = state.bound_to.get_mut(&address(exchange)) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                state.bound_to.remove(&address(exchange));
            }
        }
    }

    /// Changes the state and then wakes whom the change woke.
    fn wake_after(&self, change: impl FnOnce(&mut State, &mut Woken)) {
        let wakers = {
            let mut state = self.state.lock();
            let mut woken = Woken::new();
            change(&mut state, &mut woken);
            state.wakers_of(&woken)
        };
        ring(&wakers);
    }
}

/// Tells exchanges apart for as long as they are held.
fn address(exchange: &Arc<Exchange>) -> usize {
    Arc::as_ptr(exchange).addr()
}

impl State {
    /// Another entry may be next: those for whom the last one was too large try again.
    fn unstick(&mut self, woken: &mut Woken) {
        woken.extend(self.stuck.drain());
    }

    fn wakers_of(&self, consumers: &[ConsumerId]) -> Wakers {
        consumers.iter().filter_map(|id| self.wakers.get(id).cloned()).collect()
    }
}

/// Rings mailboxes; never under a lock.
fn ring(wakers: &[Waker]) {
    for waker in wakers {
        waker.mailbox.wake(waker.token);
    }
}
