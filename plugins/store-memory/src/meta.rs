//! The store's own meta data: keys with revisions, changed by compare-and-set, and who watches
//! them.
//!
//! Invariant: a key's revisions ascend and are never used again, not even by another key.

use std::collections::BTreeMap;
use std::ops::Bound;

use parking_lot::Mutex;
use philter_plugin_api::{MetaEntry, MetaRevision};

use crate::budget::Budget;
use crate::error::StoreError;
use crate::limits::{LIST_PAGE_KEYS, RECORD_BYTES, WATCHES_MAX};

/// Keys, values and revisions.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_revision: u64,
    by_key: BTreeMap<String, (MetaRevision, Vec<u8>)>,
    watched_prefixes: Vec<String>,
}

/// A key that was set or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    /// The new revision; 0 where the key is gone.
    pub(crate) revision: MetaRevision,
    /// Whether somebody wants to hear of it.
    pub(crate) is_watched: bool,
}

impl Meta {
    /// A key's value and revision.
    pub(crate) fn get(&self, key: &str) -> Option<(MetaRevision, Vec<u8>)> {
        self.state.lock().by_key.get(key).cloned()
    }

    /// Sets a key whose revision is `expected`, 0 for one that does not exist; none where it is
    /// another.
    ///
    /// # Errors
    /// No room.
    pub(crate) fn compare_and_set(
        &self,
        budget: &Budget,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
    ) -> Result<Option<Changed>, StoreError> {
        let mut state = self.state.lock();
        let present = state.by_key.get(key);
        let found = present.map_or(MetaRevision(0), |(revision, _)| *revision);
        if found != expected {
            return Ok(None);
        }
        let freed_bytes = present.map_or(0, |(_, value)| cost(key, value));
        if !budget.take(cost(key, value)) {
            return Err(StoreError::MetaFull { bytes_max: budget.bytes_max() });
        }
        state.last_revision += 1;
        let revision = MetaRevision(state.last_revision);
        state.by_key.insert(key.to_owned(), (revision, value.to_vec()));
        budget.give_back(freed_bytes);
        Ok(Some(Changed { revision, is_watched: state.is_watched(key) }))
    }

    /// Removes a key whose revision is `expected`; none where it is another, or there is no such
    /// key.
    pub(crate) fn remove(
        &self,
        budget: &Budget,
        key: &str,
        expected: MetaRevision,
    ) -> Option<Changed> {
        let mut state = self.state.lock();
        let is_expected = |(revision, _): &&(MetaRevision, _)| *revision == expected;
        let freed_bytes = state.by_key.get(key).filter(is_expected).map(|(_, v)| cost(key, v))?;
        state.by_key.remove(key);
        budget.give_back(freed_bytes);
        Some(Changed { revision: MetaRevision(0), is_watched: state.is_watched(key) })
    }

    /// The next keys that begin with `prefix`: those behind `last`, or the first.
    pub(crate) fn page(&self, prefix: &str, last: Option<&str>) -> Vec<MetaEntry> {
        let from = last.map_or(Bound::Included(prefix), Bound::Excluded);
        let state = self.state.lock();
        let keys = state.by_key.range::<str, _>((from, Bound::Unbounded));
        let keys = keys.take_while(|(key, _)| key.starts_with(prefix)).take(LIST_PAGE_KEYS);
        let entry = |(key, (revision, value)): (&String, &(MetaRevision, Vec<u8>))| MetaEntry {
            key: key.clone(),
            revision: *revision,
            value: value.clone(),
        };
        keys.map(entry).collect()
    }

    /// From now on changes of keys that begin with `prefix` are wanted.
    ///
    /// # Errors
    /// Too many prefixes.
    pub(crate) fn watch(&self, prefix: &str) -> Result<(), StoreError> {
        let watched = &mut self.state.lock().watched_prefixes;
        if watched.iter().any(|known| prefix.starts_with(known.as_str())) {
            return Ok(());
        }
        watched.retain(|known| !known.starts_with(prefix));
        if watched.len() >= WATCHES_MAX {
            return Err(StoreError::Watches);
        }
        watched.push(prefix.to_owned());
        Ok(())
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().by_key.len()
    }
}

impl State {
    fn is_watched(&self, key: &str) -> bool {
        self.watched_prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
    }
}

