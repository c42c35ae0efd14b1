//! The content of elements and documents under construction (XQuery 3.1, sections 3.9.1.3, 3.9.3.1
//! and 3.9.4).
//!
//! Invariants: a constructor inside another builds into the same tree, for nobody has seen the node
//! it would be by itself; attributes and namespaces come before other content; every name's prefix
//! is bound to its namespace where it stands.

use std::sync::Arc;

use super::scope::{Bindings, Scope};
use super::{Evaluator, error, stack};
use crate::atomic::quoted;
use crate::error::Result;
use crate::expression::StaticContext;
use crate::name::{QName, namespace};
use crate::tree::{Node, NodeKind, Tree, TreeBuilder};
use crate::value::Item;

/// Bytes that a node takes, about.
pub(super) const NODE_BYTES: usize = 48;

/// Bytes that a tree takes besides its nodes, about.
pub(super) const TREE_BYTES: usize = 512;

/// An element whose start is not yet written, for attributes may still come.
struct Start<'a> {
    name: QName,
    is_copied: bool,
    /// Of a direct constructor.
    declared: &'a [(Arc<str>, Arc<str>)],
    /// By namespace nodes.
    namespaces: Vec<(Arc<str>, Arc<str>)>,
    attributes: Vec<Attribute>,
    context: &'a StaticContext,
}

impl Start<'_> {
    /// What it binds prefixes to by declarations. An element that is copied into another leaves
    /// behind what its names do not use.
    fn bindings(&self) -> Bindings {
        let mut bindings = Bindings::default();
        if !self.is_copied || self.context.preserve_namespaces {
            bindings.extend(self.declared.iter().cloned());
        }
        bindings.extend(self.namespaces.iter().cloned());
        bindings.shift_remove("xml");
        bindings
    }
}

struct Attribute {
    name: QName,
    value: String,
    is_id: bool,
    is_idref: bool,
}

/// A tree under construction.
pub(super) struct Content<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    builder: TreeBuilder,
    start: Option<Start<'a>>,
    /// The root is a document node.
    is_document: bool,
    /// The last item was an atomic value of the same enclosed expression.
    after_atomic: bool,
    context: &'a StaticContext,
    open: Vec<Open>,
    /// What the names in the tree take, as far as it is counted.
    names_bytes: usize,
}

/// An open element, whose start is written.
struct Open {
    /// The prefixes that only its names brought along. Elements constructed inside do not have them
    /// (section 3.9.4).
    unshared: Vec<Arc<str>>,
    is_copied: bool,
}

impl<'e, 'a> Content<'e, 'a> {
    pub(super) fn new(evaluator: &'e Evaluator<'a>, context: &'a StaticContext) -> Result<Self> {
        evaluator.meter.build(TREE_BYTES)?;
        let mut builder = TreeBuilder::default();
        builder.base_uri(context.base_uri.clone());
        Ok(Self {
            evaluator,
            builder,
            start: None,
            is_document: false,
            after_atomic: false,
            context,
            open: Vec::new(),
            names_bytes: 0,
        })
    }

    pub(super) fn start_document(&mut self) -> Result<()> {
        self.is_document = true;
        self.evaluator.meter.build(NODE_BYTES)?;
        self.builder.start_document();
        Ok(())
    }

    pub(super) fn start_element(
        &mut self,
        name: QName,
        is_copied: bool,
        declared: &'a [(Arc<str>, Arc<str>)],
        context: &'a StaticContext,
    ) -> Result<()> {
        self.node(NODE_BYTES)?;
        self.evaluator.meter.value_depth(self.builder.depth())?;
        // What lies in a copy is copied with it.
        let is_copied = is_copied || self.open.last().is_some_and(|outer| outer.is_copied);
        let (namespaces, attributes) = (Vec::new(), Vec::new());
        self.start = Some(Start { name, is_copied, declared, namespaces, attributes, context });
        Ok(())
    }

    pub(super) fn end(&mut self) -> Result<()> {
        self.write_start()?;
        self.after_atomic = false;
        self.open.pop();
        self.builder.end();
        Ok(())
    }

    pub(super) fn finish(self) -> Arc<Tree> {
        self.builder.finish()
    }

    /// A new enclosed expression: no space comes before its first atomic value.
    pub(super) fn separate(&mut self) {
        self.after_atomic = false;
    }

