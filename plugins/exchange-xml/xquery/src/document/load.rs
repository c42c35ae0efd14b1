//! From the parser's result to a tree, in one pass that does not recurse.
//!
//! The parser drops prefixes, which are taken from the text, and knows nothing of the types and
//! defaults of attributes, which the internal subset has.

use std::borrow::Cow;
use std::sync::Arc;

use roxmltree::{Attribute, Document, Node, NodeType};

use super::Origin;
use super::subset::{AttributeType, Subset};
use crate::name::namespace::XML;
use crate::tree::{Tree, TreeBuilder};

/// The tree of a document; none where more elements lie in each other.
pub(super) fn tree(
    parsed: &Document<'_>,
    subset: &Subset<'_>,
    origin: &Origin,
    depth_max: usize,
) -> Option<Arc<Tree>> {
    let mut load = Load::new(parsed, subset, origin);
    load.descendants(parsed.root(), depth_max).then(|| load.builder.finish())
}

/// The tree of a document that was surveyed.
pub(super) fn surveyed(parsed: &Document<'_>, subset: &Subset<'_>, origin: &Origin) -> Arc<Tree> {
    let mut load = Load::new(parsed, subset, origin);
    load.descendants(parsed.root(), usize::MAX);
    load.builder.finish()
}

/// The tree of an element's content as a document (`fn:parse-xml-fragment`).
pub(super) fn fragment(parsed: &Document<'_>, origin: &Origin) -> Arc<Tree> {
    let subset = Subset::default();
    let mut load = Load::new(parsed, &subset, origin);
    load.descendants(parsed.root_element(), usize::MAX);
    load.builder.finish()
}

/// As deep as most documents are.
const DEPTH: usize = 16;

struct Load<'p, 't> {
    text: &'p str,
    subset: &'p Subset<'t>,
    builder: TreeBuilder,
}

impl<'p, 't> Load<'p, 't> {
    fn new(parsed: &'p Document<'_>, subset: &'p Subset<'t>, origin: &Origin) -> Self {
        let text = parsed.input_text();
        // Elements, and half as many attributes; most texts are markup to a half.
        let nodes = parsed.descendants().len() * 3 / 2;
        let mut builder = TreeBuilder::with_capacity(nodes, text.len() / 2);
        builder.base_uri(origin.base_uri.as_deref().map(Into::into));
        builder.document_uri(origin.document_uri.as_deref().map(Into::into));
        builder.start_document();
        Self { text, subset, builder }
    }

    /// All below a node, which the parser keeps in document order; whether no more elements lie in
    /// each other.
    fn descendants(&mut self, top: Node<'p, '_>, depth_max: usize) -> bool {
        let mut open = Vec::with_capacity(DEPTH);
        open.push(top.id());
        for node in top.descendants().skip(1) {
            let Some(parent) = node.parent() else { continue };
            while open.last().is_some_and(|last| *last != parent.id()) {
                open.pop();
                self.builder.end();
            }
            if self.node(node) {
                if open.len() > depth_max {
                    return false;
                }
                open.push(node.id());
            }
        }
        open.iter().skip(1).for_each(|_| self.builder.end());
        true
    }

    /// Adds a node; whether it is an element, which is open now.
    fn node(&mut self, node: Node<'p, '_>) -> bool {
        match node.node_type() {
            NodeType::Element => {
                self.element(node);
                return true;
            }
            NodeType::Text => self.builder.text(node.text().unwrap_or_default()),
            NodeType::Comment => self.comment(node.text().unwrap_or_default()),
            NodeType::PI => {
                if let Some(pi) = node.pi() {
                    let text = line_ends(pi.value.unwrap_or_default());
                    self.builder.processing_instruction(pi.target, &text);
                }
            }
            NodeType::Root => {}
        }
        false
    }

    fn comment(&mut self, text: &str) {
        self.builder.comment(&line_ends(text));
    }

    fn element(&mut self, node: Node<'p, '_>) {
        let name = node.tag_name();
        let namespace = name.namespace().unwrap_or_default();
        let tag = self.text.get(node.range().start + 1..).unwrap_or_default();
        let prefix = if namespace.is_empty() { None } else { prefix(tag, name.name()) };
        self.builder.start_element(prefix, namespace, name.name());
        self.namespaces(node);
        if self.subset.has_attributes() {
            self.default_namespaces(node, lexical(tag));
        }
        for attribute in node.attributes() {
            self.attribute(&attribute, tag);
        }
        if self.subset.has_attributes() {
            self.defaults(node, lexical(tag));
        }
    }

