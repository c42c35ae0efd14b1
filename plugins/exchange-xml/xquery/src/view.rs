//! A document's nodes as callers see them, for those who read one themselves beside queries.

use std::sync::Arc;

use crate::document::Document;
use crate::tree::{Names, Node};

/// The names of a document, and of others that were read after each other by one
/// [`crate::DocumentReader`].
#[derive(Clone, Debug)]
pub struct DocumentNames(Arc<Names>);

impl DocumentNames {
    /// Whether they are those of this document: [`Node::name_index`] counts in their order.
    #[must_use]
    pub fn are_of(&self, document: &Document) -> bool {
        Arc::ptr_eq(&self.0, document.0.names())
    }

    /// Namespace (empty for none) and local part of each, once each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|name| (name.namespace, name.local))
    }
}

impl Document {
    /// The document node.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.0.root()
    }

    /// The names of its elements, attributes and processing instructions, and perhaps others.
    #[must_use]
    pub fn names(&self) -> DocumentNames {
        DocumentNames(Arc::clone(self.0.names()))
    }
}
