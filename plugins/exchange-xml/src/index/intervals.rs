//! Conjuncts that two bounds of one number are necessary for.
//!
//! Intervals stand by the order of magnitude of their length, and there by their lower bound: those
//! that a value lies in have a lower bound at most that length below the value. So of what is
//! looked at about every second is found, whatever the number of intervals.
//!
//! Invariant: an interval is found where it and the span of the values have a number in common.

use std::collections::BTreeMap;

use super::ConjunctId;
use super::number::Ordered;
use super::postings::Postings;

/// Intervals by the power of two that their length stays below.
#[derive(Debug, Default)]
pub(super) struct Intervals {
    by_length: BTreeMap<Ordered, BTreeMap<Ordered, Postings>>,
}

/// From a number to a number, both included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Interval {
    /// The least power of two that is not below the length; infinity for what is longer than any.
    fn length(self) -> Ordered {
        let length = self.high - self.low;
        if length <= 0.0 {
            return Ordered(0.0);
        }
        if !length.is_finite() {
            return Ordered(f64::INFINITY);
        }
        Ordered(length.log2().ceil().exp2().max(length))
    }
}

impl Intervals {
    pub(super) fn is_empty(&self) -> bool {
        self.by_length.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.by_length.values().map(BTreeMap::len).sum()
    }

    pub(super) fn insert(&mut self, interval: Interval, conjunct: ConjunctId) {
        let by_low = self.by_length.entry(interval.length()).or_default();
        by_low.entry(Ordered(interval.low)).or_default().insert(conjunct);
    }

    pub(super) fn remove(&mut self, interval: Interval, conjunct: ConjunctId) {
        let length = interval.length();
        let Some(by_low) = self.by_length.get_mut(&length) else { return };
        let low = Ordered(interval.low);
        if let Some(postings) = by_low.get_mut(&low) {
            postings.remove(conjunct);
            if postings.is_empty() {
                by_low.remove(&low);
            }
        }
        if by_low.is_empty() {
            self.by_length.remove(&length);
        }
    }

    /// Adds the conjuncts whose interval may have a number in common with values of this span.
    pub(super) fn find(&self, span: Interval, fired: &mut Vec<ConjunctId>) {
        for (length, by_low) in &self.by_length {
            // One number further for what rounding took; infinity less infinity would be none.
            let from = match length.0.is_finite() {
                true => (span.low - length.0).next_down(),
                false => f64::NEG_INFINITY,
            };
            for (_, postings) in by_low.range(Ordered(from)..=Ordered(span.high)) {
                postings.add_to(fired);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bound() -> impl Strategy<Value = f64> {
        prop_oneof![
            (-50_i32..50).prop_map(|it| f64::from(it) / 4.0),
            prop::sample::select(vec![f64::NEG_INFINITY, f64::INFINITY, 1e300, -1e300, 1e-300]),
        ]
    }

    proptest! {
        #[test]
        fn finds_what_overlaps_and_forgets_what_is_removed(
            intervals in prop::collection::vec((bound(), bound()), 0..20),
            span in (bound(), bound()),
        ) {
            let mut index = Intervals::default();
            let interval = |(one, other): (f64, f64)| {
                Interval { low: one.min(other), high: one.max(other) }
            };
            let span = interval(span);
            for (id, bounds) in (0..).zip(&intervals) {
                index.insert(interval(*bounds), id);
            }
            let mut found = Vec::new();
            index.find(span, &mut found);
            for (id, bounds) in (0..).zip(&intervals) {
                let Interval { low, high } = interval(*bounds);
                prop_assert!(low > span.high || high < span.low || found.contains(&id));
            }
            for (id, bounds) in (0..).zip(&intervals) {
                index.remove(interval(*bounds), id);
            }
            prop_assert!(index.is_empty());
        }
    }

    #[test]
    fn an_interval_may_be_longer_than_any_number() {
        let mut index = Intervals::default();
        index.insert(Interval { low: -1e308, high: 1e308 }, 1);
        let mut found = Vec::new();
        index.find(Interval { low: f64::INFINITY, high: f64::INFINITY }, &mut found);
        index.find(Interval { low: 0.0, high: f64::INFINITY }, &mut found);
        assert_eq!(found, [1, 1]);
    }

    #[test]
    fn narrow_intervals_are_few() {
        let mut index = Intervals::default();
        for id in 0..10_000_u32 {
            let low = f64::from(id);
            index.insert(Interval { low, high: low + 0.5 }, id);
        }
        let mut found = Vec::new();
        index.find(Interval { low: 77.2, high: 77.2 }, &mut found);
        assert_eq!(found, [77]);
    }
}
