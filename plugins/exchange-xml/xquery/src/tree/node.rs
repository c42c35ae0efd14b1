//! A node of a tree, and the accessors of the data model (section 5).
//!
//! Invariant: identity is the tree and the index.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{ExpandedName, NameId, NodeKind, Record, Tree};
use crate::name::QName;

/// A node, borrowed from its tree. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'a> {
    pub(super) tree: &'a Tree,
    pub(super) index: u32,
}

/// A node that keeps its tree alive.
#[derive(Clone, Debug)]
pub(crate) struct OwnedNode {
    tree: Arc<Tree>,
    index: u32,
}

impl OwnedNode {
    /// The root of a tree.
    pub(crate) fn root(tree: Arc<Tree>) -> Self {
        Self { tree, index: 0 }
    }

    /// The node.
    pub(crate) fn node(&self) -> Node<'_> {
        Node { tree: &self.tree, index: self.index }
    }

    /// The tree.
    pub(crate) fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }

    /// The node as one of `tree`, which must be this node's own tree.
    pub(crate) fn within<'a>(&self, tree: &'a Tree) -> Node<'a> {
        Node { tree, index: self.index }
    }
}

impl<'a> Node<'a> {
    /// The tree.
    pub(crate) fn tree(self) -> &'a Tree {
        self.tree
    }

    /// Index in the tree: document order.
    #[must_use]
    pub fn index(self) -> u32 {
        self.index
    }

    /// The node with its tree kept alive; none where the tree is being dropped.
    pub(crate) fn to_owned(self) -> Option<OwnedNode> {
        Some(OwnedNode { tree: self.tree.this.upgrade()?, index: self.index })
    }

    #[inline]
    pub(super) fn record(self) -> Record {
        // An index comes from its own tree; the other answer is for the compiler.
        self.tree.nodes.get(self.index as usize).copied().unwrap_or(Record::ABSENT)
    }

    /// What kind of node it is.
    #[inline]
    #[must_use]
    pub fn kind(self) -> NodeKind {
        self.record().kind
    }

    /// Whether it is an element.
    pub(crate) fn is_element(self) -> bool {
        self.kind() == NodeKind::Element
    }

    /// The place of its expanded name in [`crate::Document::names`]; none where it has no name.
    #[must_use]
    pub fn name_index(self) -> Option<usize> {
        self.record().name.index()
    }

    /// Namespace (empty for none) and local part of its name, where it has one.
    #[must_use]
    pub fn expanded(self) -> Option<(&'a str, &'a str)> {
        self.expanded_name().map(|name| (name.namespace, name.local))
    }

    /// The id of its expanded name in its tree; [`NameId::NONE`] for none.
    #[inline]
    pub(crate) fn name_id(self) -> NameId {
        self.record().name
    }

    /// The expanded name of an element or attribute, the target of a processing instruction, the
    /// prefix of a namespace node.
    pub(crate) fn expanded_name(self) -> Option<ExpandedName<'a>> {
        self.tree.names.get(self.record().name)
    }

    /// The prefix as it was written; none for none.
    pub(crate) fn prefix(self) -> Option<&'a Arc<str>> {
        self.tree.prefixes.get(self.record().prefix.checked_sub(1)?)
    }

    /// `dm:node-name` (section 5.11).
    pub(crate) fn name(self) -> Option<QName> {
        self.tree.names.shared(self.record().name, self.prefix().cloned())
    }

    /// `dm:string-value` (section 5.13), without copying.
    #[inline]
    #[must_use]
    pub fn string_value(self) -> &'a str {
        let record = self.record();
        let range = record.value_start as usize..record.value_end as usize;
        let texts = match record.kind {
            NodeKind::Document | NodeKind::Element | NodeKind::Text => &self.tree.text,
            _ => &self.tree.content,
        };
        texts.get(range).unwrap_or_default()
    }

    /// `dm:parent` (section 5.12).
    #[inline]
    #[must_use]
    pub fn parent(self) -> Option<Node<'a>> {
        let parent = self.record().parent;
        (parent != u32::MAX).then_some(Node { index: parent, ..self })
    }

    /// The root of its tree.
    pub(crate) fn root(self) -> Node<'a> {
        self.tree.root()
    }

    /// Behind its last descendant.
    #[inline]
    #[must_use]
    pub fn end(self) -> u32 {
        self.record().end
    }

    /// The node of the same tree with this index.
    #[inline]
    #[must_use]
    pub fn at(self, index: u32) -> Node<'a> {
        Node { index, ..self }
    }

    /// Its attributes, in the tree's order.
    #[must_use]
    pub fn attributes(self) -> impl DoubleEndedIterator<Item = Node<'a>> + Clone {
        let first = self.index + 1;
        let count = self.record().attributes;
        (first..first + count).map(move |index| self.at(index))
    }

    /// The attribute of this name.
    pub(crate) fn attribute(self, namespace: &str, local: &str) -> Option<Node<'a>> {
        let name = self.tree.names.find(namespace, local)?;
        self.attributes().find(|attribute| attribute.name_id() == name)
    }

    /// Its children, in order.
    pub(crate) fn children(self) -> Children<'a> {
        let record = self.record();
        Children { parent: self, next: self.index + 1 + record.attributes, end: record.end }
    }

    /// Its descendants in order, without attributes.
    #[cfg(test)]
    pub(crate) fn descendants(self) -> impl Iterator<Item = Node<'a>> + Clone {
        let first = self.index + 1 + self.record().attributes;
        (first..self.end())
            .map(move |index| self.at(index))
            .filter(|node| !matches!(node.kind(), NodeKind::Attribute | NodeKind::Namespace))
    }

    /// Whether `self` is `other` or one of its ancestors.
    pub(crate) fn contains(self, other: Node<'_>) -> bool {
        self.same_tree(other) && (self.index..self.end()).contains(&other.index)
    }

    /// Whether both are in the same tree.
    #[inline]
    pub(crate) fn same_tree(self, other: Node<'_>) -> bool {
        self.tree.serial == other.tree.serial
    }

    /// Document order (data model, section 2.4); trees among each other as they were made.
    #[inline]
    pub(crate) fn document_order(self, other: Node<'_>) -> Ordering {
        (self.tree.serial, self.index).cmp(&(other.tree.serial, other.index))
    }

    /// The prefixes that this element itself binds or unbinds.
    pub(crate) fn namespace_bindings(self) -> &'a [super::NamespaceBinding] {
        let bindings = &self.tree.namespaces;
        let start = bindings.partition_point(|binding| binding.element < self.index);
        let rest = bindings.get(start..).unwrap_or_default();
        let count = rest.partition_point(|binding| binding.element <= self.index);
        rest.get(..count).unwrap_or_default()
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.same_tree(*other)
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {} of tree {}", self.kind(), self.index, self.tree.serial)
    }
}

/// The children of a node.
#[derive(Clone, Debug)]
pub(crate) struct Children<'a> {
    parent: Node<'a>,
    next: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Node<'a>;

    #[inline]
    fn next(&mut self) -> Option<Node<'a>> {
        if self.next >= self.end {
            return None;
        }
        let child = self.parent.at(self.next);
        self.next = child.end();
        Some(child)
    }
}
