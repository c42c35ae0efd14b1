//! The hash ring: destinations as points on a circle, each message at the next point clockwise.
//!
//! A destination has [`POINTS_PER_WEIGHT`] points for each unit of its weight. A point's place is
//! the hash of the destination's name and the point's number, so adding a destination takes
//! messages from the others and moves none between them.
//!
//! Invariants: a destination has exactly the points that the sum of its bindings' weights says;
//! the points are the same whatever the order of binds and unbinds that led here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use philter_plugin_api::{BindingId, Destination};

use crate::error::HashError;
use crate::hash::hash;

/// Points for each unit of weight. With 64, shares of equal weights differ by some 12 % (one in the
/// square root of 64); larger weights differ less.
pub(crate) const POINTS_PER_WEIGHT: u32 = 64;

/// The sum of all weights on one ring. It bounds a ring to a million points, some 50 MB.
pub(crate) const RING_WEIGHT_MAX: u32 = 16_000;

/// The points of every destination.
#[derive(Debug)]
pub(crate) struct Ring {
    points: BTreeSet<Point>,
    destinations: HashMap<Arc<str>, BTreeMap<BindingId, u32>>,
    bindings: HashMap<BindingId, Arc<str>>,
    weight: u32,
    /// Sorts before every destination's name; a look-up begins there.
    before_all: Arc<str>,
}

/// A point of a destination. The order is that of the circle; the name decides where two coincide.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    place: u64,
    destination: Arc<str>,
    number: u32,
}

impl Default for Ring {
    fn default() -> Self {
        Self {
            points: BTreeSet::new(),
            destinations: HashMap::new(),
            bindings: HashMap::new(),
            weight: 0,
            before_all: Arc::from(""),
        }
    }
}

impl Ring {
    /// Gives a binding's destination the points of this weight.
    ///
    /// # Errors
    /// [`HashError::AlreadyBound`] and [`HashError::RingFull`]; nothing changed.
    pub(crate) fn insert(
        &mut self,
        id: BindingId,
        destination: Destination<'_>,
        weight: u32,
    ) -> Result<(), HashError> {
        if self.bindings.contains_key(&id) {
            return Err(HashError::AlreadyBound { id });
        }
        let sum = self.weight.saturating_add(weight);
        if sum > RING_WEIGHT_MAX {
            return Err(HashError::RingFull { weight: sum });
        }
        let name: Arc<str> = name(destination).into();
        let before = self.weight_of(&name);
        self.points.extend(points(&name, before, before + weight));
        self.destinations.entry(Arc::clone(&name)).or_default().insert(id, weight);
        self.bindings.insert(id, name);
        self.weight = sum;
        Ok(())
    }

    /// Takes a binding's weight from its destination.
    ///
    /// # Errors
    /// [`HashError::NotBound`].
    pub(crate) fn remove(&mut self, id: BindingId) -> Result<(), HashError> {
        let name = self.bindings.remove(&id).ok_or(HashError::NotBound { id })?;
        let before = self.weight_of(&name);
        let Some(shares) = self.destinations.get_mut(&name) else { return Ok(()) };
        let weight = shares.remove(&id).unwrap_or(0);
        if shares.is_empty() {
            self.destinations.remove(&name);
        }
        for point in points(&name, before - weight, before) {
            self.points.remove(&point);
        }
        self.weight -= weight;
        Ok(())
    }

    /// The binding for these bytes; none where nothing is bound. A destination with several
    /// bindings is reached by the oldest.
    pub(crate) fn binding(&self, bytes: &[u8]) -> Option<BindingId> {
        let destination = Arc::clone(&self.before_all);
        let from = Point { place: hash(bytes), destination, number: 0 };
        let point = self.points.range(from..).next().or_else(|| self.points.first())?;
        self.destinations.get(&point.destination)?.keys().next().copied()
    }

    /// A binding's destination and weight.
    ///
    /// # Errors
    /// [`HashError::NotBound`].
    pub(crate) fn share(&self, id: BindingId) -> Result<(&str, u32), HashError> {
        let name = self.bindings.get(&id).ok_or(HashError::NotBound { id })?;
        let weight = self.destinations.get(name).and_then(|shares| shares.get(&id));
        Ok((name, weight.copied().unwrap_or(0)))
    }

    /// How many bindings there are.
    pub(crate) fn bindings(&self) -> usize {
        self.bindings.len()
    }

    /// How many destinations they lead to.
    pub(crate) fn destinations(&self) -> usize {
        self.destinations.len()
    }

    /// The sum of all weights.
    pub(crate) fn weight(&self) -> u32 {
        self.weight
    }

    /// How many points there are.
    pub(crate) fn points(&self) -> usize {
        self.points.len()
    }

    fn weight_of(&self, name: &str) -> u32 {
        self.destinations.get(name).map_or(0, |shares| shares.values().sum())
    }
}

fn name(destination: Destination<'_>) -> String {
    match destination {
        Destination::Queue(name) => format!("queue:{name}"),
        Destination::Exchange(name) => format!("exchange:{name}"),
    }
}

