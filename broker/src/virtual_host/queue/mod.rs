//! A live queue: the model's value behind its lock, and who is woken when something comes.
//!
//! Invariants:
//! - nothing is called and nothing awaited while the lock is held: mailboxes are rung, events
//!   raised and filters asked and released after;
//! - once deleted, nothing enters and nothing is handed out.

mod admission;
mod away;
mod bindings;
mod candidates;
mod consume;
mod delete;
mod due;
mod flow;
mod kept;
mod paging;
mod poll;
mod push;
mod redirect;
mod retry;
mod selection;
mod settle;
mod transactional;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use foldhash::{HashMap, HashSet};
use parking_lot::Mutex;
use philter_model::queue::{
    Alert, Changes, ConsumerId, Direction, GroupState, Queue as Entries, QueueSettings, Statistics,
    Woken,
};
use smallvec::SmallVec;

pub(super) use admission::Admitted;
pub(crate) use consume::{Subscribe, Waker};
pub(super) use delete::Occasion;
pub(crate) use delete::{DeleteIf, InUse};
pub(crate) use kept::Entered;
pub(super) use kept::Kept;
pub(super) use push::{Offer, Push, Pushed};

use crate::clock::{now_ms, unix_ns};
use crate::store::Leaves;
use crate::virtual_host::agenda::{Agenda, Rearm};
use crate::virtual_host::bound_to::BoundTo;
use crate::virtual_host::event::{Event, Events};
use crate::virtual_host::limits::STEP_ENTRIES;
use crate::virtual_host::{CompiledFilter, Exchange, HeldBack, OwnerId};
use away::Turns;
use consume::Client;
use delete::Ending;
use due::Place;
use redirect::Redirect;
pub(crate) use transactional::Transactional;

/// A live queue.
pub(crate) struct Queue {
    settings: QueueSettings,
    alternate: Option<Arc<Exchange>>,
    /// What does not match does not enter.
    filter: Option<CompiledFilter>,
    /// Somebody has to look at messages before they enter.
    is_choosy: bool,
    /// It may be due.
    is_timed: bool,
    /// Somebody moves on what has expired.
    is_expiring: AtomicBool,
    place: Place,
    /// When it was made, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    /// Whoever made it, as far as that is a user.
    pub(crate) creator: Arc<str>,
    events: Arc<Events>,
    is_redirected: AtomicBool,
    redirect: Mutex<Option<Redirect>>,
    /// Where its durable messages are stored, if they are.
    kept: Option<Kept>,
    /// Who reads entries that are away.
    reading: Turns,
    state: Mutex<State>,
}

/// What a live queue is made from.
pub(super) struct NewQueue {
    pub(super) settings: QueueSettings,
    pub(super) kept: Option<Kept>,
    pub(super) alternate: Option<Arc<Exchange>>,
    pub(super) owner: Option<OwnerId>,
    pub(super) filter: Option<CompiledFilter>,
    pub(super) creator: Arc<str>,
    pub(super) events: Arc<Events>,
    pub(super) agenda: Arc<Agenda>,
    pub(super) host: Arc<str>,
}

struct State {
    entries: Entries,
    clients: HashMap<ConsumerId, Client>,
    owner: Option<OwnerId>,
    /// Whoever subscribed exclusively.
    exclusive: Option<(ConsumerId, OwnerId)>,
    is_deleted: bool,
    ending: Ending,
    /// When somebody last used it.
    last_used_ms: u64,
    /// When the agenda says that it is due.
    armed_ms: Option<u64>,
    /// When what a plugin failed on is tried again.
    retry_ms: Option<u64>,
    /// Exchanges with bindings to this queue.
    bound_to: BoundTo,
    /// Consumers for whose byte credit the next entry was too large: woken when another is next.
    stuck: HashSet<ConsumerId>,
    /// Publishers that wait until it has shrunk.
    held_back: HeldBack,
    /// What of the statistics transactions did.
    transactional: Transactional,
}

/// Consumers and publishers to be woken once the lock is gone.
type Wakers = SmallVec<[Waker; 4]>;

/// What is to be done once the lock is gone.
struct After {
    wakers: Wakers,
    alerts: Vec<Alert>,
    rearm: Option<Rearm>,
    changes: Changes,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(new: NewQueue) -> Self {
        let NewQueue { settings, kept, alternate, owner, filter, creator, events, agenda, host } =
            new;
        if let Some(alternate) = &alternate {
            alternate.add_alternate_user();
        }
        let mut entries = Entries::new(settings.clone());
        if let Some(kept) = &kept {
            entries.keep_durable();
            if kept.ledger().hands_over_entries() {
                entries.let_leave();
            }
        }
        let state = State {
            entries,
            clients: HashMap::default(),
            owner,
            exclusive: None,
            is_deleted: false,
            ending: Ending::default(),
            last_used_ms: now_ms(),
            armed_ms: None,
            retry_ms: None,
            bound_to: BoundTo::default(),
            stuck: HashSet::default(),
            held_back: HeldBack::default(),
            transactional: Transactional::default(),
        };
        Self {
            is_choosy: admission::is_choosy(&settings),
            is_timed: due::is_timed(&settings),
            place: Place::new(agenda, host),
            settings,
            alternate,
            filter,
            created_ns: unix_ns(),
            creator,
            events,
            is_expiring: AtomicBool::new(false),
            is_redirected: AtomicBool::new(false),
            redirect: Mutex::default(),
            kept,
            reading: Turns::default(),
            state: Mutex::new(state),
        }
    }