    /// What an expression in the content gave.
    pub(super) fn item(&mut self, item: &Item<'a>) -> Result<()> {
        self.evaluator.meter.step()?;
        match item {
            Item::Atomic(atomic) => {
                let text = atomic.to_text();
                if self.after_atomic {
                    self.text(" ")?;
                }
                self.text(&text)?;
                self.after_atomic = true;
                Ok(())
            }
            Item::Node(node) => {
                self.after_atomic = false;
                self.copy(*node)
            }
            Item::Array(array) => stack(|| {
                let mut members = array.members().iter();
                members.try_for_each(|member| member.iter().try_for_each(|item| self.item(item)))
            }),
            Item::Map(_) | Item::Function(_) => {
                let found = item.describe();
                Err(error("XQTY0105", format!("a constructor's content can't be {found}")))
            }
        }
    }

    fn copy(&mut self, node: Node<'a>) -> Result<()> {
        match node.kind() {
            NodeKind::Document => node.children().try_for_each(|child| self.copy(child)),
            NodeKind::Attribute => {
                let Some(name) = node.name() else { return Ok(()) };
                let (is_id, is_idref) = (node.is_id(), node.is_idref());
                self.evaluator.meter.build(NODE_BYTES + node.string_value().len())?;
                let value = node.string_value().to_owned();
                self.add_attribute(Attribute { name, value, is_id, is_idref })
            }
            NodeKind::Namespace => {
                let prefix = node.name().map(|name| name.local);
                self.namespace(prefix.unwrap_or_default(), node.string_value().into())
            }
            NodeKind::Text => self.text(node.string_value()),
            NodeKind::Element | NodeKind::Comment | NodeKind::ProcessingInstruction => {
                let nodes = node.end() - node.index();
                self.evaluator.meter.steps(u64::from(nodes))?;
                self.node(node.copy_bytes())?;
                let context = self.context;
                let (preserve, inherit) = (context.preserve_namespaces, context.inherit_namespaces);
                let meter = &self.evaluator.meter;
                node.copy_to(&mut self.builder, preserve, inherit, meter)?;
                self.count_names()
            }
        }
    }

    /// Text; empty text is nothing.
    pub(super) fn text(&mut self, text: &str) -> Result<()> {
        if !text.is_empty() {
            self.write_start()?;
            self.evaluator.meter.build(NODE_BYTES + text.len())?;
            self.builder.text(text);
        }
        Ok(())
    }

    pub(super) fn comment(&mut self, text: &str) -> Result<()> {
        self.node(NODE_BYTES + text.len())?;
        self.builder.comment(text);
        Ok(())
    }

    pub(super) fn instruction(&mut self, target: &str, text: &str) -> Result<()> {
        self.node(NODE_BYTES + target.len() + text.len())?;
        self.builder.processing_instruction(target, text);
        self.count_names()
    }

    /// Counts what names take that were not in the tree before. A name was counted as a text when
    /// it was computed, and one of a copied node when that was made: they can't be large by
    /// themselves, only many.
    fn count_names(&mut self) -> Result<()> {
        let counted = std::mem::replace(&mut self.names_bytes, self.builder.names_bytes());
        self.evaluator.meter.build(self.names_bytes.saturating_sub(counted))
    }

    /// Before a node that is neither attribute, namespace nor text.
    fn node(&mut self, bytes: usize) -> Result<()> {
        self.after_atomic = false;
        self.write_start()?;
        self.evaluator.meter.build(bytes)
    }

    pub(super) fn attribute(&mut self, name: QName, value: String) -> Result<()> {
        self.after_atomic = false;
        self.evaluator.meter.build(NODE_BYTES)?;
        self.add_attribute(Attribute { name, value, is_id: false, is_idref: false })
    }

    fn add_attribute(&mut self, attribute: Attribute) -> Result<()> {
        let meter = &self.evaluator.meter;
        let start = self.open_start(|| format!("the attribute {}", attribute.name.lexical()))?;
        meter.steps(start.attributes.len() as u64 / 16)?;
        if start.attributes.iter().any(|other| other.name == attribute.name) {
            let (element, name) = (start.name.lexical(), attribute.name.lexical());
            let text = format!("the element {element} has the attribute {name} twice");
            return Err(error("XQDY0025", text));
        }
        start.attributes.push(attribute);
        Ok(())
    }

