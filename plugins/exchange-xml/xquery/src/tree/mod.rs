//! XML trees (XQuery and XPath Data Model 3.1, section 6): immutable once built, shared between
//! threads.
//!
//! A tree is one array of nodes in document order: a node, its attributes, its children. A node
//! knows where its subtree ends, so that every axis is a walk over indexes, and document order is
//! the order of indexes. The text of all text nodes lies in one string in document order, so the
//! string value of a document or an element is a slice of it; attributes, comments and processing
//! instructions have their content in another.
//!
//! Invariants: node 0 is the root and has no parent; `parent < index < end` for every other; a tree
//! never changes.

mod axes;
mod base_uri;
mod builder;
mod copy;
mod identity;
mod names;
mod namespaces;
mod naming;
mod node;
mod node_test;
#[cfg(test)]
mod tests;
mod texts;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

pub(crate) use builder::TreeBuilder;
pub(crate) use names::{ExpandedName, NameId, Names};
pub use node::Node;
pub(crate) use node::{Children, OwnedNode};
pub(crate) use node_test::TreeTest;
use texts::Texts;

/// The kinds of nodes (data model, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A document node.
    Document,
    /// An element.
    Element,
    /// An attribute.
    Attribute,
    /// A text node.
    Text,
    /// A comment.
    Comment,
    /// A processing instruction.
    ProcessingInstruction,
    /// A namespace node, which only a computed constructor makes.
    Namespace,
}

/// A node as it lies in the array.
#[derive(Clone, Copy, Debug)]
struct Record {
    kind: NodeKind,
    /// Attributes that follow this element.
    attributes: u32,
    /// Of elements and attributes the expanded name; of a processing instruction its target, of a
    /// namespace node its prefix, as a name without namespace.
    name: NameId,
    /// Index into the tree's prefixes; 0 for none.
    prefix: u32,
    parent: u32,
    /// Behind the last descendant.
    end: u32,
    /// For documents, elements and text nodes a range of `text`, for others one of `content`.
    value_start: u32,
    value_end: u32,
}

impl Record {
    const ABSENT: Self = Self {
        kind: NodeKind::Text,
        attributes: 0,
        name: NameId::NONE,
        prefix: 0,
        parent: u32::MAX,
        end: 0,
        value_start: 0,
        value_end: 0,
    };
}

/// A prefix that an element binds, or unbinds by an empty URI.
#[derive(Clone, Debug)]
pub(crate) struct NamespaceBinding {
    /// The element.
    element: u32,
    /// Empty for the default namespace.
    pub(crate) prefix: Arc<str>,
    /// Empty where the prefix is bound to nothing.
    pub(crate) uri: Arc<str>,
}

/// A tree of nodes: a document, or what a constructor made.
#[derive(Debug)]
pub(crate) struct Tree {
    this: Weak<Tree>,
    /// Tells trees apart, and orders nodes of different ones: a later tree comes later.
    serial: u64,
    nodes: Vec<Record>,
    text: String,
    content: String,
    names: Arc<Names>,
    prefixes: Texts,
    /// By element, ascending. Only what an element declares itself.
    namespaces: Vec<NamespaceBinding>,
    /// By attribute or element node, ascending: those of type ID, and of type IDREF or IDREFS.
    ids: Vec<u32>,
    idrefs: Vec<u32>,
    base_uri: Option<Arc<str>>,
    document_uri: Option<Arc<str>>,
}

impl Tree {
    /// The root.
    pub(crate) fn root(&self) -> Node<'_> {
        Node { tree: self, index: 0 }
    }

    /// The names of its nodes, and perhaps others.
    pub(crate) fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// How many nodes there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Tells trees apart; a later tree's is greater.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// The URI that the document was had by (`dm:document-uri`).
    pub(crate) fn document_uri(&self) -> Option<&Arc<str>> {
        self.document_uri.as_ref()
    }

    fn has_namespaces(&self) -> bool {
        !self.namespaces.is_empty()
    }
}

fn next_serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
