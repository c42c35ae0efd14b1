//! Which entries nobody holds, and which of them is next: the queue's kind decides.
//!
//! Invariant: `ready` counts the entries that nobody holds, and the kind's own index has exactly
//! these. Every change of an entry's holder comes through here.

use foldhash::HashMap;

use crate::message::Message;
use crate::queue::consumer::Consumer;
use crate::queue::groups::GroupIndex;
use crate::queue::last_value::LastValues;
use crate::queue::priority::Levels;
use crate::queue::{ConsumerId, EntryId, Order, Queue, QueueSettings, Woken};

/// What a kind of queue keeps beside its entries.
#[derive(Debug)]
pub(super) enum Kind {
    Fifo,
    LastValue(Box<LastValues>),
    Priority(Box<Levels>),
    Groups(Box<GroupIndex>),
}

impl Kind {
    pub(super) fn of(settings: &QueueSettings) -> Self {
        match (&settings.order, &settings.groups) {
            (Order::LastValue { .. }, _) => Self::LastValue(Box::default()),
            (Order::Priority(priorities), _) => {
                Self::Priority(Box::new(Levels::new(priorities.clone())))
            }
            (Order::Fifo, Some(groups)) => Self::Groups(Box::new(GroupIndex::new(groups))),
            (Order::Fifo, None) => Self::Fifo,
        }
    }
}

impl Queue {
    /// The entry that is next for a consumer that takes whatever comes.
    pub(super) fn first_for(&mut self, consumer: ConsumerId) -> Option<EntryId> {
        match &mut self.kind {
            Kind::Fifo | Kind::LastValue(_) => self.first_in_order(),
            Kind::Priority(levels) => levels.first(),
            Kind::Groups(groups) => groups.first_for(consumer),
        }
    }

    /// The available entry that is dropped first: the oldest, of the lowest level.
    pub(super) fn first_to_drop(&mut self) -> Option<EntryId> {
        match &self.kind {
            Kind::Priority(levels) => levels.lowest(),
            Kind::Fifo | Kind::LastValue(_) | Kind::Groups(_) => self.first_in_order(),
        }
    }

    /// The available entry that came before all others.
    pub(super) fn oldest_available(&mut self) -> Option<EntryId> {
        match &self.kind {
            Kind::Priority(levels) => levels.oldest(),
            Kind::Fifo | Kind::LastValue(_) | Kind::Groups(_) => self.first_in_order(),
        }
    }

    fn first_in_order(&mut self) -> Option<EntryId> {
        self.arrival.first(&self.entries, self.keeping.hidden_from())
    }

    /// Whether somebody who takes whatever comes would find something, whoever it is.
    pub(super) fn has_for_anybody(&self) -> bool {
        match &self.kind {
            Kind::Groups(groups) => groups.has_free(),
            Kind::Fifo | Kind::LastValue(_) | Kind::Priority(_) => self.ready > 0,
        }
    }

    /// Whether there are entries that this consumer alone may take.
    pub(super) fn has_own(&self, consumer: ConsumerId) -> bool {
        match &self.kind {
            Kind::Groups(groups) => groups.has_own(consumer),
            Kind::Fifo | Kind::LastValue(_) | Kind::Priority(_) => false,
        }
    }

    /// Who alone may take this entry.
    pub(super) fn owner_of(&self, id: EntryId) -> Option<ConsumerId> {
        match &self.kind {
            Kind::Groups(groups) => groups.owner_of(id),
            Kind::Fifo | Kind::LastValue(_) | Kind::Priority(_) => None,
        }
    }

    /// A new entry is available.
    pub(super) fn added(&mut self, id: EntryId, priority: u8, key: Option<&[u8]>) {
        self.count_ready(id);
        match &mut self.kind {
            Kind::Fifo => {}
            Kind::LastValue(values) => values.add(id, key),
            Kind::Priority(levels) => levels.add(id, priority),
            Kind::Groups(groups) => groups.add(id, key),
        }
    }

    /// An entry is held now: it is no longer available.
    pub(super) fn hold(
        &mut self,
        id: EntryId,
        consumer: ConsumerId,
        priority: u8,
        expires_at_ms: Option<u64>,
    ) {
        self.discount_ready(id);
        self.statistics.acquire();
        self.expiry.unschedule(id, expires_at_ms);
        match &mut self.kind {
            Kind::Fifo | Kind::LastValue(_) => self.arrival.hold(id),
            Kind::Priority(levels) => levels.remove(id, priority),
            Kind::Groups(groups) => {
                self.arrival.hold(id);
                groups.hold(id, consumer);
            }
        }
    }

    /// An entry that was held is available again; whoever may have it now is woken.
    pub(super) fn released(&mut self, id: EntryId, priority: u8, woken: &mut Woken) {
        self.count_ready(id);
        self.statistics.unacquire();
        let mut freed = None;
        match &mut self.kind {
            Kind::Fifo | Kind::LastValue(_) => self.arrival.release(id),
            Kind::Priority(levels) => levels.add(id, priority),
            Kind::Groups(groups) => {
                self.arrival.release(id);
                let consumers = &self.consumers;
                freed = groups.release(id, |owner| takes(consumers, owner));
            }
        }
        self.show_again(id);
        self.wake_for(id, woken);
        if let Some(first) = freed {
            self.group_freed(first, woken);
        }
    }

    /// An entry is gone. Answers the first entry of its group where that is free now.
    pub(super) fn removed(
        &mut self,
        id: EntryId,
        message: &Message,
        was_held: bool,
    ) -> Option<EntryId> {
        match was_held {
            true => self.statistics.unacquire(),
            false => {
                self.discount_gone(message);
                self.expiry.unschedule(id, message.expires_at_ms());
            }
        }
        match &mut self.kind {
            Kind::Fifo => self.arrival.remove(id),
            Kind::LastValue(values) => {
                self.arrival.remove(id);
                values.remove(id);
            }
            Kind::Priority(levels) => levels.remove(id, message.priority()),
            Kind::Groups(groups) => {
                self.arrival.remove(id);
                let consumers = &self.consumers;
                return groups.remove(id, |owner| takes(consumers, owner));
            }
        }
        None
    }

    /// A consumer has gone: groups that it alone could take of, and of which it holds nothing, are
    /// free.
    pub(super) fn disown_all(&mut self, consumer: ConsumerId, woken: &mut Woken) {
        let freed = match &mut self.kind {
            Kind::Groups(groups) => groups.cancel(consumer),
            Kind::Fifo | Kind::LastValue(_) | Kind::Priority(_) => return,
        };
        freed.into_iter().for_each(|first| self.group_freed(first, woken));
    }
}

/// Whether a group may stay with this consumer: it is there, and does not only look.
fn takes(consumers: &HashMap<ConsumerId, Consumer>, id: ConsumerId) -> bool {
    consumers.get(&id).is_some_and(|consumer| consumer.acquires)
}
