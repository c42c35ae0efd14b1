//! Numbers as keys.

use std::cmp::Ordering;

/// A double in its total order, with one zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ordered(pub(super) f64);

impl Ordered {
    /// A number, negative zero as zero.
    pub(super) fn new(number: f64) -> Self {
        Self(if number == 0.0 { 0.0 } else { number })
    }
}

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}
