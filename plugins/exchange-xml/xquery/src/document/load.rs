//! From the parser's result to a tree, in one pass that does not recurse.
//!
//! The parser drops prefixes and knows nothing of the types and defaults of attributes, which the
//! internal subset has. It takes every local part from the text, and the prefix stands before it
//! there: so the parser need not keep places, which makes its nodes smaller by a fifth.

use std::borrow::Cow;
use std::sync::Arc;

use roxmltree::{Attribute, Node, NodeId};
use smallvec::SmallVec;

use super::glance::Declarations;
use super::subset::{AttributeType, Subset};
use super::{Origin, survey};
use crate::error::Result;
use crate::name::namespace::XML;
use crate::tree::{Names, Tree, TreeBuilder};

/// As deep as most documents are.
const DEPTH: usize = 16;

/// What the text says besides what the parser keeps.
#[derive(Default)]
pub(super) struct Written<'t> {
    pub(super) subset: Subset<'t>,
    /// Which tags alone declare namespaces; none where that is not known.
    pub(super) declarations: Option<Declarations>,
}

/// The tree of what is below a node, with the names of an earlier one where there is one.
///
/// # Errors
///
/// `depth_max`.
pub(super) fn tree(
    top: Node<'_, '_>,
    written: &Written<'_>,
    origin: &Origin,
    depth_max: usize,
    names: Option<Arc<Names>>,
) -> Result<Arc<Tree>> {
    let text = top.document().input_text();
    // Elements, and half as many attributes; most texts are markup to a half.
    let nodes = top.document().descendants().len() * 3 / 2;
    let mut builder = TreeBuilder::with_capacity(nodes, text.len() / 2, names);
    builder.base_uri(origin.base_uri.as_deref().map(Into::into));
    builder.document_uri(origin.document_uri.as_deref().map(Into::into));
    builder.start_document();
    let declarations = written.declarations.as_deref();
    let mut load = Load { text, subset: &written.subset, declarations, builder };
    load.descendants(top, depth_max)?;
    Ok(load.builder.finish())
}

struct Load<'p, 't> {
    text: &'p str,
    subset: &'p Subset<'t>,
    /// Those that are still to come.
    declarations: Option<&'p [usize]>,
    builder: TreeBuilder,
}

impl<'p> Load<'p, '_> {
    /// All below a node, which the parser keeps in document order.
    fn descendants(&mut self, top: Node<'p, '_>, depth_max: usize) -> Result<()> {
        // The open element, and those that it lies in.
        let (mut open, mut around) = (top.id(), SmallVec::<[NodeId; DEPTH]>::new());
        let mut nodes = top.descendants();
        nodes.next();
        for node in nodes {
            let Some(parent) = node.parent() else { continue };
            while open != parent.id() {
                let Some(outer) = around.pop() else { break };
                open = outer;
                self.builder.end();
            }
            if !node.is_element() {
                self.leaf(node);
                continue;
            }
            if around.len() >= depth_max {
                return Err(survey::too_deep(depth_max));
            }
            self.element(node, parent);
            around.push(open);
            open = node.id();
        }
        Ok(())
    }

    fn leaf(&mut self, node: Node<'p, '_>) {
        if node.is_text() {
            self.builder.text(node.text().unwrap_or_default());
        } else {
            self.rare_leaf(node);
        }
    }

    #[cold]
    fn rare_leaf(&mut self, node: Node<'p, '_>) {
        if let Some(pi) = node.pi() {
            let text = line_ends(pi.value.unwrap_or_default());
            self.builder.processing_instruction(pi.target, &text);
        } else if node.is_comment() {
            self.builder.comment(&line_ends(node.text().unwrap_or_default()));
        }
    }

    fn element(&mut self, node: Node<'p, '_>, parent: Node<'p, '_>) {
        let name = node.tag_name();
        let (namespace, local) = (name.namespace(), name.name());
        let prefix = self.prefix(namespace, local);
        self.builder.start_element(prefix, namespace.unwrap_or_default(), local);
        if self.may_declare(local) {
            self.namespaces(node, parent);
        }
        if self.subset.has_attributes() {
            return self.typed_attributes(node, local);
        }
        for attribute in node.attributes() {
            self.attribute(&attribute, AttributeType::Cdata);
        }
    }

    /// The attributes of an element where there is a DOCTYPE that knows some.
    #[cold]
    fn typed_attributes(&mut self, node: Node<'p, '_>, local: &'p str) {
        let tag = self.lexical(local);
        self.default_namespaces(node, tag);
        for attribute in node.attributes() {
            let written = self.lexical(attribute.name());
            self.attribute(&attribute, self.subset.attribute_type(tag, written));
        }
        self.defaults(node, tag);
    }

    /// Where in the text a name lies that the parser took from it.
    fn place(&self, name: &str) -> usize {
        (name.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize)
    }

    /// The prefix before a local part. Only a name in a namespace has one.
    fn prefix(&self, namespace: Option<&str>, local: &str) -> Option<&'p str> {
        if namespace.is_none_or(str::is_empty) {
            return None;
        }
        let before = self.text.get(..self.place(local))?.strip_suffix(':')?;
        let is_before = |b: u8| matches!(b, b'<' | b' ' | b'\t' | b'\r' | b'\n');
        before.get(before.bytes().rposition(is_before)? + 1..)
    }

    /// The name as it is written.
    fn lexical(&self, local: &'p str) -> &'p str {
        let (place, prefix) = (self.place(local), self.prefix(Some(XML), local));
        let start = place - prefix.map_or(0, |prefix| prefix.len() + 1);
        self.text.get(start..place + local.len()).unwrap_or(local)
    }

    /// Whether the element of this name may declare a namespace. Elements come in their order.
    fn may_declare(&mut self, local: &str) -> bool {
        let place = self.place(local);
        let Some(declarations) = &mut self.declarations else { return true };
        let to_come = declarations.len();
        while let Some((_, rest)) = declarations.split_first().filter(|(tag, _)| **tag < place) {
            *declarations = rest;
        }
        declarations.len() < to_come
    }

    /// The parser lists what is in scope; the tree wants what changes here.
    #[cold]
    fn namespaces(&mut self, node: Node<'p, '_>, parent: Node<'p, '_>) {
        let above = Some(parent).filter(Node::is_element);
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

    fn attribute(&mut self, attribute: &Attribute<'p, '_>, kind: AttributeType) {
        let (name, namespace) = (attribute.name(), attribute.namespace());
        let prefix = self.prefix(namespace, name);
        self.add(prefix, namespace.unwrap_or_default(), name, attribute.value(), kind);
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
