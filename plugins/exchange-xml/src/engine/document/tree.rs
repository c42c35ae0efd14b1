//! Copies a parsed document into the arena that the engine evaluates over.
//!
//! Invariants: the walk does not recurse; names stay below the 16 bits that the arena numbers them
//! with.

use std::collections::HashSet;

use roxmltree::{Document, Node as Parsed, NodeType};
use xot::{NameId, Node, Xot};

use super::error::DocumentError;
use crate::engine::limits::{DOCUMENT_NAMES_MAX, Limits};

/// Copies all of it and gives the document node.
pub(super) fn copy(
    parsed: &Document<'_>,
    arena: &mut Xot,
    limits: &Limits,
) -> Result<Node, DocumentError> {
    let root = arena.new_document();
    let mut copy = Copy { arena, limits, names: HashSet::new() };
    // The open elements of the copy; a node of the text is always a child of one of them.
    let mut open = vec![(parsed.root(), root)];
    for node in parsed.root().descendants().skip(1) {
        while open.last().is_some_and(|(above, _)| Some(*above) != node.parent()) {
            open.pop();
        }
        let parent = open.last().map_or(root, |(_, copied)| *copied);
        if let Some(element) = copy.node(node, parent)? {
            open.push((node, element));
        }
    }
    Ok(root)
}

struct Copy<'c, 't> {
    arena: &'c mut Xot,
    limits: &'c Limits,
    names: HashSet<(&'t str, &'t str)>,
}

impl<'t> Copy<'_, 't> {
    /// The copy, if it is an element.
    fn node(&mut self, node: Parsed<'t, 't>, parent: Node) -> Result<Option<Node>, DocumentError> {
        let text = node.text().unwrap_or_default();
        let appended = match node.node_type() {
            NodeType::Root => return Ok(None),
            NodeType::Element => return self.element(node, parent).map(Some),
            NodeType::Text => self.arena.append_text(parent, text),
            NodeType::Comment => self.arena.append_comment(parent, text),
            NodeType::PI => {
                let Some(instruction) = node.pi() else { return Ok(None) };
                self.count("", instruction.target)?;
                let target = self.arena.add_name(instruction.target);
                self.arena.append_processing_instruction(parent, target, instruction.value)
            }
        };
        appended.map_err(|error| DocumentError::Tree(error.to_string()))?;
        Ok(None)
    }

    fn element(&mut self, node: Parsed<'t, 't>, parent: Node) -> Result<Node, DocumentError> {
        let attributes_max = self.limits.attributes_max;
        if node.attributes().len() > attributes_max {
            return Err(DocumentError::TooManyAttributes { attributes_max });
        }
        let name = node.tag_name();
        let name = self.name(name.namespace().unwrap_or_default(), name.name())?;
        let element = self.arena.new_element(name);
        self.arena
            .append(parent, element)
            .map_err(|error| DocumentError::Tree(error.to_string()))?;
        self.namespaces(node, element)?;
        for attribute in node.attributes() {
            let name = self.name(attribute.namespace().unwrap_or_default(), attribute.name())?;
            self.arena.set_attribute(element, name, attribute.value());
        }
        Ok(element)
    }

    /// The parser lists what is in scope; the arena wants what is declared here.
    fn namespaces(&mut self, node: Parsed<'t, 't>, element: Node) -> Result<(), DocumentError> {
        let above = node.parent_element();
        if above.is_some_and(|above| above.namespaces().eq(node.namespaces())) {
            return Ok(());
        }
        for declared in node.namespaces() {
            let is_inherited = above.is_some_and(|above| {
                above.lookup_namespace_uri(declared.name()) == Some(declared.uri())
            });
            if is_inherited || declared.name() == Some("xml") {
                continue;
            }
            self.count("xmlns", declared.uri())?;
            let prefix = declared.name().unwrap_or_default();
            self.count("xmlns", prefix)?;
            let prefix = self.arena.add_prefix(prefix);
            let namespace = self.arena.add_namespace(declared.uri());
            self.arena.set_namespace(element, prefix, namespace);
        }
        Ok(())
    }

    fn name(&mut self, namespace: &'t str, local: &'t str) -> Result<NameId, DocumentError> {
        self.count(namespace, local)?;
        let namespace = self.arena.add_namespace(namespace);
        Ok(self.arena.add_name_ns(local, namespace))
    }

    fn count(&mut self, namespace: &'t str, local: &'t str) -> Result<(), DocumentError> {
        self.names.insert((namespace, local));
        if self.names.len() > DOCUMENT_NAMES_MAX {
            return Err(DocumentError::TooManyNames { names_max: DOCUMENT_NAMES_MAX });
        }
        Ok(())
    }
}
