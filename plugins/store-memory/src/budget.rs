//! The bytes that the store may keep, over all shards and the meta data.
//!
//! Invariant: what is taken never passes the limit; room is taken before anything is kept.

use std::sync::atomic::{AtomicU64, Ordering};

/// A limit in bytes and what is taken of it.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes_max: u64,
    taken_bytes: AtomicU64,
}

impl Budget {
    /// Nothing is taken.
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, taken_bytes: AtomicU64::new(0) }
    }

    /// Takes room for `bytes`, or nothing where there is too little. No bytes always fit.
    pub(crate) fn take(&self, bytes: u64) -> bool {
        let taken = |taken: u64| taken.checked_add(bytes).filter(|&sum| sum <= self.bytes_max);
        self.taken_bytes.try_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// Gives room back.
    pub(crate) fn give_back(&self, bytes: u64) {
        let rest = |taken: u64| Some(taken.saturating_sub(bytes));
        let _ = self.taken_bytes.try_update(Ordering::Relaxed, Ordering::Relaxed, rest);
    }

    /// The limit.
    pub(crate) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    /// What is taken.
    pub(crate) fn taken_bytes(&self) -> u64 {
        self.taken_bytes.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_up_to_the_limit_and_not_beyond() {
        let budget = Budget::new(10);
        assert!(budget.take(10));
        assert!(!budget.take(1));
        assert!(budget.take(0), "nothing always fits");
        assert!(!budget.take(u64::MAX));
        budget.give_back(4);
        assert!(budget.take(4));
        assert_eq!(budget.taken_bytes(), 10);
    }
}
