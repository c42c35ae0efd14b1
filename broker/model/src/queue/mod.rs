//! A queue: entries in order, consumers that take or look, limits, and what has expired.
//!
//! The owner puts it behind a lock, pushes and pulls, and wakes the consumers it is told to wake.
//!
//! Its kind says which entry is next: the oldest, the oldest of the highest priority, or the oldest
//! of a message group that its consumer may have; a queue of last values has one entry for a key.
//!
//! Invariants:
//! - a released entry has its old place;
//! - an entry is held by one consumer at the most, and settled once;
//! - no operation costs the length of the queue;
//! - what a kind needs beside the entries stands in its own module, and costs no other kind.

mod ages;
mod alerts;
mod arrival;
mod available;
mod away;
mod consumer;
mod depth;
mod dispatch;
mod entry;
mod expiry;
mod filtered;
mod flow;
mod groups;
mod keeping;
mod last_value;
mod letters;
mod order;
mod overflow;
mod poll;
mod precedence;
mod priority;
mod purge;
mod put_off;
mod ready_limits;
mod segment;
mod settings;
mod settle;
mod statistics;
mod stranded;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::HashMap;

pub use alerts::{Alert, AlertLimits, Direction, Marks};
pub use away::{AwaySegment, Wanted};
pub use consumer::{ConsumerId, ConsumerSpec, PullState, SubscribeError};
pub use entry::{Delivery, EntryId};
pub use flow::FlowLimits;
pub use groups::{GroupState, Groups};
pub use keeping::Changes;
pub use letters::DeadLetterReason;
pub use order::{Order, PriorityLevels, PriorityMapping};
pub use overflow::{Limit, OverflowPolicy, PushOutcome};
pub use poll::Polled;
pub use purge::{Peek, Removal};
pub use put_off::Decision;
pub use ready_limits::{Overflow, ReadyLimits};
pub use segment::SEGMENT_ENTRIES;
pub use settings::{DeadLetterTarget, Defaults, Lifetime, QueueSettings, SettingsError};
pub use statistics::{HighLow, Statistics};
pub use stranded::StrandedLetter;

use crate::message::Message;
use alerts::AlertState;
use arrival::Arrival;
use available::Kind;
use away::Absence;
use consumer::Consumer;
use depth::Watch;
use entry::Entry;
use expiry::Expiry;
use flow::FlowState;
use keeping::Keeping;
use letters::Letters;
use overflow::Admission;
use precedence::Precedence;
use segment::Segments;
use stranded::Stranded;

/// Consumers that have something to pull now.
pub type Woken = smallvec::SmallVec<[ConsumerId; 4]>;

/// A queue as a value.
#[derive(Debug)]
pub struct Queue {
    settings: QueueSettings,
    entries: Segments,
    /// Available entries in order of arrival; not kept for priorities.
    arrival: Arrival,
    kind: Kind,
    /// Entries that nobody holds.
    ready: usize,
    /// What waits is limited.
    limits_ready: bool,
    /// Bytes of the bodies of what waits, where it is limited.
    ready_bytes: u64,
    /// When entries expire.
    expiry: Expiry,
    /// Taken out because they expired; the owner moves them on.
    expired: Letters,
    /// Dropped at a limit; the owner moves them on.
    dropped: Letters,
    /// Dead letters that could not go on; the owner tries them again.
    stranded: Stranded,
    consumers: HashMap<ConsumerId, Consumer>,
    next_consumer: u32,
    /// Acquiring consumers with credit that found nothing, by priority and ticket: longest waiting
    /// first.
    waiting: BTreeMap<(Reverse<i32>, u64), ConsumerId>,
    next_ticket: u64,
    /// Browsers with credit that found nothing.
    watching: BTreeSet<ConsumerId>,
    /// Acquiring consumers with credit, waiting or about to pull: the fair share's divisor.
    wanting: usize,
    has_exclusive: bool,
    precedence: Precedence,
    /// Filtered consumers that take.
    filtered: BTreeSet<ConsumerId>,
    /// Filtered consumers that put entries off since the last [`Queue::show_put_off`].
    put_off: BTreeSet<ConsumerId>,
    flow: FlowState,
    alerts: AlertState,
    watch: Watch,
    statistics: Statistics,
    keeping: Keeping,
    absence: Absence,
}

impl Queue {
    /// An empty queue.
    pub fn new(settings: QueueSettings) -> Self {
        Self {
            kind: Kind::of(&settings),
            watch: Watch::of(&settings, &FlowState::default(), &AlertState::default()),
            expiry: Expiry::of(&settings),
            precedence: Precedence::of(&settings),
            limits_ready: settings.ready_limits.is_limited(),
            ready_bytes: 0,
            settings,
            entries: Segments::default(),
            arrival: Arrival::default(),
            ready: 0,
            expired: Letters::default(),
            dropped: Letters::default(),
            stranded: Stranded::default(),
            consumers: HashMap::default(),
            next_consumer: 0,
            waiting: BTreeMap::new(),
            next_ticket: 0,
            watching: BTreeSet::new(),
            wanting: 0,
            has_exclusive: false,
            filtered: BTreeSet::new(),
            put_off: BTreeSet::new(),
            flow: FlowState::default(),
            alerts: AlertState::default(),
            statistics: Statistics::default(),
            keeping: Keeping::default(),
            absence: Absence::default(),
        }
    }

