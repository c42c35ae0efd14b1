//! Namespaces in scope of an element (data model, section 6.2.1, property in-scope-namespaces).
//!
//! Invariants: `xml` is always in scope; what an element binds hides what an ancestor does, and an
//! empty URI takes a binding away.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{NamespaceBinding, Node, TreeBuilder};
use crate::name::namespace;

/// URIs by prefixes, nearest first.
type Bindings<T> = IndexMap<T, T, foldhash::fast::RandomState>;

impl<'a> Node<'a> {
    /// Prefixes and URIs in scope of an element, nearest first, `xml` last; the empty prefix is the
    /// default namespace. None for other kinds of nodes.
    pub(crate) fn namespaces_in_scope(self) -> Vec<(&'a str, &'a str)> {
        if !self.is_element() {
            return Vec::new();
        }
        let mut seen: Bindings<&str> = Bindings::default();
        let mut element = Some(self).filter(|_| self.tree.has_namespaces());
        while let Some(node) = element {
            for binding in node.namespace_bindings() {
                seen.entry(&binding.prefix).or_insert(&binding.uri);
            }
            element = node.parent();
        }
        seen.retain(|prefix, uri| !uri.is_empty() && *prefix != "xml");
        seen.insert("xml", namespace::XML);
        seen.into_iter().collect()
    }

    /// The URI that a prefix, or the empty one for the default namespace, is bound to here.
    pub(crate) fn namespace_of_prefix(self, prefix: &str) -> Option<&'a str> {
        if prefix == "xml" {
            return Some(namespace::XML);
        }
        let mut element = Some(self).filter(|_| self.tree.has_namespaces());
        while let Some(node) = element {
            let mut bindings = node.namespace_bindings().iter();
            if let Some(binding) = bindings.find(|binding| *binding.prefix == *prefix) {
                return Some(&*binding.uri).filter(|uri| !uri.is_empty());
            }
            element = node.parent();
        }
        None
    }
}

impl TreeBuilder {
    /// The URI that a prefix is bound to on the open element; empty for none.
    pub(crate) fn namespace_of_prefix(&self, prefix: &str) -> &str {
        if prefix == "xml" {
            return namespace::XML;
        }
        let elements = self.open.iter().rev();
        let mut bindings = elements.flat_map(|element| self.bindings(*element));
        bindings.find(|binding| *binding.prefix == *prefix).map_or("", |binding| &binding.uri)
    }

    /// The prefixes and URIs in scope of the open element, but for `xml`.
    pub(crate) fn namespaces_in_scope(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let mut seen: Bindings<Arc<str>> = Bindings::default();
        for binding in self.open.iter().rev().flat_map(|element| self.bindings(*element)) {
            let uri = || Arc::clone(&binding.uri);
            seen.entry(Arc::clone(&binding.prefix)).or_insert_with(uri);
        }
        seen.retain(|prefix, uri| !uri.is_empty() && **prefix != *"xml");
        seen.into_iter().collect()
    }

    /// How many elements and bindings a look for a prefix may meet here.
    pub(crate) fn scope_len(&self) -> usize {
        if self.namespaces.is_empty() {
            return 0;
        }
        self.open.iter().map(|element| 1 + self.bindings(*element).len()).sum()
    }

    /// Declares a prefix on the open element unless it is bound to this URI there already.
    pub(crate) fn declare(&mut self, prefix: &str, uri: &str) {
        if self.namespace_of_prefix(prefix) != uri {
            self.namespace(prefix, uri);
        }
    }

    fn bindings(&self, element: u32) -> &[NamespaceBinding] {
        let start = self.namespaces.partition_point(|binding| binding.element < element);
        let rest = self.namespaces.get(start..).unwrap_or_default();
        let count = rest.partition_point(|binding| binding.element <= element);
        rest.get(..count).unwrap_or_default()
    }
}
