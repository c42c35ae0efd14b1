//! The expanded names of one tree, or of trees that are made after each other and have few others.
//!
//! Invariants: one id for each pair of namespace and local part; ids count from 0 without gaps, so
//! a name test looks its id up once and then compares numbers; a new name mostly allocates nothing,
//! for documents are parsed far more often than asked for their names.

use std::hash::Hasher;
use std::sync::{Arc, OnceLock};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;

use super::texts::{Texts, hasher, number, same};
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
    namespaces: Texts,
    /// What local parts and entries take.
    bytes: usize,
    /// The local parts, each once someone wants to keep it.
    shared: OnceLock<Box<[SharedLocal]>>,
}

type SharedLocal = OnceLock<Arc<str>>;

#[derive(Clone, Debug)]
struct Entry {
    /// Its number in `namespaces`, from 1; 0 for none.
    namespace: u32,
    /// Its place in `locals`.
    start: u32,
    end: u32,
    /// The name that followed it when it last came, which most often follows it again: what
    /// documents say, they say many times.
    next: u32,
}

/// What a name takes besides its local part: an entry, its number, and its place when shared.
const ENTRY_BYTES: usize = size_of::<Entry>() + 8 + size_of::<SharedLocal>();

impl Names {
    /// With room for the names of a usual document.
    pub(crate) fn with_capacity(names: usize) -> Self {
        const LOCAL_BYTES: usize = 12;
        Self {
            entries: Vec::with_capacity(names),
            by_hash: HashTable::with_capacity(names),
            locals: String::with_capacity(names * LOCAL_BYTES),
            ..Self::default()
        }
    }

    /// The id of a name; none where no node has it.
    pub(crate) fn find(&self, namespace: &str, local: &str) -> Option<NameId> {
        let namespace = if namespace.is_empty() { 0 } else { self.namespaces.find(namespace)? + 1 };
        self.find_in(namespace, local)
    }

    /// The id of a name that perhaps follows another one as it did before.
    #[inline]
    pub(super) fn find_behind(&self, last: NameId, namespace: &str, local: &str) -> Option<NameId> {
        let namespace = if namespace.is_empty() { 0 } else { self.namespaces.find(namespace)? + 1 };
        let next = self.behind(last);
        if is(&self.entries, &self.locals, next, namespace, local) {
            return Some(NameId(next));
        }
        self.find_in(namespace, local)
    }

    /// The name that followed another one when that last came.
    #[inline]
    fn behind(&self, last: NameId) -> u32 {
        self.entries.get(last.0 as usize).map_or(u32::MAX, |last| last.next)
    }

    fn find_in(&self, namespace: u32, local: &str) -> Option<NameId> {
        let hash = hash(namespace, local);
        let (entries, locals) = (&self.entries, &self.locals);
        let is_it = |index: &u32| is(entries, locals, *index, namespace, local);
        self.by_hash.find(hash, is_it).copied().map(NameId)
    }

