//! Consumers of a queue: who they are, whether they wait, and who is woken when something comes.
//!
//! A consumer is suspended (no credit), waiting (credit, found nothing) or active (told to pull, or
//! not told yet that there is nothing). Only those with credit count for fair shares.
//!
//! Invariants:
//! - while there is an entry that nobody holds, one of the consumers that take it whatever it is
//!   and have credit is active, if there are any, of the highest priority among them (where one is
//!   active alone: that one, if it has credit); one that leaves without having taken all wakes
//!   the next;
//! - browsers and filtered consumers, who may leave what they see, are all woken by each entry, and
//!   never in another's place.

use std::cmp::Reverse;
use std::num::NonZeroU32;

use crate::limits::CONSUMERS_MAX;
use crate::queue::filtered::Search;
use crate::queue::precedence::Precedence;
use crate::queue::{EntryId, Queue, Woken};

/// The number of a consumer in its queue; used again only after four thousand million others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConsumerId(pub NonZeroU32);

/// What a consumer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerSpec {
    /// It takes entries; otherwise it looks at them.
    pub acquires: bool,
    /// It wants to be the only one.
    pub is_exclusive: bool,
    /// Those of a lower priority get what it has no credit for.
    pub priority: i32,
    /// Its owner decides entry by entry what it gets: [`Queue::candidates`], then [`Queue::take`].
    pub is_filtered: bool,
}

/// Why a consumer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// Nobody may take from the queue.
    #[error("the queue is there to be browsed only")]
    BrowseOnly,
    /// Another consumer has exclusive use.
    #[error("another consumer has exclusive use of the queue")]
    HasExclusiveConsumer,
    /// Exclusive use was asked for and there are consumers.
    #[error("exclusive use was asked for and the queue has {0} consumers")]
    HasConsumers(usize),
    /// Exclusive use was asked for where one consumer gets all anyway, and others wait for it.
    #[error("exclusive use was asked for and the queue has a single active consumer")]
    SingleActive,
    /// The limit.
    #[error("the queue has {0} consumers, which is the limit")]
    TooMany(usize),
}

/// How a pull ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullState {
    /// There may be more: pull again, after others had a turn.
    More,
    /// The next entry is larger than the bytes that were left. Pull again with more, or suspend the
    /// consumer, so that another takes it.
    TooLarge,
    /// There is nothing; the consumer waits and is woken.
    Waiting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attention {
    Suspended,
    /// With its place in the row, if it takes.
    Waiting(u64),
    Active,
}

#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) acquires: bool,
    pub(super) is_exclusive: bool,
    pub(super) priority: i32,
    pub(super) attention: Attention,
    /// The first entry that a browser has not seen.
    pub(super) cursor: EntryId,
    /// How far a filtered consumer has looked.
    pub(super) search: Option<Box<Search>>,
}

impl Consumer {
    /// Whether it waits in the row: each entry wakes one of these, and all others.
    fn is_in_row(&self) -> bool {
        self.acquires && self.search.is_none()
    }

    /// Whether it is in the row and has credit.
    pub(super) fn is_wanting(&self) -> bool {
        self.is_in_row() && self.attention != Attention::Suspended
    }
}

impl Queue {
    /// Adds a consumer, suspended.
    ///
    /// # Errors
    /// Exclusive use, or the limit.
    pub fn subscribe(&mut self, spec: ConsumerSpec) -> Result<ConsumerId, SubscribeError> {
        let count = self.consumers.len();
        if spec.acquires && self.settings.is_browse_only {
            return Err(SubscribeError::BrowseOnly);
        }
        if spec.is_exclusive && self.settings.is_single_active {
            return Err(SubscribeError::SingleActive);
        }
        if self.has_exclusive {
            return Err(SubscribeError::HasExclusiveConsumer);
        }
        if spec.is_exclusive && count > 0 {
            return Err(SubscribeError::HasConsumers(count));
        }
        if count >= CONSUMERS_MAX {
            return Err(SubscribeError::TooMany(count));
        }
        let id = self.next_consumer_id();
        self.has_exclusive = spec.is_exclusive;
        let consumer = Consumer {
            acquires: spec.acquires,
            is_exclusive: spec.is_exclusive,
            priority: spec.priority,
            attention: Attention::Suspended,
            cursor: EntryId::FIRST,
            search: spec.is_filtered.then(Box::default),
        };
        if spec.is_filtered && spec.acquires {
            self.filtered.insert(id);
        }
        self.consumers.insert(id, consumer);
        self.rank(id);
        self.statistics.count_consumers(self.consumers.len());
        Ok(id)
    }

    pub(super) fn next_consumer_id(&mut self) -> ConsumerId {
        loop {
            self.next_consumer = self.next_consumer.wrapping_add(1);
            let number = NonZeroU32::new(self.next_consumer).map(ConsumerId);
            if let Some(id) = number.filter(|id| !self.consumers.contains_key(id)) {
                return id;
            }
        }
    }

