//! Messages that were not taken, and why: what each publisher is told in the words of its protocol.

use std::fmt;
use std::sync::Arc;

use philter_model::queue::Limit;

use crate::virtual_host::Undecided;

/// A message that was refused.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// Its index in the batch.
    pub(crate) index: usize,
    /// Why.
    pub(crate) why: Refusal,
}

/// Why a message was refused.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// A queue, or an exchange that delays, has no room.
    Full {
        /// Which.
        queue: Arc<str>,
        /// The limit it hit.
        limit: Limit,
    },
    /// A plugin failed on it.
    Undecided(Arc<Undecided>),
}

impl Refused {
    /// There was no room.
    pub(super) fn full(index: usize, queue: &Arc<str>, limit: Limit) -> Self {
        Self { index, why: Refusal::Full { queue: Arc::clone(queue), limit } }
    }

    /// A plugin failed on it.
    pub(super) fn undecided(index: usize, why: &Arc<Undecided>) -> Self {
        Self { index, why: Refusal::Undecided(Arc::clone(why)) }
    }

    /// Whether a plugin failed on it.
    pub(crate) fn is_undecided(&self) -> bool {
        matches!(self.why, Refusal::Undecided(_))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { queue, limit } => {
                write!(f, "queue '{queue}' is full: a message would go past {limit}")
            }
            Self::Undecided(why) => why.fmt(f),
        }
    }
}
