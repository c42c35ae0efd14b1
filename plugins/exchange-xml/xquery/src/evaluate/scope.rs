//! The namespaces that an element under construction binds, and the prefixes of its names (XQuery
//! 3.1, section 3.9.4).
//!
//! Invariant: each prefix is bound once.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::name::{QName, namespace};

/// URIs by prefixes, in the order they were bound.
pub(super) type Bindings = IndexMap<Arc<str>, Arc<str>, foldhash::fast::RandomState>;

/// What an element itself binds prefixes to, while its names get theirs (section 3.9.4).
pub(super) struct Scope {
    pub(super) bindings: Bindings,
    /// The number of the next prefix to be made up.
    next_prefix: usize,
}

impl Scope {
    pub(super) fn new(bindings: Bindings) -> Self {
        Self { bindings, next_prefix: 0 }
    }

    fn find(&self, prefix: &str) -> Option<&Arc<str>> {
        self.bindings.get(prefix)
    }

    fn bind(&mut self, prefix: &str, uri: &Arc<str>) {
        self.bindings.insert(prefix.into(), Arc::clone(uri));
    }

    pub(super) fn prefix_of_element(&mut self, name: &QName) -> Option<Arc<str>> {
        let prefix = name.prefix.as_deref().unwrap_or_default();
        if *name.namespace == *namespace::XML {
            return Some("xml".into());
        }
        match self.find(prefix) {
            None => self.bind(prefix, &name.namespace),
            Some(uri) if *uri == name.namespace => {}
            Some(_) if name.namespace.is_empty() => {
                // A default namespace around it, which the name is not in.
                self.bindings.shift_remove("");
                self.bind("", &name.namespace);
            }
            Some(_) => {
                let fresh = self.fresh_prefix(|_| "");
                self.bind(&fresh, &name.namespace);
                return Some(fresh);
            }
        }
        (!prefix.is_empty()).then(|| prefix.into())
    }

    pub(super) fn prefix_of_attribute<'s>(
        &mut self,
        name: &QName,
        inherited: impl Fn(&str) -> &'s str,
    ) -> Option<Arc<str>> {
        if name.namespace.is_empty() {
            return None;
        }
        if *name.namespace == *namespace::XML {
            return Some("xml".into());
        }
        if let Some(prefix) = name.prefix.clone().filter(|prefix| !prefix.is_empty()) {
            match self.find(&prefix) {
                Some(uri) if *uri == name.namespace => return Some(prefix),
                Some(_) => {}
                None => {
                    self.bind(&prefix, &name.namespace);
                    return Some(prefix);
                }
            }
        }
        let known = self.bindings.iter();
        let mut known = known.filter(|(prefix, uri)| !prefix.is_empty() && **uri == name.namespace);
        if let Some((prefix, _)) = known.next() {
            return Some(Arc::clone(prefix));
        }
        let fresh = self.fresh_prefix(inherited);
        self.bind(&fresh, &name.namespace);
        Some(fresh)
    }

    /// A prefix that nothing here is bound to.
    fn fresh_prefix<'s>(&mut self, inherited: impl Fn(&str) -> &'s str) -> Arc<str> {
        loop {
            let prefix = format!("ns{}", self.next_prefix);
            self.next_prefix += 1;
            if self.find(&prefix).is_none() && inherited(&prefix).is_empty() {
                return prefix.into();
            }
        }
    }
}