    /// A queue of a test.
    #[cfg(test)]
    pub(crate) fn bare(settings: QueueSettings) -> Self {
        Self::new(NewQueue {
            settings,
            kept: None,
            alternate: None,
            owner: None,
            filter: None,
            creator: Arc::default(),
            events: Arc::default(),
            agenda: Arc::default(),
            host: Arc::default(),
        })
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

    /// Entries in it, held ones included.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().entries.len()
    }

    /// What it counts, and its depth.
    pub(crate) fn statistics(&self) -> Statistics {
        self.state.lock().entries.statistics()
    }

    /// What of the statistics transactions did.
    pub(crate) fn transactional(&self) -> Transactional {
        self.state.lock().transactional
    }

    /// The next groups behind `after`, some hundred at a time; none for a queue without groups.
    pub(crate) fn groups(&self, after: Option<&[u8]>) -> Vec<GroupState> {
        self.state.lock().entries.groups(after, STEP_ENTRIES)
    }

    /// Messages of it went on as dead letters.
    pub(in crate::virtual_host) fn count_dead_letters(&self, count: u64) {
        self.state.lock().entries.count_dead_letters(count);
    }

    /// High and low marks of the statistics begin anew.
    pub(crate) fn reset_marks(&self) {
        self.state.lock().entries.reset_marks();
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
            state.ending.put_off();
        }
        state.owner == Some(owner)
    }

    /// An owner runs over another connection now: what that one publishes is the owner's own.
    pub(crate) fn move_owner(&self, to: OwnerId) {
        let mut state = self.state.lock();
        if state.owner == Some(to) {
            state.owner = Some(to);
        }
        if let Some((_, exclusive)) = &mut state.exclusive
            && *exclusive == to
        {
            *exclusive = to;
        }
    }

    /// Gives up exclusive use.
    pub(crate) fn disown(&self, owner: OwnerId) {
        let mut state = self.state.lock();
        if state.owner == Some(owner) {
            state.owner = None;
        }
    }

    /// Changes the state, and then does what the change made necessary. Entries that leave by it go
    /// elsewhere, or whoever makes them leave is told nothing.
    fn change<T>(&self, change: impl FnOnce(&mut State, &mut Woken) -> T) -> T {
        self.change_with(Leaves::WithTheRest, change)
    }

    /// The same where somebody is done with the entries that leave.
    fn finish<T>(&self, change: impl FnOnce(&mut State, &mut Woken) -> T) -> T {
        self.change_with(Leaves::Alone, change)
    }

    fn change_with<T>(
        &self,
        leaves: Leaves,
        change: impl FnOnce(&mut State, &mut Woken) -> T,
    ) -> T {
        let (answer, after) = {
            let mut state = self.state.lock();
            let mut woken = Woken::new();
            let answer = change(&mut state, &mut woken);
            let may_be_due = self.is_timed || state.retry_ms.is_some();
            let rearm = if may_be_due { state.rearm(&self.settings) } else { None };
            (answer, state.after(&woken, rearm))
        };
        self.conclude(after, leaves);
        answer
    }

    /// Rings mailboxes, raises events and tells the store; never under a lock.
    fn conclude(&self, after: After, leaves: Leaves) {
        if let Some(kept) = &self.kept
            && !after.changes.is_empty()
        {
            kept.tell(&after.changes, leaves);
        }
        after.wakers.iter().for_each(Waker::ring);
        if let Some(rearm) = after.rearm {
            self.rearm(rearm);
        }
        for Alert { direction, messages, bytes } in after.alerts {
            let queue = Arc::clone(self.name());
            let name = Arc::clone(&queue);
            self.events.raise(|| match direction {
                Direction::Up => Event::ThresholdCrossedUpward { queue, messages, bytes },
                Direction::Down => Event::ThresholdCrossedDownward { queue, messages, bytes },
            });
            if direction == Direction::Up && self.settings.alerts.is_one_sided {
                self.events.raise(|| Event::ThresholdExceeded { queue: name, messages, bytes });
            }
        }
    }
}

impl State {
    /// Another entry may be next: those for whom the last one was too large try again.
    fn unstick(&mut self, woken: &mut Woken) {
        woken.extend(self.stuck.drain());
    }

    fn after(&mut self, woken: &[ConsumerId], rearm: Option<Rearm>) -> After {
        let clients = woken.iter().filter_map(|id| self.clients.get(id));
        let mut wakers: Wakers = clients.map(|client| client.waker.clone()).collect();
        if self.entries.take_flow_resumed() {
            wakers.extend(self.held_back.take());
        }
        let alerts =
            if self.entries.has_alerts() { self.entries.take_alerts() } else { Vec::new() };
        After { wakers, alerts, rearm, changes: self.entries.take_changes() }
    }
}