/// The points of a destination between two weights.
fn points(name: &Arc<str>, from_weight: u32, to_weight: u32) -> impl Iterator<Item = Point> + '_ {
    let numbers = from_weight * POINTS_PER_WEIGHT..to_weight * POINTS_PER_WEIGHT;
    numbers.map(move |number| Point {
        place: hash(format!("{name}#{number}").as_bytes()),
        destination: Arc::clone(name),
        number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(queues: &[(u64, &str, u32)]) -> Ring {
        let mut ring = Ring::default();
        for (id, queue, weight) in queues {
            ring.insert(BindingId(*id), Destination::Queue(queue), *weight).unwrap();
        }
        ring
    }

    fn queue(ring: &Ring, key: &str) -> String {
        let id = ring.binding(key.as_bytes()).unwrap();
        ring.share(id).unwrap().0.to_owned()
    }

    fn keys() -> impl Iterator<Item = String> {
        (0..10_000).map(|number| format!("key-{number}"))
    }

    #[test]
    fn gives_shares_by_weight() {
        let ring = ring(&[(1, "a", 10), (2, "b", 20), (3, "c", 10)]);
        let mut counts = HashMap::new();
        keys().for_each(|key| *counts.entry(queue(&ring, &key)).or_insert(0) += 1);
        for (name, expected) in [("queue:a", 2_500), ("queue:b", 5_000), ("queue:c", 2_500)] {
            let count = counts[name];
            let is_near = (expected * 8 / 10..expected * 12 / 10).contains(&count);
            assert!(is_near, "{name} got {count} of 10000, {expected} would be its share");
        }
    }

    #[test]
    fn moves_only_what_a_new_queue_takes() {
        let three = [(1, "a", 10), (2, "b", 10), (3, "c", 10)];
        let (before, mut after) = (ring(&three), ring(&three));
        after.insert(BindingId(4), Destination::Queue("d"), 10).unwrap();
        let moved: Vec<String> =
            keys().filter(|key| queue(&before, key) != queue(&after, key)).collect();
        assert!(moved.iter().all(|key| queue(&after, key) == "queue:d"));
        assert!((2_000..3_000).contains(&moved.len()), "{} of 10000 moved", moved.len());
    }

    #[test]
    fn puts_everything_back_when_a_queue_goes() {
        let three = [(1, "a", 1), (2, "b", 2), (3, "c", 3)];
        let (plain, mut changed) = (ring(&three), ring(&three));
        changed.insert(BindingId(4), Destination::Queue("d"), 5).unwrap();
        changed.remove(BindingId(4)).unwrap();
        assert_eq!(plain.points, changed.points);
    }

    #[test]
    fn is_the_same_whatever_the_order_of_binds() {
        let one = ring(&[(1, "a", 1), (2, "b", 2), (3, "a", 3)]);
        let other = ring(&[(3, "a", 3), (2, "b", 2), (1, "a", 1)]);
        assert_eq!(one.points, other.points);
        assert!(keys().all(|key| one.binding(key.as_bytes()) == other.binding(key.as_bytes())));
    }

    /// Reckoned by a second implementation, in Python: what a restart, another machine and another
    /// version must answer too.
    #[test]
    fn sends_known_keys_where_they_always_went() {
        let ring = ring(&[(1, "q1", 1), (2, "q2", 2), (3, "q3", 1)]);
        let known = [
            ("", "q2"),
            ("a", "q2"),
            ("order-1", "q3"),
            ("order-2", "q1"),
            ("order-3", "q3"),
            ("eu.news", "q2"),
        ];
        for (key, expected) in known {
            assert_eq!(queue(&ring, key), format!("queue:{expected}"), "{key}");
        }
    }

    #[test]
    fn takes_a_queue_and_an_exchange_of_one_name_for_two() {
        let mut ring = ring(&[(1, "a", 1)]);
        ring.insert(BindingId(2), Destination::Exchange("a"), 1).unwrap();
        assert_eq!((ring.destinations(), ring.points()), (2, 128));
    }

    #[test]
    fn refuses_weights_past_the_ring() {
        let mut ring = Ring::default();
        for id in 0..16 {
            ring.insert(BindingId(id), Destination::Queue("a"), 1_000).unwrap();
        }
        let refused = ring.insert(BindingId(16), Destination::Queue("b"), 1);
        assert_eq!(refused, Err(HashError::RingFull { weight: 16_001 }));
        assert_eq!(ring.destinations(), 1);
    }

    #[test]
    fn empties_when_bindings_go() {
        let mut ring = ring(&[(1, "a", 3), (2, "a", 4), (3, "b", 5)]);
        for id in [1, 3, 2] {
            ring.remove(BindingId(id)).unwrap();
        }
        assert_eq!((ring.points(), ring.destinations(), ring.weight()), (0, 0, 0));
        assert_eq!(ring.binding(b"x"), None);
        assert_eq!(ring.remove(BindingId(1)), Err(HashError::NotBound { id: BindingId(1) }));
    }
}
