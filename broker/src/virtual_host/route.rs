//! Where a message goes from an exchange, as the exchange answers it and as it is at the end of the
//! message's way.
//!
//! Invariant: a route on which a plugin failed leads nowhere, so that no queue gets a message which
//! others miss.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::virtual_host::transform::{Answer, Changed, Fate};
use crate::virtual_host::{Endpoint, Exchange, Queue, Undecided};

/// Where a message goes from an exchange: each queue and each other exchange once.
///
/// An exchange answers what its bindings' transformations decide; at the end of a message's way
/// that has become messages and queues.
#[derive(Default)]
pub(crate) struct Route {
    /// The queues, in the order of their first matching binding.
    pub(crate) queues: Box<[Arc<Queue>]>,
    /// The exchanges, in the same order.
    pub(super) exchanges: Box<[Arc<Exchange>]>,
    /// The counters of the bindings that matched.
    pub(super) matched: Box<[Arc<AtomicU64>]>,
    /// An exchange on the way holds it until it is due.
    pub(super) is_held: bool,
    /// What transformations decided at an exchange, where any was asked.
    pub(super) answers: Option<Box<[Answer]>>,
    /// Where transformed messages go, at the end of the way.
    pub(super) changed: Option<Box<Changed>>,
    /// What the operator wants where a plugin failed stands in for an answer.
    pub(super) is_stand_in: bool,
    /// Why nobody can say where it leads: then it leads nowhere.
    pub(super) undecided: Option<Arc<Undecided>>,
}

impl Route {
    /// That of a message on which a plugin failed.
    pub(super) fn undecided(why: &Arc<Undecided>) -> Self {
        Self { undecided: Some(Arc::clone(why)), ..Self::default() }
    }

    /// Whether it leads to a queue of the exchange's own, be it by way of a transformation.
    pub(crate) fn leads_to_queue(&self) -> bool {
        let mut answers = self.answers.iter().flatten();
        let is_replaced = |answer: &Answer| {
            matches!((&answer.fate, &answer.to), (Fate::Replace(_), Endpoint::Queue(_)))
        };
        !self.queues.is_empty() || answers.any(is_replaced)
    }

    /// Whether nothing is to be done on the way from its exchange to queues.
    pub(super) fn is_direct(&self) -> bool {
        self.exchanges.is_empty() && self.answers.is_none()
    }

    /// Whether a message reached nothing at the end of its way.
    pub(super) fn is_nowhere(&self) -> bool {
        let changed = self.changed.as_deref();
        self.queues.is_empty() && !changed.is_some_and(Changed::leads_anywhere)
    }

    /// Whether a message goes to the alternate of its exchange: it matched nothing, and nothing on
    /// its way holds it.
    pub(super) fn is_for_alternate(&self) -> bool {
        self.is_nowhere() && !self.is_held && self.matched.is_empty() && self.undecided.is_none()
    }

    /// Whether the answer of an exchange holds for every message of its key. What transformations
    /// made of one is no other's, and what a plugin failed on it may be asked about again.
    pub(super) fn is_of_key(&self) -> bool {
        self.answers.is_none() && self.undecided.is_none() && !self.is_stand_in
    }

    /// Whether a message goes the same way as by another route. What transformations made of one
    /// is no other's.
    pub(super) fn is_as(&self, other: &Self) -> bool {
        [self, other].iter().all(|route| route.answers.is_none() && route.changed.is_none())
            && self.is_held == other.is_held
            && self.is_stand_in == other.is_stand_in
            && is_same(self.undecided.as_ref(), other.undecided.as_ref())
            && are_same(&self.queues, &other.queues)
            && are_same(&self.exchanges, &other.exchanges)
            && are_same(&self.matched, &other.matched)
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + size_of_val(&*self.queues)
            + size_of_val(&*self.exchanges)
            + size_of_val(&*self.matched)
    }
}

fn are_same<T>(these: &[Arc<T>], those: &[Arc<T>]) -> bool {
    these.len() == those.len()
        && iter::zip(these, those).all(|(this, that)| Arc::ptr_eq(this, that))
}

fn is_same<T>(this: Option<&Arc<T>>, that: Option<&Arc<T>>) -> bool {
    match (this, that) {
        (Some(this), Some(that)) => Arc::ptr_eq(this, that),
        (None, None) => true,
        _ => false,
    }
}
