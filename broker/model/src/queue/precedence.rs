//! Which of the consumers that take may take now: those of the highest priority that have credit,
//! or the one that is active alone.
//!
//! Priorities order consumers that take whatever comes; those that look or choose have none. On a
//! queue with groups the groups decide.
//!
//! Invariants:
//! - a queue whose consumers are alike keeps nothing here;
//! - where one alone is active it is one of those that are subscribed, and stays so until it goes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::queue::consumer::{Attention, Consumer};
use crate::queue::{ConsumerId, Queue, QueueSettings, Woken};

/// Who comes before whom.
#[derive(Debug)]
pub(super) enum Precedence {
    /// All are alike.
    None,
    /// Consumers with credit by priority, no number 0.
    Ranked(BTreeMap<i32, usize>),
    /// One alone.
    Single(Box<Single>),
}

/// The consumer that is active, and those that would be.
#[derive(Debug, Default)]
pub(super) struct Single {
    active: Option<ConsumerId>,
    /// By priority, and then by the order in which they came.
    candidates: BTreeSet<(Reverse<i32>, ConsumerId)>,
}

impl Precedence {
    pub(super) fn of(settings: &QueueSettings) -> Self {
        match settings.is_single_active {
            true => Self::Single(Box::default()),
            false => Self::None,
        }
    }

    /// Whether nobody with credit has a higher priority than this one.
    pub(super) fn lets(&self, Reverse(priority): Reverse<i32>) -> bool {
        match self {
            Self::None | Self::Single(_) => true,
            Self::Ranked(ranks) => {
                ranks.keys().next_back().is_none_or(|highest| *highest <= priority)
            }
        }
    }
}

impl Queue {
    /// The consumer that alone gets messages, where there may be one.
    pub fn single_active(&self) -> Option<ConsumerId> {
        match &self.precedence {
            Precedence::Single(single) => single.active,
            Precedence::None | Precedence::Ranked(_) => None,
        }
    }

    /// Whether a consumer that takes may take now, or others come before it.
    pub(super) fn has_turn(&self, id: ConsumerId) -> bool {
        match &self.precedence {
            Precedence::None => true,
            Precedence::Single(single) => single.active == Some(id),
            Precedence::Ranked(_) => {
                let own = self.consumers.get(&id).map_or(0, |consumer| consumer.priority);
                self.precedence.lets(Reverse(own))
            }
        }
    }

    /// Whether one that chooses may take now; priorities are nothing to it.
    pub(super) fn has_turn_to_choose(&self, id: ConsumerId) -> bool {
        match &self.precedence {
            Precedence::Single(single) => single.active == Some(id),
            Precedence::None | Precedence::Ranked(_) => true,
        }
    }

    /// Whether somebody who takes has credit, and therefore is about to take what is there.
    pub(super) fn has_taker(&self) -> bool {
        match &self.precedence {
            Precedence::None | Precedence::Ranked(_) => self.wanting > 0,
            Precedence::Single(single) => {
                let active = single.active.and_then(|id| self.consumers.get(&id));
                active.is_some_and(|active| active.attention != Attention::Suspended)
            }
        }
    }

    /// Among how many what is ready is shared.
    pub(super) fn sharers(&self) -> usize {
        match &self.precedence {
            Precedence::None => self.wanting,
            Precedence::Single(_) => 1,
            Precedence::Ranked(ranks) => ranks.values().next_back().copied().unwrap_or(0),
        }
    }

    /// A consumer came, without credit.
    pub(super) fn rank(&mut self, id: ConsumerId) {
        let Some(consumer) = self.consumers.get(&id).filter(|consumer| consumer.acquires) else {
            return;
        };
        let (priority, is_grouped) = (consumer.priority, self.settings.groups.is_some());
        match &mut self.precedence {
            Precedence::Single(single) => {
                single.candidates.insert((Reverse(priority), id));
                single.active.get_or_insert(id);
            }
            Precedence::None if priority != 0 && !is_grouped => {
                let mut ranks = BTreeMap::new();
                for consumer in self.consumers.values().filter(|other| other.is_wanting()) {
                    *ranks.entry(consumer.priority).or_default() += 1;
                }
                self.precedence = Precedence::Ranked(ranks);
            }
            Precedence::None | Precedence::Ranked(_) => {}
        }
    }

    /// A consumer has gone: the next one is active.
    pub(super) fn unrank(&mut self, id: ConsumerId, gone: &Consumer, woken: &mut Woken) {
        match &mut self.precedence {
            Precedence::None => {}
            Precedence::Ranked(_) => {
                if self.consumers.is_empty() {
                    self.precedence = Precedence::None;
                }
            }
            Precedence::Single(single) => {
                single.candidates.remove(&(Reverse(gone.priority), id));
                if single.active == Some(id) {
                    single.active = single.candidates.first().map(|(_, next)| *next);
                    self.wake_active(woken);
                }
            }
        }
    }

    /// A consumer in the row has credit, or has none any more.
    pub(super) fn count_rank(&mut self, priority: i32, is_wanting: bool) {
        let Precedence::Ranked(ranks) = &mut self.precedence else { return };
        if is_wanting {
            *ranks.entry(priority).or_default() += 1;
        } else if let Some(count) = ranks.get_mut(&priority) {
            *count -= 1;
            if *count == 0 {
                ranks.remove(&priority);
            }
        }
    }

    /// The one that is active finds something.
    fn wake_active(&mut self, woken: &mut Woken) {
        let Some(active) = self.single_active().filter(|_| self.ready > 0) else { return };
        self.wake_owner(active, woken);
        self.wake_chooser(active, woken);
    }
}
