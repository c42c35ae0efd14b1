//! The index of a direct exchange: binding ids by binding key.
//!
//! Invariants: a key stands in the table exactly while a binding has it; a binding id stands under
//! exactly one key; both maps give memory back when they empty.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use foldhash::quality::RandomState;
use philter_plugin_api::BindingId;

use crate::error::DirectError;

/// Binding ids by key, and the way back.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    ids_by_key: HashMap<Arc<str>, BTreeSet<BindingId>, RandomState>,
    keys_by_id: HashMap<BindingId, Arc<str>, RandomState>,
}

impl KeyTable {
    /// Files a binding under its key.
    ///
    /// # Errors
    /// [`DirectError::AlreadyBound`]; nothing changed.
    pub(crate) fn insert(&mut self, id: BindingId, key: &str) -> Result<(), DirectError> {
        if self.keys_by_id.contains_key(&id) {
            return Err(DirectError::AlreadyBound { id });
        }
        // Bindings of one key share its text.
        let key = match self.ids_by_key.get_key_value(key) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::from(key),
        };
        self.ids_by_key.entry(Arc::clone(&key)).or_default().insert(id);
        self.keys_by_id.insert(id, key);
        Ok(())
    }

    /// Takes a binding out.
    ///
    /// # Errors
    /// [`DirectError::NotBound`]; nothing changed.
    pub(crate) fn remove(&mut self, id: BindingId) -> Result<(), DirectError> {
        let key = self.keys_by_id.remove(&id).ok_or(DirectError::NotBound { id })?;
        if let Some(ids) = self.ids_by_key.get_mut(&key) {
            ids.remove(&id);
            if ids.is_empty() {
                self.ids_by_key.remove(&key);
            }
        }
        give_memory_back(&mut self.keys_by_id);
        give_memory_back(&mut self.ids_by_key);
        Ok(())
    }

    /// The bindings of a key, in the order of their ids.
    pub(crate) fn ids(&self, key: &str) -> impl Iterator<Item = BindingId> + '_ {
        self.ids_by_key.get(key).into_iter().flatten().copied()
    }

    /// The key of a binding.
    ///
    /// # Errors
    /// [`DirectError::NotBound`].
    pub(crate) fn key(&self, id: BindingId) -> Result<&str, DirectError> {
        self.keys_by_id.get(&id).map(AsRef::as_ref).ok_or(DirectError::NotBound { id })
    }

    /// How many bindings there are.
    pub(crate) fn bindings(&self) -> usize {
        self.keys_by_id.len()
    }

    /// How many different keys they have.
    pub(crate) fn keys(&self) -> usize {
        self.ids_by_key.len()
    }
}

/// Shrinks a map that is a quarter full or less, so that a burst of bindings does not stay in
/// memory.
fn give_memory_back<K: Eq + Hash, V>(map: &mut HashMap<K, V, RandomState>) {
    if map.len() <= map.capacity() / 4 {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_memory_back_when_bindings_go() {
        let mut table = KeyTable::default();
        for id in 0..10_000 {
            table.insert(BindingId(id), &format!("key-{id}")).unwrap();
        }
        for id in 0..10_000 {
            table.remove(BindingId(id)).unwrap();
        }
        assert_eq!((table.bindings(), table.keys()), (0, 0));
        assert_eq!((table.keys_by_id.capacity(), table.ids_by_key.capacity()), (0, 0));
    }

    #[test]
    fn looks_at_the_bindings_of_the_key_alone_among_100_000() {
        let mut table = KeyTable::default();
        for id in 0..100_000 {
            table.insert(BindingId(id), &format!("key-{}", id / 2)).unwrap();
        }
        let ids: Vec<u64> = table.ids("key-7").map(|id| id.0).collect();
        assert_eq!(ids, [14, 15]);
        let flood = (0..1_000).map(|n| table.ids(&format!("flood-{n}")).count());
        assert_eq!(flood.sum::<usize>(), 0);
    }

    #[test]
    fn shares_the_text_of_a_key_between_its_bindings() {
        let mut table = KeyTable::default();
        table.insert(BindingId(1), "a").unwrap();
        table.insert(BindingId(2), "a").unwrap();
        let texts: Vec<_> = table.keys_by_id.values().collect();
        assert!(Arc::ptr_eq(texts[0], texts[1]));
    }

    #[test]
    fn finds_nothing_for_a_key_whose_last_binding_went() {
        let mut table = KeyTable::default();
        table.insert(BindingId(1), "a").unwrap();
        table.remove(BindingId(1)).unwrap();
        assert_eq!(table.ids("a").count(), 0);
        assert_eq!(table.remove(BindingId(1)), Err(DirectError::NotBound { id: BindingId(1) }));
    }
}