    /// Removes a consumer. Entries that it holds stay held; see [`Queue::release`].
    pub fn cancel(&mut self, id: ConsumerId, woken: &mut Woken) {
        self.stand_down(id, woken);
        self.filtered.remove(&id);
        self.put_off.remove(&id);
        if let Some(consumer) = self.consumers.remove(&id) {
            self.has_exclusive &= !consumer.is_exclusive;
            self.unrank(id, &consumer, woken);
        }
        self.disown_all(id, woken);
        self.drop_head(woken);
        self.statistics.count_consumers(self.consumers.len());
    }

    /// A consumer has no credit: it is not woken and does not count. If it was about to pull,
    /// another is woken in its place.
    pub fn suspend(&mut self, id: ConsumerId, woken: &mut Woken) {
        self.stand_down(id, woken);
        self.drop_head(woken);
    }

    fn stand_down(&mut self, id: ConsumerId, woken: &mut Woken) {
        let Some(consumer) = self.consumers.get_mut(&id) else { return };
        let was = std::mem::replace(&mut consumer.attention, Attention::Suspended);
        if was == Attention::Suspended {
            return;
        }
        self.wanting -= usize::from(consumer.acquires);
        if !consumer.is_in_row() {
            self.watching.remove(&id);
            return;
        }
        let priority = consumer.priority;
        self.count_rank(priority, false);
        match was {
            Attention::Waiting(ticket) => {
                self.waiting.remove(&(Reverse(priority), ticket));
            }
            _ if self.has_for_anybody() => self.wake_acquirer(woken),
            _ => {}
        }
    }

    /// A consumer has credit again: it should pull.
    pub fn resume(&mut self, id: ConsumerId) {
        if let Some(consumer) = self.consumers.get_mut(&id)
            && consumer.attention == Attention::Suspended
        {
            consumer.attention = Attention::Active;
            self.wanting += usize::from(consumer.acquires);
            if consumer.is_in_row() {
                let priority = consumer.priority;
                self.count_rank(priority, true);
            }
        }
    }

    /// Marks an active consumer as waiting.
    pub(super) fn wait(&mut self, id: ConsumerId) {
        let Some(consumer) = self.consumers.get_mut(&id) else { return };
        if consumer.attention == Attention::Active {
            self.next_ticket += 1;
            consumer.attention = Attention::Waiting(self.next_ticket);
            if consumer.is_in_row() {
                self.waiting.insert((Reverse(consumer.priority), self.next_ticket), id);
            } else {
                self.watching.insert(id);
            }
        }
    }

    /// Marks a waiting consumer as active: it pulled unasked, and there is more.
    pub(super) fn keep_active(&mut self, id: ConsumerId) {
        if let Some(consumer) = self.consumers.get_mut(&id)
            && let Attention::Waiting(ticket) = consumer.attention
        {
            consumer.attention = Attention::Active;
            if consumer.is_in_row() {
                self.waiting.remove(&(Reverse(consumer.priority), ticket));
            } else {
                self.watching.remove(&id);
            }
        }
    }

    /// An entry became available: one consumer that takes whatever comes, and all that look or
    /// choose, are woken. An entry of a group that somebody owns is for that one alone.
    pub(super) fn wake_for(&mut self, id: EntryId, woken: &mut Woken) {
        match self.owner_of(id) {
            Some(owner) => self.wake_owner(owner, woken),
            None => self.wake_acquirer(woken),
        }
        self.wake_watching(woken);
    }

    /// A group is free from its entry `first` on.
    pub(super) fn group_freed(&mut self, first: EntryId, woken: &mut Woken) {
        self.show_again_from(first);
        self.wake_acquirer(woken);
        self.wake_watching(woken);
    }

    fn wake_watching(&mut self, woken: &mut Woken) {
        if self.watching.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.watching) {
            if let Some(consumer) = self.consumers.get_mut(&id) {
                consumer.attention = Attention::Active;
                woken.push(id);
            }
        }
    }

    pub(super) fn wake_owner(&mut self, id: ConsumerId, woken: &mut Woken) {
        if let Some(consumer) = self.consumers.get_mut(&id)
            && let Attention::Waiting(ticket) = consumer.attention
            && self.waiting.remove(&(Reverse(consumer.priority), ticket)).is_some()
        {
            consumer.attention = Attention::Active;
            woken.push(id);
        }
    }

    /// Wakes one that chooses, if it waits.
    pub(super) fn wake_chooser(&mut self, id: ConsumerId, woken: &mut Woken) {
        if self.watching.remove(&id)
            && let Some(consumer) = self.consumers.get_mut(&id)
        {
            consumer.attention = Attention::Active;
            woken.push(id);
        }
    }

    fn wake_acquirer(&mut self, woken: &mut Woken) {
        if let Precedence::Single(_) = self.precedence {
            return self.single_active().into_iter().for_each(|id| self.wake_owner(id, woken));
        }
        if let Some(first) = self.waiting.first_entry()
            && self.precedence.lets(first.key().0)
            && let id = first.remove()
            && let Some(consumer) = self.consumers.get_mut(&id)
        {
            consumer.attention = Attention::Active;
            woken.push(id);
        }
    }
}