    pub(super) fn namespace(&mut self, prefix: Arc<str>, uri: Arc<str>) -> Result<()> {
        self.after_atomic = false;
        let meter = &self.evaluator.meter;
        meter.build(NODE_BYTES)?;
        let start = self.open_start(|| format!("a namespace node for {}", quoted(&prefix)))?;
        if prefix.is_empty() && !uri.is_empty() && start.name.namespace.is_empty() {
            let element = start.name.lexical();
            let text =
                format!("the element {element} of no namespace can't have a default namespace");
            return Err(error("XQDY0102", text));
        }
        meter.steps(start.namespaces.len() as u64 / 16)?;
        let mut known = start.namespaces.iter().chain(start.declared);
        match known.find(|(known, _)| *known == prefix) {
            Some((_, known)) if *known != uri => {
                let prefix = quoted(&prefix);
                let text =
                    format!("the prefix {prefix} is bound to both \"{known}\" and \"{uri}\"");
                Err(error("XQDY0102", text))
            }
            Some(_) => Ok(()),
            None => {
                start.namespaces.push((prefix, uri));
                Ok(())
            }
        }
    }

    /// The start of the element that an attribute or namespace is for.
    fn open_start(&mut self, what: impl FnOnce() -> String) -> Result<&mut Start<'a>> {
        let in_document = self.is_document && self.builder.depth() == 1;
        self.start.as_mut().ok_or_else(|| {
            let what = what();
            if in_document {
                error("XPTY0004", format!("a document's content can't be {what}"))
            } else {
                error("XQTY0024", format!("{what} comes behind other content"))
            }
        })
    }

    /// Prefixes of the open element that an element inside it does not have by itself.
    fn hidden(&self, inherit: bool) -> Vec<Arc<str>> {
        if inherit {
            return self.open.last().map(|open| open.unshared.clone()).unwrap_or_default();
        }
        self.builder.namespaces_in_scope().into_iter().map(|(prefix, _)| prefix).collect()
    }

    /// Declares what an element binds, the first `shared` of it by declarations. Gives the prefixes
    /// that elements inside do not have.
    fn write_namespaces(
        &mut self,
        own: &Bindings,
        shared: usize,
        hidden: &[Arc<str>],
    ) -> Result<Vec<Arc<str>>> {
        for prefix in hidden.iter().filter(|hidden| !own.contains_key(*hidden)) {
            self.evaluator.meter.build(NODE_BYTES)?;
            self.builder.namespace(prefix, "");
        }
        let mut unshared = Vec::new();
        let looks = own.len() + hidden.len() + self.builder.scope_len();
        for (index, (prefix, uri)) in own.iter().enumerate() {
            self.evaluator.meter.steps(looks as u64 / 16)?;
            self.evaluator.meter.build(prefix.len() + uri.len() + NODE_BYTES)?;
            let is_known = self.builder.namespace_of_prefix(prefix) == &**uri;
            if index >= shared && !prefix.is_empty() && (!is_known || hidden.contains(prefix)) {
                unshared.push(Arc::clone(prefix));
            }
            self.builder.declare(prefix, uri);
        }
        Ok(unshared)
    }

    /// Writes the start of the open element, its namespaces and its attributes.
    fn write_start(&mut self) -> Result<()> {
        let Some(start) = self.start.take() else { return Ok(()) };
        let is_root = self.builder.depth() == 0;
        let mut scope = Scope::new(start.bindings());
        let hidden = self.hidden(is_root || start.context.inherit_namespaces);
        let shared = scope.bindings.len();
        let prefix = scope.prefix_of_element(&start.name);
        let Start { name, mut attributes, is_copied, .. } = start;
        for attribute in &mut attributes {
            self.evaluator.meter.steps(scope.bindings.len() as u64 / 16)?;
            let inherited = |prefix: &str| {
                let is_hidden = hidden.iter().any(|hidden| **hidden == *prefix);
                if is_hidden { "" } else { self.builder.namespace_of_prefix(prefix) }
            };
            let prefix = scope.prefix_of_attribute(&attribute.name, inherited);
            attribute.name.prefix = prefix;
        }
        self.builder.start_element(prefix.as_deref(), &name.namespace, &name.local);
        let unshared = self.write_namespaces(&scope.bindings, shared, &hidden)?;
        self.open.push(Open { unshared, is_copied });
        for attribute in attributes {
            let Attribute { name, value, is_id, is_idref } = attribute;
            let prefix = name.prefix.as_deref();
            let index = self.builder.attribute(prefix, &name.namespace, &name.local, &value);
            if is_id && *name.namespace != *namespace::XML {
                self.builder.mark_id(index);
            }
            if is_idref {
                self.builder.mark_idref(index);
            }
        }
        self.count_names()
    }
}
