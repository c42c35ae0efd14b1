//! The bindings of a fanout exchange: their ids, in order, and their keys for `inspect`.
//!
//! Invariant: an id stands in the set exactly once.

use std::collections::BTreeMap;

use philter_plugin_api::BindingId;

use crate::error::FanoutError;

/// Binding ids with the keys they were given, which decide nothing.
#[derive(Debug, Default)]
pub(crate) struct BindingSet {
    keys_by_id: BTreeMap<BindingId, Box<str>>,
}

impl BindingSet {
    /// Adds a binding.
    ///
    /// # Errors
    /// [`FanoutError::AlreadyBound`]; nothing changed.
    pub(crate) fn insert(&mut self, id: BindingId, key: &str) -> Result<(), FanoutError> {
        if self.keys_by_id.contains_key(&id) {
            return Err(FanoutError::AlreadyBound { id });
        }
        self.keys_by_id.insert(id, key.into());
        Ok(())
    }

    /// Takes a binding out.
    ///
    /// # Errors
    /// [`FanoutError::NotBound`].
    pub(crate) fn remove(&mut self, id: BindingId) -> Result<(), FanoutError> {
        self.keys_by_id.remove(&id).map(drop).ok_or(FanoutError::NotBound { id })
    }

    /// Every binding, in the order of ids.
    pub(crate) fn ids(&self) -> impl Iterator<Item = BindingId> + '_ {
        self.keys_by_id.keys().copied()
    }

    /// The key that a binding was given.
    ///
    /// # Errors
    /// [`FanoutError::NotBound`].
    pub(crate) fn key(&self, id: BindingId) -> Result<&str, FanoutError> {
        self.keys_by_id.get(&id).map(AsRef::as_ref).ok_or(FanoutError::NotBound { id })
    }

    /// How many bindings there are.
    pub(crate) fn bindings(&self) -> usize {
        self.keys_by_id.len()
    }
}
