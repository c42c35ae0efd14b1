//! The expanded names of one tree.
//!
//! Invariants: one id for each pair of namespace and local part; ids count from 0 without gaps, so
//! a name test looks its id up once and then compares numbers; a new name mostly allocates nothing,
//! for documents are parsed far more often than asked for their names.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, LazyLock, OnceLock};

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use indexmap::IndexSet;

use crate::name::QName;

/// A name's index in [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NameId(u32);

impl NameId {
    /// Of nodes that have no name.
    pub(crate) const NONE: Self = Self(u32::MAX);

    /// As an index; none for no name.
    pub(crate) fn index(self) -> Option<usize> {
        (self != Self::NONE).then_some(self.0 as usize)
    }
}

/// A name without a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExpandedName<'n> {
    /// Empty for no namespace.
    pub(crate) namespace: &'n str,
    pub(crate) local: &'n str,
}

/// The names of a tree.
#[derive(Debug, Default)]
pub(crate) struct Names {
    entries: Vec<Entry>,
    /// Indexes of entries.
    by_hash: HashTable<u32>,
    /// All local parts.
    locals: String,
    namespaces: IndexSet<Arc<str>, RandomState>,
}

#[derive(Debug)]
struct Entry {
    hash: u64,
    /// Its number in `namespaces`, from 1; 0 for none.
    namespace: u32,
    /// Its place in `locals`.
    start: u32,
    end: u32,
    /// The local part, once someone wants to keep it.
    shared: OnceLock<Arc<str>>,
}

impl Names {
    /// With room for the names of a usual document.
    pub(crate) fn with_capacity(names: usize) -> Self {
        const LOCAL_BYTES: usize = 12;
        Self {
            entries: Vec::with_capacity(names),
            by_hash: HashTable::with_capacity(names),
            locals: String::with_capacity(names * LOCAL_BYTES),
            namespaces: IndexSet::default(),
        }
    }

    /// The id of a name; none where no node of the tree has it.
    pub(crate) fn find(&self, namespace: &str, local: &str) -> Option<NameId> {
        self.find_hashed(hash(namespace, local), namespace, local)
    }

    #[inline]
    fn find_hashed(&self, hash: u64, namespace: &str, local: &str) -> Option<NameId> {
        let is_it = |index: &u32| {
            self.entries.get(*index as usize).is_some_and(|entry| {
                entry.hash == hash
                    && same(self.local(entry), local)
                    && same(self.namespace(entry), namespace)
            })
        };
        self.by_hash.find(hash, is_it).copied().map(NameId)
    }

    /// The name of an id.
    pub(crate) fn get(&self, id: NameId) -> Option<ExpandedName<'_>> {
        self.entries.get(id.0 as usize).map(|entry| self.name(entry))
    }

    /// The name of an id, to be kept; what is kept is shared.
    pub(crate) fn shared(&self, id: NameId, prefix: Option<Arc<str>>) -> Option<QName> {
        let entry = self.entries.get(id.0 as usize)?;
        let namespace = (entry.namespace as usize).checked_sub(1);
        let namespace = namespace.and_then(|index| self.namespaces.get_index(index));
        let local = entry.shared.get_or_init(|| self.local(entry).into());
        Some(QName {
            prefix,
            namespace: namespace.cloned().unwrap_or_default(),
            local: Arc::clone(local),
        })
    }

    /// All names, in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ExpandedName<'_>> {
        self.entries.iter().map(|entry| self.name(entry))
    }

    /// The id of a name, which is new where it is not known.
    pub(crate) fn intern(&mut self, namespace: &str, local: &str) -> NameId {
        let hash = hash(namespace, local);
        self.find_hashed(hash, namespace, local)
            .unwrap_or_else(|| self.insert(hash, namespace, local))
    }

    fn insert(&mut self, hash: u64, namespace: &str, local: &str) -> NameId {
        let namespace = if namespace.is_empty() {
            0
        } else {
            let known = self.namespaces.get_index_of(namespace);
            number(known.unwrap_or_else(|| self.namespaces.insert_full(namespace.into()).0) + 1)
        };
        let (id, start) = (number(self.entries.len()), number(self.locals.len()));
        self.locals.push_str(local);
        let (end, shared) = (number(self.locals.len()), OnceLock::new());
        self.entries.push(Entry { hash, namespace, start, end, shared });
        let entries = &self.entries;
        let hash_of = |index: &u32| entries.get(*index as usize).map_or(0, |entry| entry.hash);
        self.by_hash.insert_unique(hash, id, hash_of);
        NameId(id)
    }

    fn name(&self, entry: &Entry) -> ExpandedName<'_> {
        ExpandedName { namespace: self.namespace(entry), local: self.local(entry) }
    }

    #[inline]
    fn local(&self, entry: &Entry) -> &str {
        self.locals.get(entry.start as usize..entry.end as usize).unwrap_or_default()
    }

    #[inline]
    fn namespace(&self, entry: &Entry) -> &str {
        let index = (entry.namespace as usize).checked_sub(1);
        index.and_then(|index| self.namespaces.get_index(index)).map_or("", |uri| uri)
    }
}

/// Whether two names are equal: most are too short for a call of the library's comparison.
#[inline]
fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() || left.len() > 32 {
        return left == right;
    }
    let (left_words, left_rest) = left.as_chunks::<8>();
    let (right_words, right_rest) = right.as_chunks::<8>();
    let words = left_words.iter().zip(right_words);
    words.fold(true, |same, (left, right)| same & (left == right))
        && left_rest.iter().zip(right_rest).all(|(left, right)| left == right)
}

/// One for all trees, chosen when the process starts.
#[inline]
fn hash(namespace: &str, local: &str) -> u64 {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::default);
    let mut hasher = STATE.build_hasher();
    hasher.write(namespace.as_bytes());
    hasher.write(local.as_bytes());
    hasher.finish()
}

/// Trees have less than 2^32 bytes.
fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_all_of_it() {
        let mut names = Names::default();
        let locals: Vec<String> = (0..40).map(|length| "é".repeat(length)).collect();
        let ids: Vec<NameId> = locals.iter().map(|local| names.intern("", local)).collect();
        for (local, id) in locals.iter().zip(&ids) {
            assert_eq!(names.find("", local), Some(*id));
            assert_eq!(names.find("u", local), None);
            assert_eq!(names.find("", &format!("{local}a")), None);
        }
        let other = names.intern("u", "é");
        assert_eq!(names.intern("u", "é"), other);
        assert_eq!(names.get(other), Some(ExpandedName { namespace: "u", local: "é" }));
        let shared = names.shared(other, None).unwrap();
        assert!(shared.is("u", "é"));
    }
}