    /// The name of an id.
    pub(crate) fn get(&self, id: NameId) -> Option<ExpandedName<'_>> {
        self.entries.get(id.0 as usize).map(|entry| self.name(entry))
    }

    /// The name of an id, to be kept; what is kept is shared.
    pub(crate) fn shared(&self, id: NameId, prefix: Option<Arc<str>>) -> Option<QName> {
        let entry = self.entries.get(id.0 as usize)?;
        let namespace = entry.namespace.checked_sub(1).and_then(|n| self.namespaces.get(n));
        let shared = self.shared.get_or_init(|| {
            std::iter::repeat_with(SharedLocal::new).take(self.entries.len()).collect()
        });
        let local = shared.get(id.0 as usize)?.get_or_init(|| entry.local(&self.locals).into());
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

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes that they take, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.namespaces.bytes()
    }

    /// A namespace that a name is in, shared with it; none where no name is.
    pub(super) fn find_namespace(&self, uri: &str) -> Option<&Arc<str>> {
        self.namespaces.get(self.namespaces.find(uri)?)
    }

    /// A namespace, shared with the names that are in it.
    pub(super) fn namespace(&mut self, uri: &str) -> Arc<str> {
        self.namespaces.shared(uri)
    }

    /// The id of a name behind another one, which is new where it is not known.
    pub(super) fn intern(&mut self, last: NameId, namespace: &str, local: &str) -> NameId {
        let namespace =
            if namespace.is_empty() { 0 } else { self.namespaces.intern(namespace) + 1 };
        let next = self.behind(last);
        if is(&self.entries, &self.locals, next, namespace, local) {
            return NameId(next);
        }
        let id = self.find_or_insert(namespace, local);
        if let Some(last) = self.entries.get_mut(last.0 as usize) {
            last.next = id;
        }
        NameId(id)
    }

    fn find_or_insert(&mut self, namespace: u32, local: &str) -> u32 {
        let hash = hash(namespace, local);
        let (entries, locals) = (&self.entries, &self.locals);
        let is_it = |index: &u32| is(entries, locals, *index, namespace, local);
        let hash_of = |index: &u32| {
            let entry = entries.get(*index as usize);
            entry.map_or(0, |entry| self::hash(entry.namespace, entry.local(locals)))
        };
        match self.by_hash.entry(hash, is_it, hash_of) {
            Slot::Occupied(known) => *known.get(),
            Slot::Vacant(slot) => {
                let id = number(self.entries.len());
                slot.insert(id);
                let start = number(self.locals.len());
                self.locals.push_str(local);
                let end = number(self.locals.len());
                self.entries.push(Entry { namespace, start, end, next: u32::MAX });
                // Its local part a second time for when it is shared.
                self.bytes += ENTRY_BYTES + 2 * local.len();
                id
            }
        }
    }

    fn name(&self, entry: &Entry) -> ExpandedName<'_> {
        let namespace = entry.namespace.checked_sub(1).and_then(|n| self.namespaces.get(n));
        let namespace = namespace.map_or("", |uri| uri);
        ExpandedName { namespace, local: entry.local(&self.locals) }
    }
}

impl Clone for Names {
    /// To have more names, so what is shared of these is not shared with the clone.
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            by_hash: self.by_hash.clone(),
            locals: self.locals.clone(),
            namespaces: self.namespaces.clone(),
            bytes: self.bytes,
            shared: OnceLock::new(),
        }
    }
}

impl Entry {
    #[inline]
    fn local<'n>(&self, locals: &'n str) -> &'n str {
        locals.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// Whether the entry of this index is that name.
#[inline]
fn is(entries: &[Entry], locals: &str, index: u32, namespace: u32, local: &str) -> bool {
    entries.get(index as usize).is_some_and(|entry| {
        let known = locals.as_bytes().get(entry.start as usize..entry.end as usize);
        entry.namespace == namespace && known.is_some_and(|known| same(known, local.as_bytes()))
    })
}

#[inline]
fn hash(namespace: u32, local: &str) -> u64 {
    let mut hasher = hasher();
    hasher.write(local.as_bytes());
    if namespace != 0 {
        hasher.write_u32(namespace);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_all_of_it() {
        let mut names = Names::default();
        let locals: Vec<String> = (0..40).map(|length| "é".repeat(length)).collect();
        let mut last = NameId::NONE;
        let mut intern = |local: &String| {
            last = names.intern(last, "", local);
            last
        };
        let ids: Vec<NameId> = locals.iter().map(&mut intern).collect();
        for (local, id) in locals.iter().zip(&ids) {
            assert_eq!(names.find("", local), Some(*id));
            assert_eq!(names.find("u", local), None);
            assert_eq!(names.find("", &format!("{local}a")), None);
        }
        let other = names.intern(last, "u", "é");
        assert_eq!(names.intern(other, "u", "é"), other);
        for last in [NameId::NONE, ids[39], ids[3], other] {
            assert_eq!(names.find_behind(last, "u", "é"), Some(other));
            assert_eq!(names.find_behind(last, "v", "é"), None);
            assert_eq!(names.find_behind(last, "", "é"), Some(ids[1]));
        }
        assert_eq!(names.get(other), Some(ExpandedName { namespace: "u", local: "é" }));
        let shared = names.shared(other, None).unwrap();
        assert!(shared.is("u", "é"));
    }
}
