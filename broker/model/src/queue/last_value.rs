//! The last value of each key: which entry a new message takes out.
//!
//! A replacement is a new entry at the end of the queue, so that browsers see it. The old one
//! leaves at once, also where a consumer holds it: its settlement then finds nothing.
//!
//! Invariant: exactly the entries in the queue are here, one for a key.

use std::sync::Arc;

use foldhash::HashMap;

use crate::queue::EntryId;

/// Entries by key and back.
#[derive(Debug, Default)]
pub(super) struct LastValues {
    entries: HashMap<Arc<[u8]>, EntryId>,
    keys: HashMap<EntryId, Arc<[u8]>>,
}

impl LastValues {
    /// The entry of a key; messages without one have the empty key.
    pub(super) fn get(&self, key: Option<&[u8]>) -> Option<EntryId> {
        self.entries.get(key.unwrap_or_default()).copied()
    }

    pub(super) fn add(&mut self, id: EntryId, key: Option<&[u8]>) {
        let key: Arc<[u8]> = key.unwrap_or_default().into();
        self.keys.insert(id, Arc::clone(&key));
        self.entries.insert(key, id);
    }

    pub(super) fn remove(&mut self, id: EntryId) {
        if let Some(key) = self.keys.remove(&id) {
            self.entries.remove(&key);
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.keys.is_empty()
    }
}
