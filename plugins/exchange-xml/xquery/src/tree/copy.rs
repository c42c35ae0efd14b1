//! Deep copies, as constructors make them of existing nodes (XQuery 3.1, section 3.9.1.3).
//!
//! Invariants: copying does not recurse; what an element's names need is in scope of the copy.

use indexmap::IndexSet;

use super::{Node, NodeKind, TreeBuilder};
use crate::error::Result;
use crate::meter::Meter;
use crate::name::namespace;

impl Node<'_> {
    /// Copies the node and what is below it to where a builder stands.
    ///
    /// `preserve` keeps all namespaces in scope of a copied element, otherwise those that names
    /// use; `inherit` lets it have those of the element that is open besides (XQuery 3.1,
    /// section 3.9.1.3). A document is copied as its children, unless nothing is open. Looks for
    /// namespaces are counted; nodes and bytes are the caller's to count.
    ///
    /// # Errors
    ///
    /// `steps_max` and `deadline`.
    pub(crate) fn copy_to(
        self,
        builder: &mut TreeBuilder,
        preserve: bool,
        inherit: bool,
        meter: &Meter<'_>,
    ) -> Result<()> {
        Copy { builder, preserve, inherit, meter }.subtree(self)
    }

    /// Bytes that a copy takes, to be counted before it is made.
    pub(crate) fn copy_bytes(self) -> usize {
        let nodes = (self.end() - self.index) as usize;
        let mut bytes = nodes * size_of::<super::Record>() + self.string_value().len();
        let owns_content = |node: &Node<'_>| {
            !matches!(node.kind(), NodeKind::Document | NodeKind::Element | NodeKind::Text)
        };
        let content = (self.index..self.end()).map(|index| self.at(index)).filter(owns_content);
        bytes += content.map(|node| node.string_value().len()).sum::<usize>();
        bytes
    }
}

struct Copy<'b, 'l> {
    builder: &'b mut TreeBuilder,
    preserve: bool,
    inherit: bool,
    meter: &'b Meter<'l>,
}

impl Copy<'_, '_> {
    /// Does not recurse: the ends of the open nodes say when to close them.
    fn subtree(&mut self, top: Node<'_>) -> Result<()> {
        if top.kind() == NodeKind::Attribute || top.kind() == NodeKind::Namespace {
            self.leaf(top);
            return Ok(());
        }
        let mut open_ends: Vec<u32> = Vec::new();
        let mut next = top.index;
        while next < top.end() {
            while open_ends.last().is_some_and(|end| *end <= next) {
                open_ends.pop();
                self.builder.end();
            }
            let node = top.at(next);
            next += 1 + node.record().attributes;
            if self.node(node, node == top)? {
                open_ends.push(node.end());
            }
        }
        for _ in open_ends {
            self.builder.end();
        }
        Ok(())
    }

    /// Copies a node, an element's attributes included. Whether it is open now.
    fn node(&mut self, node: Node<'_>, is_top: bool) -> Result<bool> {
        Ok(match node.kind() {
            NodeKind::Document if self.builder.depth() > 0 => false,
            NodeKind::Document => {
                self.builder.start_document();
                true
            }
            NodeKind::Element => {
                self.element(node, is_top)?;
                true
            }
            _ => {
                self.leaf(node);
                false
            }
        })
    }

    fn leaf(&mut self, node: Node<'_>) {
        let text = node.string_value();
        match node.kind() {
            NodeKind::Attribute => self.attribute(node),
            NodeKind::Text => self.builder.text(text),
            NodeKind::Comment => self.builder.comment(text),
            NodeKind::ProcessingInstruction => {
                self.builder.processing_instruction(name_of(node).1, text);
            }
            NodeKind::Namespace if self.builder.depth() > 0 => {
                self.builder.namespace(name_of(node).1, text);
            }
            NodeKind::Namespace => self.builder.namespace_node(name_of(node).1, text),
            NodeKind::Document | NodeKind::Element => {}
        }
    }

    fn element(&mut self, element: Node<'_>, is_top: bool) -> Result<()> {
        let (space, local) = name_of(element);
        // Where the copy hangs; what is in scope there is looked up before the copy is open.
        let hidden =
            if is_top && !self.inherit { self.builder.namespaces_in_scope() } else { Vec::new() };
        let kept = self.kept(element, is_top);
        self.count(kept.len() + hidden.len())?;
        let index = self.builder.start_element(element.prefix().map(|p| &**p), space, local);
        if element.is_id() {
            self.builder.mark_id(index);
        }
        for (prefix, _) in &hidden {
            if !kept.iter().any(|(own, _)| *own == &**prefix) {
                self.builder.namespace(prefix, "");
            }
        }
        for (prefix, uri) in kept {
            self.builder.declare(prefix, uri);
        }
        if space.is_empty() {
            // A name in no namespace can't stand where a default namespace is in scope.
            self.builder.declare("", "");
        }
        for attribute in element.attributes() {
            self.attribute(attribute);
        }
        Ok(())
    }

    /// Counts the looks of declarations at what is in scope.
    fn count(&self, declarations: usize) -> Result<()> {
        let looks = (1 + declarations).saturating_mul(declarations + self.builder.scope_len());
        self.meter.steps(looks as u64 / 16)
    }

    /// The namespaces that a copied element brings along.
    fn kept<'n>(&self, element: Node<'n>, is_top: bool) -> Vec<(&'n str, &'n str)> {
        if !self.preserve {
            return used(element);
        }
        if !is_top {
            let bindings = element.namespace_bindings().iter();
            return bindings.map(|binding| (&*binding.prefix, &*binding.uri)).collect();
        }
        let mut kept = element.namespaces_in_scope();
        kept.retain(|(prefix, _)| *prefix != "xml");
        kept
    }

    fn attribute(&mut self, attribute: Node<'_>) {
        let (space, local) = name_of(attribute);
        let prefix = attribute.prefix().map(|prefix| &**prefix);
        let index = self.builder.attribute(prefix, space, local, attribute.string_value());
        // An `xml:id` is one wherever it stands; others are by the document's DOCTYPE.
        if space != namespace::XML && attribute.is_id() {
            self.builder.mark_id(index);
        }
        if attribute.is_idref() {
            self.builder.mark_idref(index);
        }
    }
}

/// The namespaces that the names of an element and its attributes use.
fn used(element: Node<'_>) -> Vec<(&str, &str)> {
    let mut used: IndexSet<(&str, &str), foldhash::fast::RandomState> = IndexSet::default();
    for node in std::iter::once(element).chain(element.attributes()) {
        let (uri, _) = name_of(node);
        let prefix = node.prefix().map_or("", |prefix| &**prefix);
        if !uri.is_empty() && prefix != "xml" {
            used.insert((prefix, uri));
        }
    }
    used.into_iter().collect()
}

/// Namespace and local part; empty where there is none.
fn name_of(node: Node<'_>) -> (&str, &str) {
    node.expanded_name().map_or(("", ""), |name| (name.namespace, name.local))
}
