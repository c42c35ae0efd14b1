//! The namespaces in scope while markup is written (section 5.1.8).
//!
//! Invariant: what a prefix is bound to here is what a reader of the output would bind it to.

use crate::name::namespace;

/// Bindings, the innermost last.
#[derive(Default)]
pub(super) struct Scope<'a> {
    bindings: Vec<(&'a str, &'a str)>,
}

impl<'a> Scope<'a> {
    /// How many bindings there are, to return to.
    pub(super) fn mark(&self) -> usize {
        self.bindings.len()
    }

    /// Forgets what was declared since a mark.
    pub(super) fn reset(&mut self, mark: usize) {
        self.bindings.truncate(mark);
    }

    /// Binds a prefix.
    pub(super) fn declare(&mut self, prefix: &'a str, uri: &'a str) {
        self.bindings.push((prefix, uri));
    }

    /// What was declared since a mark.
    pub(super) fn since(&self, mark: usize) -> &[(&'a str, &'a str)] {
        self.bindings.get(mark..).unwrap_or_default()
    }

    /// What a prefix is bound to; empty for nothing.
    pub(super) fn uri(&self, prefix: &str) -> &'a str {
        if prefix == "xml" {
            return namespace::XML;
        }
        let binding = self.bindings.iter().rev().find(|binding| binding.0 == prefix);
        binding.map_or("", |binding| binding.1)
    }

    /// A prefix that is bound to a namespace and stands for attributes too.
    pub(super) fn prefix(&self, uri: &str) -> Option<&'a str> {
        if uri == namespace::XML {
            return Some("xml");
        }
        let known =
            self.bindings.iter().rev().find(|(prefix, bound)| {
                *bound == uri && !prefix.is_empty() && self.uri(prefix) == uri
            });
        known.map(|binding| binding.0)
    }
}
