//! Node tests (XQuery 3.1, section 3.3.2.2) and the nodes that pass them.
//!
//! A test names things, a tree numbers them: [`NodeTest::within`] looks the name up once, and then
//! each node costs a comparison of numbers.

use super::{NameId, Node, NodeKind, Record, Tree};
use crate::types::{NameTest, NodeTest};

/// A node test as one tree sees it. Right for nodes of that tree alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TreeTest<'t> {
    Any,
    Kind(NodeKind),
    Name(NodeKind, NameId),
    Local(NodeKind, &'t str),
    Namespace(NodeKind, &'t str),
    Document(&'t NodeTest),
    /// What no node of the tree passes.
    Nothing,
}

impl NodeTest {
    /// The test for the nodes of a tree.
    #[inline]
    pub(crate) fn within(&self, tree: &Tree) -> TreeTest<'_> {
        match self {
            Self::Any => TreeTest::Any,
            Self::Kind(kind) => TreeTest::Kind(*kind),
            Self::Named(kind, NameTest::Name(name)) => {
                let id = tree.names.find(&name.namespace, &name.local);
                id.map_or(TreeTest::Nothing, |id| TreeTest::Name(*kind, id))
            }
            Self::Named(kind, NameTest::Local(local)) => TreeTest::Local(*kind, local),
            Self::Named(kind, NameTest::Namespace(uri)) => TreeTest::Namespace(*kind, uri),
            Self::Document(element) => TreeTest::Document(element),
            Self::Nothing => TreeTest::Nothing,
        }
    }

    /// Whether a node passes.
    pub(crate) fn matches(&self, node: Node<'_>) -> bool {
        self.within(node.tree).passes(node, node.record())
    }
}

impl TreeTest<'_> {
    #[inline]
    pub(super) fn passes(self, node: Node<'_>, record: Record) -> bool {
        match self {
            Self::Any => true,
            Self::Kind(kind) => record.kind == kind,
            Self::Name(kind, name) => record.name == name && record.kind == kind,
            Self::Local(kind, local) => {
                record.kind == kind
                    && node.expanded_name().is_some_and(|name| *name.local == *local)
            }
            Self::Namespace(kind, uri) => {
                record.kind == kind
                    && node.expanded_name().is_some_and(|name| *name.namespace == *uri)
            }
            Self::Document(element) => {
                record.kind == NodeKind::Document && has_only_element(node, element)
            }
            Self::Nothing => false,
        }
    }
}

/// Whether the one element of a document passes the test, comments and instructions aside.
fn has_only_element(document: Node<'_>, test: &NodeTest) -> bool {
    let mut elements = 0;
    for child in document.children() {
        match child.kind() {
            NodeKind::Comment | NodeKind::ProcessingInstruction => {}
            NodeKind::Element if elements == 0 && test.matches(child) => elements += 1,
            _ => return false,
        }
    }
    elements == 1
}
