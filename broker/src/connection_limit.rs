//! How many connections there may be at a time. The limit may change while the broker runs; who is
//! in stays in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts connections.
#[derive(Debug)]
pub(crate) struct ConnectionLimit {
    max: AtomicUsize,
    taken: AtomicUsize,
}

/// A connection's place; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<ConnectionLimit>);

impl ConnectionLimit {
    /// A limit that nobody counts against yet.
    pub(crate) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { max: AtomicUsize::new(max), taken: AtomicUsize::new(0) })
    }

    /// Takes a place, where there is one.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Place> {
        let max = self.max.load(Ordering::Relaxed);
        let one_more = |taken| (taken < max).then_some(taken + 1);
        let taken = self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        taken.is_ok().then(|| Place(Arc::clone(self)))
    }

    /// Connections that are in.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    /// Changes the limit for those who come.
    pub(crate) fn set_max(&self, max: usize) {
        self.max.store(max, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_given_back() {
        let limit = ConnectionLimit::new(1);
        let place = limit.take().unwrap();
        assert!(limit.take().is_none());
        drop(place);
        assert!(limit.take().is_some());
    }

    #[test]
    fn a_lower_limit_sends_nobody_away_and_lets_nobody_in() {
        let limit = ConnectionLimit::new(2);
        let places = [limit.take().unwrap(), limit.take().unwrap()];
        limit.set_max(1);
        let [first, _second] = places;
        drop(first);
        assert!(limit.take().is_none());
        limit.set_max(2);
        assert!(limit.take().is_some());
    }
}
