//! Builds a tree in document order.
//!
//! Invariants: what is opened is closed by `finish`; text nodes that would stand beside each other
//! become one, empty ones none; attributes come before children. Rules about which content is
//! allowed are the caller's.

use std::sync::Arc;

use super::naming::Naming;
use super::texts::Texts;
use super::{NameId, Names, NamespaceBinding, NodeKind, Record, Tree, next_serial};
use crate::name::namespace::XML;

/// Different names that there is room for from the beginning, at most.
const NAMES: usize = 56;

/// As deep as most documents are.
const DEPTH: usize = 16;

/// A tree under construction.
#[derive(Debug, Default)]
pub(crate) struct TreeBuilder {
    nodes: Vec<Record>,
    text: String,
    content: String,
    names: Naming,
    prefixes: Texts,
    pub(super) namespaces: Vec<NamespaceBinding>,
    ids: Vec<u32>,
    idrefs: Vec<u32>,
    base_uri: Option<Arc<str>>,
    document_uri: Option<Arc<str>>,
    /// Open documents and elements.
    pub(super) open: Vec<u32>,
}

impl TreeBuilder {
    /// A builder with room for this many nodes and bytes of text, which begins with the names of
    /// an earlier tree where there is one.
    pub(crate) fn with_capacity(
        nodes: usize,
        text_bytes: usize,
        names: Option<Arc<Names>>,
    ) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            text: String::with_capacity(text_bytes),
            content: String::with_capacity(text_bytes / 4),
            names: names.map_or_else(|| Naming::with_capacity(nodes.min(NAMES)), Naming::like),
            open: Vec::with_capacity(DEPTH),
            ..Self::default()
        }
    }

    /// The URI that relative references in the tree are resolved against.
    pub(crate) fn base_uri(&mut self, uri: Option<Arc<str>>) {
        self.base_uri = uri;
    }

    /// The URI that the document was had by (`fn:document-uri`).
    pub(crate) fn document_uri(&mut self, uri: Option<Arc<str>>) {
        self.document_uri = uri;
    }

    /// Opens a document node.
    pub(crate) fn start_document(&mut self) {
        let index = self.push_with_text(NodeKind::Document, NameId::NONE, 0);
        self.open.push(index);
    }

    /// Opens an element. Returns its index.
    pub(crate) fn start_element(
        &mut self,
        prefix: Option<&str>,
        namespace: &str,
        local: &str,
    ) -> u32 {
        let name = self.names.intern(namespace, local);
        let prefix = self.prefix(prefix);
        let index = self.push_with_text(NodeKind::Element, name, prefix);
        self.open.push(index);
        index
    }

    /// Declares a prefix (empty for the default namespace) on the open element; an empty URI
    /// undeclares it.
    pub(crate) fn namespace(&mut self, prefix: &str, uri: &str) {
        let Some(&element) = self.open.last() else { return };
        let (prefix, uri) = (self.prefixes.shared(prefix), self.names.namespace(uri));
        let binding = NamespaceBinding { element, prefix, uri };
        self.namespaces.push(binding);
    }

    /// Adds an attribute to the open element, or as the root. Returns its index. An `xml:id` is of
    /// type ID (XML ID, section 4).
    pub(crate) fn attribute(
        &mut self,
        prefix: Option<&str>,
        namespace: &str,
        local: &str,
        value: &str,
    ) -> u32 {
        let name = self.names.intern(namespace, local);
        let prefix = self.prefix(prefix);
        let index = self.push_with_content(NodeKind::Attribute, name, prefix, value);
        let parent = self.open.last().and_then(|parent| self.nodes.get_mut(*parent as usize));
        if let Some(parent) = parent {
            parent.attributes += 1;
        }
        if local == "id" && namespace == XML {
            self.mark_id(index);
        }
        index
    }

    /// Says that a node, an attribute or an element, is of type ID.
    pub(crate) fn mark_id(&mut self, index: u32) {
        self.ids.push(index);
    }

    /// Says that a node, an attribute or an element, is of type IDREF or IDREFS.
    pub(crate) fn mark_idref(&mut self, index: u32) {
        self.idrefs.push(index);
    }

    /// Adds text; nothing for an empty one inside an element or document.
    pub(crate) fn text(&mut self, text: &str) {
        if text.is_empty() && !self.open.is_empty() {
            return;
        }
        let (parent, start) = (self.parent(), offset(self.text.len()));
        self.text.push_str(text);
        let end = offset(self.text.len());
        // The last node is a text node, and nothing was closed since.
        let joins = |last: &&mut Record| {
            last.kind == NodeKind::Text && last.parent == parent && last.value_end == start
        };
        match self.nodes.last_mut().filter(joins).filter(|_| parent != u32::MAX) {
            Some(last) => last.value_end = end,
            None => {
                self.push(NodeKind::Text, NameId::NONE, 0, (start, end));
            }
        }
    }

    /// Adds a comment.
    pub(crate) fn comment(&mut self, text: &str) {
        self.push_with_content(NodeKind::Comment, NameId::NONE, 0, text);
    }

    /// Adds a processing instruction.
    pub(crate) fn processing_instruction(&mut self, target: &str, text: &str) {
        let name = self.names.intern("", target);
        self.push_with_content(NodeKind::ProcessingInstruction, name, 0, text);
    }

    /// A namespace node as the root.
    pub(crate) fn namespace_node(&mut self, prefix: &str, uri: &str) {
        let name = self.names.intern("", prefix);
        self.push_with_content(NodeKind::Namespace, name, 0, uri);
    }

    /// Closes the document or element that was opened last.
    pub(crate) fn end(&mut self) {
        let Some(index) = self.open.pop() else { return };
        let (end, text_end) = (offset(self.nodes.len()), offset(self.text.len()));
        if let Some(record) = self.nodes.get_mut(index as usize) {
            record.end = end;
            record.value_end = text_end;
        }
    }

    /// How many documents and elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Bytes that the different names take so far, about.
    pub(crate) fn names_bytes(&self) -> usize {
        self.names.bytes() + self.prefixes.bytes()
    }

    /// The tree; what is open is closed.
    pub(crate) fn finish(mut self) -> Arc<Tree> {
        while !self.open.is_empty() {
            self.end();
        }
        Arc::new_cyclic(|this| Tree {
            this: this.clone(),
            serial: next_serial(),
            nodes: self.nodes,
            text: self.text,
            content: self.content,
            names: self.names.finish(),
            prefixes: self.prefixes,
            namespaces: self.namespaces,
            ids: self.ids,
            idrefs: self.idrefs,
            base_uri: self.base_uri,
            document_uri: self.document_uri,
        })
    }

    /// Adds a node whose value is text that is still to come.
    fn push_with_text(&mut self, kind: NodeKind, name: NameId, prefix: u32) -> u32 {
        let start = offset(self.text.len());
        self.push(kind, name, prefix, (start, start))
    }

    fn push_with_content(&mut self, kind: NodeKind, name: NameId, prefix: u32, value: &str) -> u32 {
        let start = offset(self.content.len());
        self.content.push_str(value);
        self.push(kind, name, prefix, (start, offset(self.content.len())))
    }

    #[inline]
    fn push(
        &mut self,
        kind: NodeKind,
        name: NameId,
        prefix: u32,
        (value_start, value_end): (u32, u32),
    ) -> u32 {
        let index = offset(self.nodes.len());
        self.nodes.push(Record {
            kind,
            attributes: 0,
            name,
            prefix,
            parent: self.parent(),
            end: index + 1,
            value_start,
            value_end,
        });
        index
    }

    fn parent(&self) -> u32 {
        self.open.last().copied().unwrap_or(u32::MAX)
    }

    fn prefix(&mut self, prefix: Option<&str>) -> u32 {
        let Some(prefix) = prefix.filter(|prefix| !prefix.is_empty()) else { return 0 };
        self.prefixes.intern(prefix) + 1
    }
}

/// Trees stay below 4 GiB: the limits of documents and of what an evaluation builds see to it.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
