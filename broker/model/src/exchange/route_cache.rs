//! Answers of a key-only exchange by routing key.
//!
//! Bounded in answers and in bytes, and made for floods: a key that is seen once does not drive out
//! those that are seen often (the cache admits by use). Each answer has the generation of the
//! bindings it was made from; one of another generation is no answer.

use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use crate::limits::{
    ROUTE_CACHE_BYTES_MAX, ROUTE_CACHE_SHARDS, ROUTE_KEY_BYTES_MAX, ROUTES_CACHED_MAX,
};

#[derive(Debug)]
struct Answer<V> {
    generation: u64,
    value: Arc<V>,
    bytes: usize,
}

impl<V> Clone for Answer<V> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), ..*self }
    }
}

/// Weighs answers so that neither limit is passed: each is at least its part of all bytes.
#[derive(Clone, Copy, Debug)]
struct Bytes;

impl<V> Weighter<Box<str>, Answer<V>> for Bytes {
    fn weight(&self, key: &Box<str>, answer: &Answer<V>) -> u64 {
        let bytes = key.len().saturating_add(answer.bytes);
        bytes.max(ROUTE_CACHE_BYTES_MAX / ROUTES_CACHED_MAX) as u64
    }
}

/// A cache of answers of type `V`, used by many threads at once.
#[derive(Debug)]
pub struct RouteCache<V> {
    answers: Cache<Box<str>, Answer<V>, Bytes>,
}

impl<V> Default for RouteCache<V> {
    fn default() -> Self {
        let bytes_max = ROUTE_CACHE_BYTES_MAX as u64;
        let options = OptionsBuilder::new()
            .estimated_items_capacity(ROUTES_CACHED_MAX)
            .weight_capacity(bytes_max)
            .shards(ROUTE_CACHE_SHARDS)
            .build();
        let answers = options.map_or_else(
            |_| Cache::with_weighter(ROUTES_CACHED_MAX, bytes_max, Bytes),
            |options| {
                let hashes = DefaultHashBuilder::default();
                Cache::with_options(options, Bytes, hashes, DefaultLifecycle::default())
            },
        );
        Self { answers }
    }
}

impl<V> RouteCache<V> {
    /// The answer for a key, if it was made in this generation.
    pub fn get(&self, key: &str, generation: u64) -> Option<Arc<V>> {
        let answer = self.answers.get(key)?;
        (answer.generation == generation).then_some(answer.value)
    }

    /// Keeps an answer of `size_of::<V>()` bytes and no more. `generation` is the one that was read
    /// before the plugin was asked, so that a change in between makes the answer old at once.
    pub fn insert(&self, key: &str, generation: u64, value: Arc<V>) {
        self.insert_sized(key, generation, value, size_of::<V>());
    }

    /// Keeps an answer that takes this many bytes, what it points to included. One that takes more
    /// than its part of the cache is not kept.
    pub fn insert_sized(&self, key: &str, generation: u64, value: Arc<V>, bytes: usize) {
        if key.len() <= ROUTE_KEY_BYTES_MAX {
            self.answers.insert(key.into(), Answer { generation, value, bytes });
        }
    }

    /// Forgets all answers.
    pub fn clear(&self) {
        self.answers.clear();
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
        cache.insert("k", 2, Arc::new(6));
        assert_eq!(cache.get("k", 2).as_deref(), Some(&6));
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
        assert!(cache.len() > ROUTES_CACHED_MAX / 2, "{}", cache.len());
        let long = "x".repeat(ROUTE_KEY_BYTES_MAX + 1);
        cache.insert(&long, 1, Arc::new(1));
        assert_eq!(cache.get(&long, 1), None);
    }

    #[test]
    fn large_answers_are_bounded_in_bytes() {
        let cache = RouteCache::default();
        for index in 0..1_000usize {
            cache.insert_sized(&index.to_string(), 1, Arc::new(index), 1024 * 1024);
        }
        assert!((8..=16).contains(&cache.len()), "{}", cache.len());
        cache.insert_sized("huge", 1, Arc::new(0), ROUTE_CACHE_BYTES_MAX);
        assert_eq!(cache.get("huge", 1), None);
    }
}
