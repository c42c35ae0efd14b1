//! Answers of a key-only exchange by routing key.
//!
//! Bounded, and made for floods: a key that is seen once does not drive out those that are seen often
//! (the cache admits by use). Each answer has the generation of the bindings it was made from; one
//! of another generation is no answer.

use std::sync::Arc;

use quick_cache::sync::Cache;

use crate::limits::{ROUTE_KEY_BYTES_MAX, ROUTES_CACHED_MAX};

/// A cache of answers of type `V`, used by many threads at once.
#[derive(Debug)]
pub struct RouteCache<V> {
    answers: Cache<Box<str>, (u64, Arc<V>)>,
}

impl<V> Default for RouteCache<V> {
    fn default() -> Self {
        Self { answers: Cache::new(ROUTES_CACHED_MAX) }
    }
}

impl<V> RouteCache<V> {
    /// The answer for a key, if it was made in this generation.
    pub fn get(&self, key: &str, generation: u64) -> Option<Arc<V>> {
        match self.answers.get(key) {
            Some((made_in, answer)) if made_in == generation => Some(answer),
            _ => None,
        }
    }

    /// Keeps an answer. `generation` is the one that was read before the plugin was asked, so that a
    /// change in between makes the answer old at once.
    pub fn insert(&self, key: &str, generation: u64, answer: Arc<V>) {
        if key.len() <= ROUTE_KEY_BYTES_MAX {
            self.answers.insert(key.into(), (generation, answer));
        }
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_generation_is_none() {
        let cache = RouteCache::default();
        cache.insert("k", 1, Arc::new(5));
        assert_eq!(cache.get("k", 1).as_deref(), Some(&5));
        assert_eq!(cache.get("k", 2), None);
    }

    #[test]
    fn a_flood_of_unique_keys_stays_bounded_and_leaves_what_is_used() {
        let cache = RouteCache::default();
        cache.insert("hot", 1, Arc::new(0));
        for index in 0..5 * ROUTES_CACHED_MAX {
            assert!(cache.get("hot", 1).is_some(), "driven out after {index} keys");
            cache.insert(&index.to_string(), 1, Arc::new(index));
        }
        assert!(cache.len() <= ROUTES_CACHED_MAX);
        let long = "x".repeat(ROUTE_KEY_BYTES_MAX + 1);
        cache.insert(&long, 1, Arc::new(1));
        assert_eq!(cache.get(&long, 1), None);
    }
}
