//! What a full queue does: refuse the new (reject), drop the oldest (ring), or go (self-destruct).

use std::fmt;
use std::sync::Arc;

use foldhash::HashMap;

use crate::limits::DROPPED_WAITING_MAX;
use crate::message::Message;
use crate::queue::available::Kind;
use crate::queue::{EntryId, Overflow, Queue, Woken};

/// What happens to a message that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OverflowPolicy {
    /// It is refused, and its publisher told.
    #[default]
    Reject,
    /// The oldest entries make room, whoever holds them; by priority those of the lowest that
    /// nobody holds go first. Who settles an entry that is gone is told nothing.
    Ring,
    /// The queue is deleted.
    SelfDestruct,
}

/// A limit that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `qpid.max_count`.
    Count(u64),
    /// `qpid.max_size`, in bytes.
    Bytes(u64),
    /// `x-max-length`: of entries that nobody holds.
    ReadyCount(u64),
    /// `x-max-length-bytes`, likewise.
    ReadyBytes(u64),
    /// Messages that wait in an exchange until they are due.
    Delayed(u64),
    /// The store, which has no room or failed.
    Store,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(max) => write!(f, "qpid.max_count={max}"),
            Self::Bytes(max) => write!(f, "qpid.max_size={max}"),
            Self::ReadyCount(max) => write!(f, "x-max-length={max}"),
            Self::ReadyBytes(max) => write!(f, "x-max-length-bytes={max}"),
            Self::Delayed(max) => write!(f, "{max} delayed messages"),
            Self::Store => f.write_str("what the store takes (the broker's log says why)"),
        }
    }
}

/// Whether limits that refuse a message count for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// They do.
    Limited,
    /// Room was found before, and it enters whatever came meanwhile.
    Granted,
    /// Those do that refuse it for good: what makes it a dead letter is its owner's to look at.
    Postponed,
}

/// What became of a message that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushOutcome {
    /// It has this place.
    Enqueued(EntryId),
    /// It was refused by this limit.
    Full(Limit),
    /// It did not enter, and the queue is to be deleted: this limit says so.
    SelfDestruct(Limit),
    /// The ring drops it: every entry has a higher priority. Its publisher is not told.
    Dropped,
    /// It had expired already, and did not enter: a dead letter that is its owner's to move on.
    Expired,
}

impl Queue {
    /// Makes room for a message, as the policy says, or says what becomes of it. The entry that it
    /// takes out by its key is as good as gone.
    pub(super) fn make_room(
        &mut self,
        message: &Message,
        key: Option<&[u8]>,
        admission: Admission,
        woken: &mut Woken,
    ) -> Result<(), PushOutcome> {
        while let Some(limit) = self.exceeded_with(message, key) {
            match self.settings.policy {
                OverflowPolicy::SelfDestruct => return Err(PushOutcome::SelfDestruct(limit)),
                OverflowPolicy::Ring if !is_hopeless(limit, message) => {
                    self.drop_one(message, limit, woken)?;
                }
                OverflowPolicy::Ring | OverflowPolicy::Reject
                    if admission == Admission::Granted =>
                {
                    return Ok(());
                }
                OverflowPolicy::Ring | OverflowPolicy::Reject => {
                    self.statistics.rejected_full += 1;
                    return Err(PushOutcome::Full(limit));
                }
            }
        }
        Ok(())
    }

    /// Drops one entry for a message: the oldest, as Qpid's brokers do it and their clients see by
    /// the gaps in numbered queues. By priority it is the oldest of the lowest that nobody holds,
    /// and none above the message's.
    fn drop_one(
        &mut self,
        message: &Message,
        limit: Limit,
        woken: &mut Woken,
    ) -> Result<(), PushOutcome> {
        let lowest = match self.kind {
            Kind::Priority(_) => self.first_to_drop(),
            Kind::Fifo | Kind::LastValue(_) | Kind::Groups(_) => None,
        };
        let oldest = lowest.or_else(|| self.entries.first());
        let priority = oldest.and_then(|id| self.entries.get(id)).map(|e| e.message.priority());
        let Some(id) = oldest else { return Err(PushOutcome::Full(limit)) };
        self.statistics.ring_dropped += 1;
        if matches!(self.kind, Kind::Priority(_)) && priority > Some(message.priority()) {
            return Err(PushOutcome::Dropped);
        }
        if let Some(entry) = self.remove_waking(id, woken) {
            self.drop_entry(id, entry.message);
        }
        Ok(())
    }

