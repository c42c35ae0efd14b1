//! The names that paths of one index ask for, as numbers.
//!
//! Invariant: a name has a number as long as some step uses it.

use std::collections::HashMap;
use std::sync::Arc;

use slab::Slab;

use super::as_id;

/// A name's number in an index.
pub(super) type NameId = u32;

/// A name by its namespace, among those of one local part.
type InNamespace = (Arc<str>, NameId);

/// The names of an index.
#[derive(Debug, Default)]
pub(super) struct Names {
    by_local: HashMap<Arc<str>, Vec<InNamespace>, foldhash::fast::RandomState>,
    /// Local parts, each with how many steps use the name.
    names: Slab<(Arc<str>, usize)>,
}

impl Names {
    /// The number of a name that some step uses.
    pub(super) fn find(&self, namespace: &str, local: &str) -> Option<NameId> {
        let of_local = self.by_local.get(local)?;
        of_local.iter().find(|(known, _)| **known == *namespace).map(|(_, id)| *id)
    }

    /// The number of a name for one step more.
    pub(super) fn acquire(&mut self, namespace: &Arc<str>, local: &Arc<str>) -> NameId {
        if let Some(id) = self.find(namespace, local) {
            if let Some((_, uses)) = self.names.get_mut(id as usize) {
                *uses += 1;
            }
            return id;
        }
        let id = as_id(self.names.insert((Arc::clone(local), 1)));
        self.by_local.entry(Arc::clone(local)).or_default().push((Arc::clone(namespace), id));
        id
    }

    /// A step less uses a name.
    pub(super) fn release(&mut self, id: NameId) {
        let Some((_, uses)) = self.names.get_mut(id as usize) else { return };
        *uses -= 1;
        if *uses > 0 {
            return;
        }
        let (local, _) = self.names.remove(id as usize);
        if let Some(of_local) = self.by_local.get_mut(&local) {
            of_local.retain(|(_, known)| *known != id);
            if of_local.is_empty() {
                self.by_local.remove(&local);
            }
        }
    }
}
