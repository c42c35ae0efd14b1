//! Sets of command ids as ranges (0-10, section 3.4: sequence-set) with serial-number arithmetic
//! (RFC 1982), because ids wrap after 2^32 commands.

use crate::limits::RANGES_MAX;
use crate::reader::{Fault, FaultKind, Reader};

/// How far ids of one set may be apart: under half of all ids, so that those next to the outermost
/// ones still compare.
const REACH_MAX: i32 = i32::MAX - 2;

/// The number of a command in its session and direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct CommandId(pub u32);

impl CommandId {
    /// The id behind this one.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    /// The id `count` behind this one.
    #[must_use]
    pub fn plus(self, count: u32) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// How many ids this one is behind `earlier`; negative where it is before it.
    pub fn distance_from(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// Whether this one comes before `other`.
    pub fn is_before(self, other: Self) -> bool {
        self.distance_from(other) < 0
    }
}

/// Ascending ranges of command ids, both ends included, that neither touch nor overlap.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RangeSet {
    ranges: Vec<(CommandId, CommandId)>,
}

impl RangeSet {
    /// The set of one id.
    pub fn single(id: CommandId) -> Self {
        Self { ranges: vec![(id, id)] }
    }

    /// The set of all ids from `first` to `last`.
    pub fn range(first: CommandId, last: CommandId) -> Self {
        Self { ranges: vec![(first, last)] }
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.ranges.clear();
    }

    /// The ranges in ascending order.
    pub fn ranges(&self) -> &[(CommandId, CommandId)] {
        &self.ranges
    }

    /// How many ids are in it.
    pub fn count(&self) -> u64 {
        self.ranges.iter().map(|(first, last)| u64::from(last.0.wrapping_sub(first.0)) + 1).sum()
    }

    /// Whether `id` is in it.
    pub fn contains(&self, id: CommandId) -> bool {
        self.ranges.iter().any(|(first, last)| !id.is_before(*first) && !last.is_before(id))
    }

    /// Every id in ascending order. A hostile range may have 2^32 of them: bound it first.
    pub fn iter(&self) -> impl Iterator<Item = CommandId> + '_ {
        self.ranges.iter().flat_map(|(first, last)| {
            (0..=last.0.wrapping_sub(first.0)).map(move |step| first.plus(step))
        })
    }

    /// Adds one id.
    pub fn add(&mut self, id: CommandId) {
        if let Some((_, last)) = self.ranges.last_mut()
            && last.next() == id
        {
            *last = id;
            return;
        }
        self.add_range(id, id);
    }

    /// Adds all ids from `first` to `last`.
    pub fn add_range(&mut self, first: CommandId, last: CommandId) {
        let from = self.ranges.partition_point(|(_, end)| end.next().is_before(first));
        let to = self.ranges.partition_point(|(begin, _)| !last.next().is_before(*begin));
        let mut joined = (first, last);
        for (begin, end) in self.ranges.get(from..to).unwrap_or(&[]) {
            if begin.is_before(joined.0) {
                joined.0 = *begin;
            }
            if joined.1.is_before(*end) {
                joined.1 = *end;
            }
        }
        if from <= to {
            self.ranges.splice(from..to, [joined]);
        }
    }

    /// Removes all ids from `first` to `last`.
    pub fn remove_range(&mut self, first: CommandId, last: CommandId) {
        let from = self.ranges.partition_point(|(_, end)| end.is_before(first));
        let to = self.ranges.partition_point(|(begin, _)| !last.is_before(*begin));
        let touched = self.ranges.get(from..to).unwrap_or(&[]);
        let (Some((begin, _)), Some((_, end))) = (touched.first(), touched.last()) else { return };
        let before = begin.is_before(first).then(|| (*begin, first.plus(u32::MAX)));
        let behind = last.is_before(*end).then(|| (last.next(), *end));
        self.ranges.splice(from..to, before.into_iter().chain(behind));
    }

    /// Removes everything that is in `other`.
    pub fn remove(&mut self, other: &RangeSet) {
        for (first, last) in &other.ranges {
            self.remove_range(*first, *last);
        }
    }

    /// What is in either, in one walk over both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.ranges.as_slice(), other.ranges.as_slice());
        let mut all = Self::default();
        loop {
            let side = match (left.first(), right.first()) {
                (Some((one, _)), Some((two, _))) if two.is_before(*one) => &mut right,
                (Some(_), _) => &mut left,
                (None, _) => &mut right,
            };
            let Some((range, rest)) = side.split_first() else { return all };
            all.add_range(range.0, range.1);
            *side = rest;
        }
    }

    /// Reads a set: 16 bits of length in bytes, then pairs of ids.
    ///
    /// # Errors
    /// The length is not a multiple of a range, there are too many ranges, one ends before it
    /// begins, or they reach over more than half of all ids, where before and behind mean nothing.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let length = usize::from(reader.u16()?);
        if length % 8 != 0 {
            return Err(reader.fault(FaultKind::InvalidValue(length as u64)));
        }
        if length / 8 > RANGES_MAX {
            return Err(reader.fault(FaultKind::TooMany(RANGES_MAX)));
        }
        let mut set = Self::default();
        let mut reach = None;
        for _ in 0..length / 8 {
            let (first, last) = (CommandId(reader.u32()?), CommandId(reader.u32()?));
            let (base, low, high) = reach.unwrap_or((first, 0, 0));
            let (begin, end) = (first.distance_from(base), last.distance_from(base));
            let (low, high) = (begin.min(low), end.max(high));
            if end < begin || high.checked_sub(low).is_none_or(|reach| reach > REACH_MAX) {
                return Err(reader.fault(FaultKind::InvalidValue(u64::from(last.0))));
            }
            reach = Some((base, low, high));
            set.add_range(first, last);
        }
        Ok(set)
    }

    /// Writes the set; ranges past [`RANGES_MAX`] do not fit a sequence-set and stay out.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let count = self.ranges.len().min(RANGES_MAX);
        into.extend_from_slice(&u16::try_from(count * 8).unwrap_or(u16::MAX).to_be_bytes());
        for (first, last) in self.ranges.iter().take(count) {
            into.extend_from_slice(&first.0.to_be_bytes());
            into.extend_from_slice(&last.0.to_be_bytes());
        }
    }
}

