//! Keys of maps: what `op:same-key` takes for the same (XPath Functions 3.1, section 17.1.1).
//!
//! Invariants: two keys are equal where `op:same-key` says so, whatever their types; the order is
//! total, and means nothing beyond that.

use crate::atomic::Atomic;

/// A value as a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MapKey(Box<[u8]>);

impl MapKey {
    /// The key of a value.
    pub(crate) fn of(_value: &Atomic) -> Self {
        todo!("helper: atomic")
    }
}