    /// Appends a dead letter that came far at one go. What would be one here as well waits to be
    /// taken, by [`Queue::take_expired`] or [`Queue::take_dropped`], and has an entry's id until
    /// then, under which the owner stores it.
    pub fn push_postponed(
        &mut self,
        message: Arc<Message>,
        key: Option<&[u8]>,
        now_ms: u64,
        woken: &mut Woken,
    ) -> PushOutcome {
        let is_over = self.is_too_late(&message, now_ms);
        let is_too_much = self.makes_dead_letter_of(&message);
        let outcome = self.enter(message, key, Admission::Postponed, now_ms, woken);
        if let PushOutcome::Enqueued(id) = outcome
            && (is_over || is_too_much)
            && let Some(entry) = self.remove_waking(id, woken)
        {
            match is_over {
                true => self.let_expire(id, entry.message),
                false => self.drop_entry(id, entry.message),
            }
        }
        outcome
    }

    /// An entry was dropped: it stays in the store until the owner moves it on.
    pub(super) fn drop_entry(&mut self, id: EntryId, message: Arc<Message>) {
        let stored_as = self.keeping.keeps(&message).then_some(id);
        if self.keep_dropped(message, stored_as)
            && let Some(id) = stored_as
        {
            self.keeping.defer(id);
        }
    }

    /// What is dropped is a dead letter, if these go anywhere; whether it is.
    pub(super) fn keep_dropped(
        &mut self,
        message: Arc<Message>,
        stored_as: Option<EntryId>,
    ) -> bool {
        let settings = &self.settings;
        let has_room = self.dropped.len() < DROPPED_WAITING_MAX;
        let is_wanted = settings.alternate_exchange.is_some() && has_room;
        let is_kept = is_wanted || settings.dead_letter.is_some();
        if is_kept {
            self.dropped.push(message, stored_as);
        }
        is_kept
    }

    /// What was dropped at a limit since the last call, for the dead letters' exchange; nothing
    /// where the queue has none. To be called after each batch of pushes.
    pub fn take_dropped(&mut self) -> Vec<Arc<Message>> {
        self.dropped.take(self.keeping.gone())
    }

    /// The limit that refuses one of these messages, if all of them came now, one after the other,
    /// each with its key as [`Queue::push_keyed`] takes it. A ring refuses what is larger than all
    /// of it.
    pub fn limit_without_room<'m>(
        &self,
        messages: impl IntoIterator<Item = (&'m Message, Option<&'m [u8]>)>,
    ) -> Option<Limit> {
        let policy = self.settings.policy;
        let ready_limits = self.settings.ready_limits;
        let drops_head = ready_limits.overflow == Overflow::DropHead;
        if policy == OverflowPolicy::SelfDestruct && drops_head {
            return None;
        }
        let ready = self.ready + self.keeping.len();
        let (mut ready, mut ready_bytes) = (ready as u64, self.ready_bytes);
        let (mut count, mut bytes) = self.depth();
        let mut values: HashMap<&[u8], u64> = HashMap::default();
        for (message, key) in messages {
            let replaced = self.replaced_by(key).and_then(|id| self.entries.get(id));
            let mut replaced = replaced.map(|entry| entry.message.size());
            if let Kind::LastValue(_) = self.kind {
                let earlier = values.insert(key.unwrap_or_default(), message.size());
                replaced = earlier.or(replaced);
            }
            ready += 1;
            ready_bytes += message.body_bytes() as u64;
            if let Some(limit) = ready_limits.exceeded(ready, ready_bytes).filter(|_| !drops_head) {
                return Some(limit);
            }
            match policy {
                OverflowPolicy::SelfDestruct => continue,
                OverflowPolicy::Ring => {
                    let hopeless = self.settings.bytes_max.map(Limit::Bytes);
                    match hopeless.filter(|limit| is_hopeless(*limit, message)) {
                        None => continue,
                        limit => return limit,
                    }
                }
                OverflowPolicy::Reject => {}
            }
            count = count - u64::from(replaced.is_some()) + 1;
            bytes = bytes - replaced.unwrap_or(0) + message.size();
            let by_count = self.settings.count_max.filter(|max| count > *max).map(Limit::Count);
            let by_bytes = || self.settings.bytes_max.filter(|max| bytes > *max);
            if let Some(limit) = by_count.or_else(|| by_bytes().map(Limit::Bytes)) {
                return Some(limit);
            }
        }
        None
    }

    fn exceeded_with(&self, message: &Message, key: Option<&[u8]>) -> Option<Limit> {
        let replaced = self.replaced_by(key).and_then(|id| self.entries.get(id));
        let count = self.len() as u64 - u64::from(replaced.is_some());
        if let Some(max) = self.settings.count_max.filter(|max| count + 1 > *max) {
            return Some(Limit::Count(max));
        }
        let freed = replaced.map_or(0, |entry| entry.message.size());
        let bytes = self.statistics.depth_bytes - freed + message.size();
        self.settings.bytes_max.filter(|max| bytes > *max).map(Limit::Bytes)
    }
}

/// A message larger than all of the queue has no room even in an empty one.
fn is_hopeless(limit: Limit, message: &Message) -> bool {
    matches!(limit, Limit::Bytes(max) if message.size() > max)
}