    /// What it was declared with.
    pub fn settings(&self) -> &QueueSettings {
        &self.settings
    }

    /// Entries in it, held ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no entry, held ones included.
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 0
    }

    /// Entries that nobody holds.
    pub fn ready(&self) -> usize {
        self.ready
    }

    /// Consumers, browsers included.
    pub fn consumer_count(&self) -> usize {
        self.consumers.len()
    }

    /// Messages and bytes that are in it, held ones included.
    pub fn depth(&self) -> (u64, u64) {
        (self.entries.len() as u64, self.statistics.depth_bytes)
    }

    /// Appends a message of a queue without keys; see [`Queue::push_keyed`].
    pub fn push(&mut self, message: Arc<Message>, now_ms: u64, woken: &mut Woken) -> PushOutcome {
        self.push_keyed(message, None, now_ms, woken)
    }

    /// Appends a message with the value of the header that [`QueueSettings::key_header`] names, if
    /// the message has it: the last value's key, or the group's id. Consumers that should pull are
    /// added to `woken`.
    pub fn push_keyed(
        &mut self,
        message: Arc<Message>,
        key: Option<&[u8]>,
        now_ms: u64,
        woken: &mut Woken,
    ) -> PushOutcome {
        self.enter(message, key, Admission::Limited, now_ms, woken)
    }

    /// The same for a message of a commit, for which [`Queue::limit_without_room`] was asked
    /// before: it enters past limits that would refuse it now, so that no commit stops halfway.
    pub fn push_granted(
        &mut self,
        message: Arc<Message>,
        key: Option<&[u8]>,
        now_ms: u64,
        woken: &mut Woken,
    ) -> PushOutcome {
        self.enter(message, key, Admission::Granted, now_ms, woken)
    }

    fn enter(
        &mut self,
        message: Arc<Message>,
        key: Option<&[u8]>,
        admission: Admission,
        now_ms: u64,
        woken: &mut Woken,
    ) -> PushOutcome {
        if admission != Admission::Postponed && self.is_too_late(&message, now_ms) {
            self.statistics.expired += 1;
            return PushOutcome::Expired;
        }
        if let Err(outcome) = self.refuse_beyond(&message, admission) {
            return outcome;
        }
        if let Err(outcome) = self.make_room(&message, key, admission, woken) {
            return outcome;
        }
        let id = self.entries.next_id();
        if self.keeping.hide(id, &message, key) {
            self.statistics.enters(&message);
            self.expiry.enters_hidden(id, &message, now_ms);
            self.entries.push(Entry::new(message));
            self.depth_grew();
            return PushOutcome::Enqueued(id);
        }
        let has_replaced = self.replace(key);
        self.statistics.enters(&message);
        let priority = message.priority();
        self.expiry.enters(id, &message, now_ms);
        self.entries.push(Entry::new(message));
        self.added(id, priority, key);
        self.wake_for(id, woken);
        self.depth_grew();
        if has_replaced {
            // By a smaller one, perhaps.
            self.depth_shrank();
        }
        self.drop_head(woken);
        PushOutcome::Enqueued(id)
    }

    /// The entry that a message with this key takes out.
    fn replaced_by(&self, key: Option<&[u8]>) -> Option<EntryId> {
        match &self.kind {
            Kind::LastValue(values) => values.get(key),
            Kind::Fifo | Kind::Priority(_) | Kind::Groups(_) => None,
        }
    }

    /// Takes out the last value of a key, whether there was one. Its successor comes at once: the
    /// depth is looked at then.
    fn replace(&mut self, key: Option<&[u8]>) -> bool {
        let Some(old) = self.replaced_by(key) else { return false };
        self.take_out(old);
        self.statistics.replaced += 1;
        true
    }

    /// Takes an entry out, whoever holds it, and forgets all about it.
    fn remove(&mut self, id: EntryId) -> Option<Entry> {
        self.remove_waking(id, &mut Woken::new())
    }

    /// The same for an entry that a consumer may hold: what is freed by that wakes others.
    fn remove_waking(&mut self, id: EntryId, woken: &mut Woken) -> Option<Entry> {
        let (entry, freed) = self.take_out(id)?;
        self.depth_shrank();
        if let Some(first) = freed {
            self.group_freed(first, woken);
        }
        Some(entry)
    }

    /// Takes an entry out; the depth is looked at by the caller. Answers the first entry of its
    /// group as well, where anybody may take it from now on.
    fn take_out(&mut self, id: EntryId) -> Option<(Entry, Option<EntryId>)> {
        let is_hidden = self.keeping.hides(id);
        let entry = self.entries.remove(id)?;
        let freed = match is_hidden {
            true => {
                self.expiry.unschedule(id, entry.message.expires_at_ms());
                None
            }
            false => {
                self.keeping.left(id, &entry.message);
                self.removed(id, &entry.message, entry.holder.is_some())
            }
        };
        self.statistics.leaves(&entry.message);
        self.expiry.leaves(&self.entries);
        Some((entry, freed))
    }
}

#[cfg(test)]
mod model_test;
#[cfg(test)]
mod tests;
