//! The names of a tree under construction.
//!
//! Invariant: names of an earlier tree are shared as long as they suffice, and copied for the first
//! name that is new.

use std::sync::Arc;

use super::{NameId, Names};

/// The names, and which came last.
#[derive(Debug)]
pub(super) struct Naming {
    names: Known,
    last: NameId,
}

#[derive(Debug)]
enum Known {
    Own(Names),
    Shared(Arc<Names>),
}

impl Default for Naming {
    fn default() -> Self {
        Self::of(Known::Own(Names::default()))
    }
}

impl Naming {
    /// With room for this many names.
    pub(super) fn with_capacity(names: usize) -> Self {
        Self::of(Known::Own(Names::with_capacity(names)))
    }

    /// With those of an earlier tree.
    pub(super) fn like(names: Arc<Names>) -> Self {
        Self::of(Known::Shared(names))
    }

    fn of(names: Known) -> Self {
        Self { names, last: NameId::NONE }
    }

    /// The id of a name.
    #[inline]
    pub(super) fn intern(&mut self, namespace: &str, local: &str) -> NameId {
        self.last = match &mut self.names {
            Known::Own(names) => names.intern(self.last, namespace, local),
            Known::Shared(names) => match names.find_behind(self.last, namespace, local) {
                Some(known) => known,
                None => self.intern_new(namespace, local),
            },
        };
        self.last
    }

    #[cold]
    fn intern_new(&mut self, namespace: &str, local: &str) -> NameId {
        let last = self.last;
        self.own().intern(last, namespace, local)
    }

    /// A namespace, shared with the names that are in it.
    pub(super) fn namespace(&mut self, uri: &str) -> Arc<str> {
        if let Known::Shared(names) = &self.names
            && let Some(known) = names.find_namespace(uri)
        {
            return Arc::clone(known);
        }
        self.own().namespace(uri)
    }

    /// Bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        match &self.names {
            Known::Own(names) => names.bytes(),
            Known::Shared(names) => names.bytes(),
        }
    }

    /// The names.
    pub(super) fn finish(self) -> Arc<Names> {
        match self.names {
            Known::Own(names) => Arc::new(names),
            Known::Shared(names) => names,
        }
    }

    fn own(&mut self) -> &mut Names {
        if let Known::Shared(names) = &self.names {
            self.names = Known::Own(Names::clone(names));
        }
        match &mut self.names {
            Known::Own(names) => names,
            Known::Shared(names) => Arc::make_mut(names),
        }
    }
}
