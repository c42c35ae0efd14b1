//! Keys with values in the journal: where the current value of each stands.

use hashbrown::HashMap;

use super::Place;
use super::usage::Usages;

/// Where a key's value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) position: u64,
    pub(super) place: Place,
    /// No segment before this one has a value of the key since it was last removed.
    oldest: u32,
}

/// The keys of a shard or of the store.
#[derive(Debug, Default)]
pub(super) struct Keys {
    keys: HashMap<Box<str>, Key, foldhash::fast::RandomState>,
}

impl Keys {
    pub(super) fn get(&self, key: &str) -> Option<&Key> {
        self.keys.get(key)
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(AsRef::as_ref)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// A value was set at this position; one that was set later stays.
    pub(super) fn set(&mut self, key: &str, position: u64, place: Place, usages: &mut Usages) {
        let Some(current) = self.keys.get_mut(key) else {
            let oldest = place.segment;
            self.keys.insert(key.into(), Key { position, place, oldest });
            return usages.add_record(place);
        };
        if current.position > position {
            return;
        }
        if current.position == position {
            usages.move_record(current.place, place);
        } else {
            usages.remove_record(current.place);
            usages.add_record(place);
        }
        current.position = position;
        current.place = place;
    }

    /// The key was removed at this position, by an operation in segment `by`. Every segment that
    /// may have a value of it has one less to be found again.
    pub(super) fn remove(&mut self, key: &str, position: u64, by: u32, usages: &mut Usages) {
        if self.keys.get(key).is_none_or(|current| current.position > position) {
            return;
        }
        let Some(Key { place, oldest, .. }) = self.keys.remove(key) else { return };
        usages.remove_record(place);
        for of in oldest..=place.segment {
            if usages.contains(of) {
                usages.bury(of, by);
            }
        }
    }
}