fn cost(key: &str, value: &[u8]) -> u64 {
    RECORD_BYTES + key.len() as u64 + value.len() as u64
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const NEW: MetaRevision = MetaRevision(0);

    #[test]
    fn a_key_is_set_where_its_revision_is_the_expected_one() {
        let (meta, budget) = (Meta::default(), Budget::new(4096));
        let set = |expected, value: &[u8]| {
            let changed = meta.compare_and_set(&budget, "k", expected, value)?;
            Ok::<_, StoreError>(changed.map(|changed| changed.revision))
        };
        assert_eq!(set(MetaRevision(1), b"a"), Ok(None));
        let first = set(NEW, b"a").unwrap().unwrap();
        assert_eq!(set(NEW, b"b"), Ok(None));
        assert_eq!(meta.get("k"), Some((first, b"a".to_vec())));
        let second = set(first, b"b").unwrap().unwrap();
        assert!(second > first);
        assert_eq!(meta.get("k"), Some((second, b"b".to_vec())));
    }

    #[test]
    fn a_full_store_keeps_the_old_value() {
        let (meta, budget) = (Meta::default(), Budget::new(2 * RECORD_BYTES));
        let first = meta.compare_and_set(&budget, "k", NEW, b"a").unwrap().unwrap().revision;
        let big = vec![0; 1000];
        let full = StoreError::MetaFull { bytes_max: 2 * RECORD_BYTES };
        assert_eq!(meta.compare_and_set(&budget, "k", first, &big), Err(full));
        assert_eq!(meta.get("k"), Some((first, b"a".to_vec())));
        assert_eq!(budget.taken_bytes(), cost("k", b"a"));
    }

    #[test]
    fn of_many_who_set_at_once_one_wins_each_time() {
        let (meta, budget) = (Meta::default(), Budget::new(1 << 20));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut won = 0;
                    while won < 100 {
                        let (revision, count) = meta.get("n").unwrap_or((NEW, vec![0, 0]));
                        let next = u16::from_be_bytes([count[0], count[1]]) + 1;
                        let set = meta.compare_and_set(&budget, "n", revision, &next.to_be_bytes());
                        won += u32::from(set.unwrap().is_some());
                    }
                });
            }
        });
        assert_eq!(meta.get("n").unwrap().1, 400_u16.to_be_bytes());
    }

    #[test]
    fn a_removed_key_gives_its_room_back_and_its_revision_never() {
        let (meta, budget) = (Meta::default(), Budget::new(4096));
        let set = |expected| meta.compare_and_set(&budget, "k", expected, b"a").unwrap().unwrap();
        let first = set(NEW).revision;
        assert_eq!(meta.remove(&budget, "k", MetaRevision(first.0 + 1)), None);
        assert_eq!(meta.remove(&budget, "k", first).map(|gone| gone.revision), Some(NEW));
        assert_eq!(meta.remove(&budget, "k", first), None);
        assert_eq!((meta.get("k"), budget.taken_bytes()), (None, 0));
        assert!(set(NEW).revision > first);
    }

    #[test]
    fn keys_are_listed_by_prefix_in_pages() {
        let (meta, budget) = (Meta::default(), Budget::new(1 << 20));
        let keys: Vec<_> = (0..LIST_PAGE_KEYS + 3).map(|number| format!("b/{number:05}")).collect();
        for key in keys.iter().map(String::as_str).chain(["a", "b", "b0"]) {
            meta.compare_and_set(&budget, key, NEW, b"v").unwrap();
        }
        let page = |last| meta.page("b/", last);
        let first = page(None);
        let second = page(first.last().map(|entry| entry.key.as_str()));
        let listed = first.iter().chain(&second).map(|entry| entry.key.clone());
        assert!(listed.eq(keys.iter().cloned()));
        assert_eq!((first.len(), second.len()), (LIST_PAGE_KEYS, 3));
        assert_eq!(page(second.last().map(|entry| entry.key.as_str())), []);
    }

    #[test]
    fn a_watch_covers_its_prefix_and_watches_are_limited() {
        let (meta, budget) = (Meta::default(), Budget::new(1 << 20));
        meta.watch("a/b").unwrap();
        meta.watch("a/").unwrap();
        meta.watch("a/c").unwrap();
        let is_watched =
            |key| meta.compare_and_set(&budget, key, NEW, b"").unwrap().unwrap().is_watched;
        assert!(is_watched("a/") && is_watched("a/x") && !is_watched("a") && !is_watched("b/"));
        assert_eq!(meta.state.lock().watched_prefixes, ["a/"], "one covers the others");
        for number in 1..WATCHES_MAX {
            meta.watch(&format!("w{number};")).unwrap();
        }
        assert_eq!(meta.watch("z"), Err(StoreError::Watches));
        assert_eq!(meta.watch("a/d"), Ok(()));
    }
}