    /// The parser lists what is in scope; the tree wants what changes here.
    fn namespaces(&mut self, node: Node<'p, '_>) {
        if node.namespaces().len() == 0 {
            return;
        }
        let above = node.parent().filter(Node::is_element);
        if above.is_some_and(|above| has_same_namespaces(above, node)) {
            return;
        }
        for namespace in node.namespaces() {
            let is_inherited = above.is_some_and(|above| {
                let mut inherited = above.namespaces();
                inherited.any(|outer| outer == namespace)
            });
            let prefix = namespace.name().unwrap_or_default();
            if !is_inherited && prefix != "xml" {
                self.builder.declare(prefix, namespace.uri());
            }
        }
    }

    fn attribute(&mut self, attribute: &Attribute<'p, '_>, tag: &str) {
        let name = attribute.name();
        let written = self.text.get(attribute.range().start..).unwrap_or_default();
        let namespace = attribute.namespace().unwrap_or_default();
        let prefix = if namespace.is_empty() { None } else { prefix(written, name) };
        let kind = if self.subset.has_attributes() {
            self.subset.attribute_type(lexical(tag), lexical(written))
        } else {
            AttributeType::Cdata
        };
        self.add(prefix, namespace, name, attribute.value(), kind);
    }

    fn add(
        &mut self,
        prefix: Option<&str>,
        namespace: &str,
        name: &str,
        value: &str,
        kind: AttributeType,
    ) {
        let is_xml_id = name == "id" && namespace == XML;
        let value = if kind == AttributeType::Cdata && !is_xml_id {
            Cow::Borrowed(value)
        } else {
            collapse(value)
        };
        let index = self.builder.attribute(prefix, namespace, name, &value);
        match kind {
            AttributeType::Id if !is_xml_id => self.builder.mark_id(index),
            AttributeType::Idref => self.builder.mark_idref(index),
            _ => {}
        }
    }

    /// Prefixes that are not bound and have a default binding. A default namespace would come too
    /// late, for the names are resolved.
    fn default_namespaces(&mut self, node: Node<'p, '_>, element: &str) {
        for (written, value) in self.subset.defaults(element) {
            let Some(prefix) = written.strip_prefix("xmlns:") else { continue };
            if prefix != "xml" && node.lookup_namespace_uri(Some(prefix)).is_none() {
                literal(value).iter().for_each(|uri| self.builder.declare(prefix, uri));
            }
        }
    }

    /// Attributes that are not written and have a default.
    fn defaults(&mut self, node: Node<'p, '_>, element: &str) {
        for (written, value) in self.subset.defaults(element) {
            let (prefix, name) = written.split_once(':').unwrap_or(("", written));
            let namespace = match prefix {
                "" => Some(""),
                "xml" => Some(XML),
                _ => node.lookup_namespace_uri(Some(prefix)),
            };
            let Some(namespace) = namespace.filter(|_| prefix != "xmlns" && name != "xmlns") else {
                continue;
            };
            let is_written = node.attributes().any(|attribute| {
                attribute.name() == name && attribute.namespace().unwrap_or_default() == namespace
            });
            let Some(value) = literal(value).filter(|_| !is_written) else { continue };
            let kind = self.subset.attribute_type(element, written);
            let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
            self.add(prefix, namespace, name, &value, kind);
        }
    }
}

/// Whether two elements have the same namespaces in scope, one declaration each.
fn has_same_namespaces(left: Node<'_, '_>, right: Node<'_, '_>) -> bool {
    let (left, right) = (left.namespaces(), right.namespaces());
    left.len() == right.len() && left.zip(right).all(|(left, right)| std::ptr::eq(left, right))
}

/// The prefix of a name at the beginning of a text, whose local part is known.
fn prefix<'p>(written: &'p str, local: &str) -> Option<&'p str> {
    match written.strip_prefix(local) {
        Some(rest) if !rest.starts_with(':') => None,
        _ => written.split_once(':').map(|(prefix, _)| prefix),
    }
}

/// The name at the beginning of a text.
fn lexical(written: &str) -> &str {
    let is_end = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '/' | '>' | '=');
    written.split(is_end).next().unwrap_or_default()
}

/// Line ends as XML 1.0, section 2.11, has them; the parser leaves them in comments and
/// instructions.
fn line_ends(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// The value of an attribute that is no `CDATA` (XML 1.0, section 3.3.3).
fn collapse(value: &str) -> Cow<'_, str> {
    let is_collapsed = !value.starts_with(' ') && !value.ends_with(' ') && !value.contains("  ");
    if is_collapsed {
        return Cow::Borrowed(value);
    }
    let words: Vec<&str> = value.split(' ').filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// A default value with its references to characters replaced. None where it refers to an entity
/// of the document: whoever writes such gets no default.
fn literal(value: &str) -> Option<String> {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, reference)) = rest.split_once('&') {
        let (name, behind) = reference.split_once(';')?;
        text.push_str(&before.replace(['\t', '\r', '\n'], " "));
        text.push(character(name)?);
        rest = behind;
    }
    text.push_str(&rest.replace(['\t', '\r', '\n'], " "));
    Some(text)
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
