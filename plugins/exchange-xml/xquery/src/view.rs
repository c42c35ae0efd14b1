//! A document's nodes as callers see them, for those who read one themselves beside queries.

use crate::document::Document;
use crate::tree::Node;

impl Document {
    /// The document node.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        self.0.root()
    }

    /// All names of elements, attributes and processing instructions: namespace (empty for none)
    /// and local part, once each. [`Node::name_index`] counts in this order.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.names().iter().map(|name| (name.namespace, name.local))
    }
}
