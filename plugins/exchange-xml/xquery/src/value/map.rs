//! Maps (data model, section 2.7.3): persistent, entries shared between versions.
//!
//! Invariant: entries are in the order of their keys, so that what a query prints does not change
//! from run to run.

use imbl::GenericOrdMap;
use imbl::shared_ptr::RcK;

use super::{Sequence, with_stack};
use crate::atomic::Atomic;

pub(crate) use key::MapKey;

mod key;

type Entries<'a> = GenericOrdMap<MapKey, (Atomic, Sequence<'a>), RcK>;

/// A map from atomic values to sequences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map<'a> {
    entries: Entries<'a>,
    /// Never less than the deepest value's and one.
    depth: usize,
}

impl<'a> Map<'a> {
    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &Atomic) -> Option<&Sequence<'a>> {
        self.entries.get(&MapKey::of(key)).map(|(_, value)| value)
    }

    /// Puts an entry, in place of one with the same key.
    pub(crate) fn insert(&mut self, key: Atomic, value: Sequence<'a>) {
        self.depth = self.depth.max(value.depth() + 1);
        self.entries.insert(MapKey::of(&key), (key, value));
    }

    /// Takes a key's entry away.
    pub(crate) fn remove(&mut self, key: &Atomic) {
        self.entries.remove(&MapKey::of(key));
    }

    /// The entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Atomic, &Sequence<'a>)> {
        self.entries.values().map(|(key, value)| (key, value))
    }

    /// How many maps, arrays and functions lie in each other, this one included.
    pub(crate) fn depth(&self) -> usize {
        self.depth.max(1)
    }
}

impl Drop for Map<'_> {
    fn drop(&mut self) {
        if self.depth > 1 {
            let entries = std::mem::take(&mut self.entries);
            with_stack(|| drop(entries));
        }
    }
}