impl FromIterator<CommandId> for RangeSet {
    fn from_iter<I: IntoIterator<Item = CommandId>>(ids: I) -> Self {
        let mut set = Self::default();
        for id in ids {
            set.add(id);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn ids(set: &RangeSet, base: u32) -> BTreeSet<u32> {
        set.iter().map(|id| id.0.wrapping_sub(base)).collect()
    }

    proptest! {
        /// Near the wrap as well as near zero.
        #[test]
        fn behaves_like_a_set(
            base in prop_oneof![Just(0u32), Just(u32::MAX - 40)],
            operations in prop::collection::vec((any::<bool>(), 0u32..60, 0u32..12), 0..40),
        ) {
            let mut set = RangeSet::default();
            let mut model = BTreeSet::new();
            for (is_add, first, length) in operations {
                let range = first..=first + length;
                let at = |step: u32| CommandId(base.wrapping_add(step));
                if is_add {
                    set.add_range(at(first), at(first + length));
                    model.extend(range);
                } else {
                    set.remove_range(at(first), at(first + length));
                    model.retain(|id| !range.contains(id));
                }
                prop_assert_eq!(ids(&set, base), model.clone());
                prop_assert_eq!(set.count(), model.len() as u64);
            }
            let mut bytes = Vec::new();
            set.encode(&mut bytes);
            prop_assert_eq!(RangeSet::decode(&mut Reader::new(&bytes)).unwrap(), set);
        }
    }

    proptest! {
        #[test]
        fn a_union_has_what_either_has(
            base in prop_oneof![Just(0u32), Just(u32::MAX - 40)],
            ranges in prop::collection::vec((any::<bool>(), 0u32..60, 0u32..6), 0..20),
        ) {
            let mut sets = [RangeSet::default(), RangeSet::default()];
            let mut joined = RangeSet::default();
            for (is_second, first, length) in ranges {
                let first = CommandId(base.wrapping_add(first));
                sets[usize::from(is_second)].add_range(first, first.plus(length));
                joined.add_range(first, first.plus(length));
            }
            prop_assert_eq!(sets[0].union(&sets[1]), joined);
        }
    }

    #[test]
    fn refuses_ranges_too_far_apart_to_have_an_order() {
        let decode = |far: u32| {
            let far = far.to_be_bytes();
            let bytes = [&[0, 16, 0, 0, 0, 0, 0, 0, 0, 0][..], &far, &far].concat();
            RangeSet::decode(&mut Reader::new(&bytes)).map(|set| set.count())
        };
        let reach_max = REACH_MAX.cast_unsigned();
        assert_eq!(decode(reach_max), Ok(2));
        assert!(decode(reach_max + 1).is_err());
        assert_eq!(decode(0u32.wrapping_sub(reach_max)), Ok(2), "as far before");
        assert!(decode(0u32.wrapping_sub(reach_max + 1)).is_err());
        let thirds = [0u32, 1 << 30, 3 << 29, u32::MAX - (1 << 30)];
        let mut bytes = vec![0, 32];
        thirds.iter().for_each(|id| bytes.extend([id.to_be_bytes(), id.to_be_bytes()].concat()));
        assert!(RangeSet::decode(&mut Reader::new(&bytes)).is_err());
    }

    #[test]
    fn refuses_a_range_that_ends_before_it_begins() {
        let bytes = [0, 8, 0, 0, 0, 5, 0, 0, 0, 4];
        let fault = RangeSet::decode(&mut Reader::new(&bytes)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::InvalidValue(4));
    }
}
