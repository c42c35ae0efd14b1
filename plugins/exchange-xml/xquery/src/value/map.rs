//! Maps (data model, section 2.7.3): persistent, entries shared between versions.
//!
//! Invariants: entries are in the order of their keys, so that what a query prints does not change
//! from run to run; few of them are one vector, as most maps are records of a few fields.

use imbl::GenericOrdMap;
use imbl::shared_ptr::RcK;

use super::{Sequence, with_stack};
use crate::atomic::Atomic;

pub(crate) use key::MapKey;

mod key;

/// Up to so many entries a map is a vector.
const FEW: usize = 8;

#[derive(Clone, Debug)]
struct Entry<'a> {
    key: Atomic,
    value: Sequence<'a>,
}

#[derive(Clone, Debug)]
enum Entries<'a> {
    /// In the order of their keys.
    Few(Vec<(MapKey, Entry<'a>)>),
    Many(GenericOrdMap<MapKey, Entry<'a>, RcK>),
}

/// A map from atomic values to sequences.
#[derive(Clone, Debug, Default)]
pub(crate) struct Map<'a> {
    entries: Entries<'a>,
    /// Never less than the deepest value's and one.
    depth: usize,
}

impl<'a> Map<'a> {
    /// Bytes that an entry takes, the room that trees leave free among them.
    pub(crate) const ENTRY_BYTES: usize = 2 * size_of::<(MapKey, Entry<'_>)>();

    /// Bytes that a changed copy of this map takes: what is few is copied, of what is many a leaf
    /// and the way to it.
    pub(crate) fn change_bytes(&self) -> usize {
        match &self.entries {
            Entries::Few(entries) => size_of::<Self>() + (entries.len() + 1) * Self::ENTRY_BYTES,
            Entries::Many(_) => 12 * Self::ENTRY_BYTES,
        }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        match &self.entries {
            Entries::Few(entries) => entries.len(),
            Entries::Many(entries) => entries.len(),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &Atomic) -> Option<&Sequence<'a>> {
        let key = MapKey::of(key);
        let entry = match &self.entries {
            Entries::Few(entries) => {
                let index = find(entries, &key).ok()?;
                entries.get(index).map(|(_, entry)| entry)
            }
            Entries::Many(entries) => entries.get(&key),
        };
        entry.map(|entry| &entry.value)
    }

    /// Puts an entry, in place of one with the same key.
    pub(crate) fn insert(&mut self, key: Atomic, value: Sequence<'a>) {
        self.depth = self.depth.max(value.depth() + 1);
        let sought = MapKey::of(&key);
        let entry = Entry { key, value };
        match &mut self.entries {
            Entries::Few(entries) => match find(entries, &sought) {
                Ok(index) => {
                    if let Some(known) = entries.get_mut(index) {
                        known.1 = entry;
                    }
                }
                Err(index) if entries.len() < FEW => {
                    entries.reserve_exact(1);
                    entries.insert(index, (sought, entry));
                }
                Err(_) => {
                    let mut many: GenericOrdMap<_, _, _> =
                        std::mem::take(entries).into_iter().collect();
                    many.insert(sought, entry);
                    self.entries = Entries::Many(many);
                }
            },
            Entries::Many(entries) => drop(entries.insert(sought, entry)),
        }
    }

    /// Takes a key's entry away.
    pub(crate) fn remove(&mut self, key: &Atomic) {
        let key = MapKey::of(key);
        match &mut self.entries {
            Entries::Few(entries) => {
                if let Ok(index) = find(entries, &key) {
                    entries.remove(index);
                }
            }
            Entries::Many(entries) => drop(entries.remove(&key)),
        }
    }

    /// The entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Atomic, &Sequence<'a>)> {
        let (few, many) = match &self.entries {
            Entries::Few(entries) => (Some(entries), None),
            Entries::Many(entries) => (None, Some(entries)),
        };
        let few = few.into_iter().flatten().map(|(_, entry)| entry);
        let many = many.into_iter().flat_map(|entries| entries.values());
        few.chain(many).map(|entry| (&entry.key, &entry.value))
    }

    /// How many maps, arrays and functions lie in each other, this one included.
    pub(crate) fn depth(&self) -> usize {
        self.depth.max(1)
    }
}

/// Where a key is, or would be.
fn find(entries: &[(MapKey, Entry<'_>)], key: &MapKey) -> Result<usize, usize> {
    entries.binary_search_by(|(known, _)| known.cmp(key))
}

impl Default for Entries<'_> {
    fn default() -> Self {
        Self::Few(Vec::new())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::value::Item;

    fn entries(map: &Map<'_>) -> Vec<(String, String)> {
        let text = |value: &Sequence<'_>| format!("{value:?}");
        map.iter().map(|(key, value)| (key.to_text().into_owned(), text(value))).collect()
    }

    proptest! {
        #[test]
        fn few_and_many_entries_behave_alike(
            changes in prop::collection::vec((0..12_u64, prop::option::of(0..9_u64)), 0..40)
        ) {
            let (mut map, mut model) = (Map::default(), BTreeMap::new());
            for (key, value) in changes {
                let before = (map.clone(), entries(&map));
                match value {
                    Some(value) => {
                        let value = Sequence::from(Item::integer(value));
                        model.insert(key, format!("{value:?}"));
                        map.insert(Atomic::integer(key), value);
                    }
                    None => {
                        model.remove(&key);
                        map.remove(&Atomic::integer(key));
                    }
                }
                let expected: Vec<_> =
                    model.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
                prop_assert_eq!(entries(&map), expected);
                prop_assert_eq!(map.len(), model.len());
                prop_assert_eq!(map.get(&Atomic::integer(key)).is_some(), model.contains_key(&key));
                prop_assert_eq!(entries(&before.0), before.1);
            }
        }
    }
}
