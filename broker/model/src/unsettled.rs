//! Deliveries that wait for an outcome, by ascending command id.
//!
//! Settling follows sequence-sets: ranges, mostly from the front. Looking up costs a binary search;
//! the usual case, everything in order, costs nothing but the entries themselves.

use std::collections::VecDeque;

/// Deliveries by command id (32 bits that wrap; at most 2^31 may wait).
#[derive(Debug)]
pub struct Unsettled<T> {
    slots: VecDeque<(u32, Option<T>)>,
    live: usize,
}

impl<T> Default for Unsettled<T> {
    fn default() -> Self {
        Self { slots: VecDeque::new(), live: 0 }
    }
}

impl<T> Unsettled<T> {
    /// How many wait.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The delivery that has waited longest.
    pub fn first(&self) -> Option<(u32, &T)> {
        self.slots.iter().find_map(|(id, slot)| Some((*id, slot.as_ref()?)))
    }

    /// Whether a delivery with an id from `first` to `last` waits.
    pub fn has_any(&self, first: u32, last: u32) -> bool {
        let begin = self.slots.partition_point(|(id, _)| is_before(*id, first));
        let from = self.slots.range(begin..);
        from.take_while(|(id, _)| !is_before(last, *id)).any(|(_, slot)| slot.is_some())
    }

    /// Adds a delivery; ids come in ascending order.
    pub fn insert(&mut self, id: u32, delivery: T) {
        debug_assert!(self.slots.back().is_none_or(|(last, _)| is_before(*last, id)));
        self.slots.push_back((id, Some(delivery)));
        self.live += 1;
    }

    /// Puts a delivery back that was removed, in its place.
    pub fn put_back(&mut self, id: u32, delivery: T) {
        let at = self.slots.partition_point(|(other, _)| is_before(*other, id));
        match self.slots.get_mut(at) {
            Some((other, slot)) if *other == id => {
                self.live += usize::from(slot.is_none());
                *slot = Some(delivery);
            }
            _ => {
                self.slots.insert(at, (id, Some(delivery)));
                self.live += 1;
            }
        }
    }

    /// The deliveries with ids from `first` to `last` for which `take` says so, removed, in order.
    /// No delivery that waits may be 2^31 behind `first`: it would be taken for one before it.
    pub fn settle(
        &mut self,
        first: u32,
        last: u32,
        mut take: impl FnMut(u32, &mut T) -> bool,
        settled: &mut Vec<(u32, T)>,
    ) {
        let begin = self.slots.partition_point(|(id, _)| is_before(*id, first));
        for (id, slot) in self.slots.range_mut(begin..) {
            if is_before(last, *id) {
                break;
            }
            if slot.as_mut().is_some_and(|delivery| take(*id, delivery))
                && let Some(delivery) = slot.take()
            {
                self.live -= 1;
                settled.push((*id, delivery));
            }
        }
        self.compact();
    }

    /// Removes everything, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = (u32, T)> + '_ {
        self.live = 0;
        self.slots.drain(..).filter_map(|(id, slot)| slot.map(|delivery| (id, delivery)))
    }

    fn compact(&mut self) {
        while self.slots.front().is_some_and(|(_, slot)| slot.is_none()) {
            self.slots.pop_front();
        }
        if self.slots.len() > 64 && self.live < self.slots.len() / 2 {
            self.slots.retain(|(_, slot)| slot.is_some());
        }
        if self.slots.capacity() > 4 * self.slots.len() + 256 {
            self.slots.shrink_to(2 * self.slots.len());
        }
    }
}

fn is_before(id: u32, other: u32) -> bool {
    id.wrapping_sub(other).cast_signed() < 0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn memory_goes_when_most_is_settled() {
        let mut unsettled = Unsettled::default();
        (0..100_000).for_each(|id| unsettled.insert(id, id));
        let mut settled = Vec::new();
        unsettled.settle(10, 99_999, |id, _| id % 1_000 != 0, &mut settled);
        assert_eq!((settled.len(), unsettled.len()), (99_891, 109));
        assert!(unsettled.slots.capacity() < 1_000, "{}", unsettled.slots.capacity());
        unsettled.settle(0, 99_999, |_, _| true, &mut settled);
        assert!(unsettled.is_empty() && unsettled.slots.capacity() <= 256);
    }

    #[test]
    fn what_is_put_back_has_its_place() {
        let mut unsettled = Unsettled::default();
        let begin = u32::MAX - 100;
        (0..200).for_each(|at| unsettled.insert(begin.wrapping_add(at), at));
        let mut taken = Vec::new();
        unsettled.settle(begin, begin.wrapping_add(150), |_, at| *at % 2 == 0, &mut taken);
        assert_eq!(unsettled.len(), 200 - taken.len());
        taken.into_iter().rev().for_each(|(id, at)| unsettled.put_back(id, at));
        assert_eq!(unsettled.len(), 200);
        assert_eq!(unsettled.first(), Some((begin, &0)));
        assert!(unsettled.drain().map(|(_, at)| at).eq(0..200));
    }

    proptest! {
        #[test]
        fn settles_like_a_map(
            base in prop_oneof![Just(0u32), Just(u32::MAX - 20)],
            operations in prop::collection::vec((0u32..3, 0u32..60, 0u32..20), 0..80),
        ) {
            let mut unsettled = Unsettled::default();
            let mut model = BTreeMap::new();
            let mut next = 0;
            for (kind, first, length) in operations {
                if kind < 2 {
                    next += 1 + first % 3;
                    unsettled.insert(base.wrapping_add(next), next);
                    model.insert(next, next);
                } else {
                    let (from, to) = (base.wrapping_add(first), base.wrapping_add(first + length));
                    let mut settled = Vec::new();
                    unsettled.settle(from, to, |_, value| *value % 2 == 0, &mut settled);
                    let range = first..=first + length;
                    let expected: Vec<u32> =
                        model.range(range).map(|(id, _)| *id).filter(|id| id % 2 == 0).collect();
                    expected.iter().for_each(|id| { model.remove(id); });
                    let settled: Vec<u32> = settled.into_iter().map(|(_, value)| value).collect();
                    prop_assert_eq!(settled, expected);
                }
                prop_assert_eq!(unsettled.len(), model.len());
            }
            let rest: Vec<u32> = unsettled.drain().map(|(_, value)| value).collect();
            prop_assert_eq!(rest, model.into_values().collect::<Vec<_>>());
        }
    }
}
