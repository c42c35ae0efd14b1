//! The store's own meta data: keys with revisions, changed by compare-and-set.
//!
//! Invariant: a key's revisions ascend and are never used again, not even by another key.

use std::collections::HashMap;

use parking_lot::Mutex;
use philter_plugin_api::MetaRevision;

use crate::budget::Budget;
use crate::error::StoreError;
use crate::limits::RECORD_BYTES;

/// Keys, values and revisions.
#[derive(Debug, Default)]
pub(crate) struct Meta {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last_revision: u64,
    by_key: HashMap<String, (MetaRevision, Vec<u8>)>,
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
    ) -> Result<Option<MetaRevision>, StoreError> {
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
        Ok(Some(revision))
    }

    /// How many keys there are.
    pub(crate) fn len(&self) -> usize {
        self.state.lock().by_key.len()
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
        let set = |expected, value: &[u8]| meta.compare_and_set(&budget, "k", expected, value);
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
        let first = meta.compare_and_set(&budget, "k", NEW, b"a").unwrap().unwrap();
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
}
