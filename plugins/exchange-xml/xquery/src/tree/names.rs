//! The expanded names of one tree.
//!
//! Invariants: one id for each pair of namespace and local part; ids count from 0 without gaps, so
//! a name test looks its id up once and then compares numbers.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use indexmap::{Equivalent, IndexSet};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpandedName {
    /// Empty for no namespace.
    pub(crate) namespace: Arc<str>,
    pub(crate) local: Arc<str>,
}

impl Hash for ExpandedName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&*self.namespace, &*self.local).hash(state);
    }
}

#[derive(Hash)]
struct Sought<'s>(&'s str, &'s str);

impl Equivalent<ExpandedName> for Sought<'_> {
    fn equivalent(&self, name: &ExpandedName) -> bool {
        *self.1 == *name.local && *self.0 == *name.namespace
    }
}

/// The names of a tree.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: IndexSet<ExpandedName, foldhash::fast::RandomState>,
    /// Namespaces share their text.
    namespaces: Vec<Arc<str>>,
}

impl Names {
    /// The id of a name; none where no node of the tree has it.
    pub(crate) fn find(&self, namespace: &str, local: &str) -> Option<NameId> {
        let index = self.names.get_index_of(&Sought(namespace, local))?;
        u32::try_from(index).ok().map(NameId)
    }

    /// The name of an id.
    pub(crate) fn get(&self, id: NameId) -> Option<&ExpandedName> {
        self.names.get_index(id.0 as usize)
    }

    /// All names, in the order of their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &ExpandedName> {
        self.names.iter()
    }

    /// The id of a name, which is new where it is not known.
    pub(crate) fn intern(&mut self, namespace: &str, local: &str) -> NameId {
        if let Some(id) = self.find(namespace, local) {
            return id;
        }
        let namespace = self.namespace(namespace);
        let (index, _) = self.names.insert_full(ExpandedName { namespace, local: local.into() });
        NameId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn namespace(&mut self, uri: &str) -> Arc<str> {
        if let Some(known) = self.namespaces.iter().find(|known| ***known == *uri) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = uri.into();
        self.namespaces.push(Arc::clone(&shared));
        shared
    }
}
