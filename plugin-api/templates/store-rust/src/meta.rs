//! The store's own keys, each with a revision that grows.

use std::collections::BTreeMap;

use philter_plugin_api::MetaRevision;

/// The keys.
#[derive(Default)]
pub(crate) struct Meta {
    keys: BTreeMap<String, (u64, Vec<u8>)>,
}

impl Meta {
    /// A key's revision and value.
    pub(crate) fn get(&self, key: &str) -> Option<(MetaRevision, Vec<u8>)> {
        self.keys.get(key).map(|(revision, value)| (MetaRevision(*revision), value.clone()))
    }

    /// Sets a key where its revision is `expected`, 0 for one that is not there; the new revision.
    pub(crate) fn compare_and_set(
        &mut self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
    ) -> Option<MetaRevision> {
        let revision = self.keys.get(key).map_or(0, |(revision, _)| *revision);
        if revision != expected.0 {
            return None;
        }
        self.keys.insert(key.to_owned(), (revision + 1, value.to_owned()));
        Some(MetaRevision(revision + 1))
    }
}
