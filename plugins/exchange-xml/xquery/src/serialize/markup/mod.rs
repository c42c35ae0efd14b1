//! The methods xml, xhtml and html (sections 5 to 7): a walk over the nodes in document order.
//!
//! Invariants: no recursion, the open elements are a stack of this writer's own; what is written
//! binds every prefix that it uses.

mod element;
mod prolog;

use super::character_data::{Escape, Output};
use super::namespaces::Scope;
use super::normalization::Top;
use super::parameters::{Method, Parameters};
use super::{error, html};
use crate::error::Result;
use crate::tree::{Node, NodeKind};

/// Writes markup.
pub(super) struct Markup<'w, 'a, 'p, 'l> {
    parameters: &'p Parameters,
    output: &'w mut Output<'p, 'l>,
    scope: Scope<'a>,
    open: Vec<Open<'a>>,
    is_html_5: bool,
}

/// An element whose end tag is still to come.
struct Open<'a> {
    /// Behind its last descendant.
    end: u32,
    prefix: &'a str,
    local: &'a str,
    scope: usize,
    content: Content,
}

/// How the content of an element is written.
#[derive(Clone, Copy)]
struct Content {
    /// Each child gets a line of its own.
    is_indented: bool,
    /// Nothing inside may be indented.
    is_preserved: bool,
    is_cdata: bool,
    /// Of `script` and `style`.
    is_raw: bool,
    /// A `head` whose old `meta` is replaced.
    is_head: bool,
}

impl<'w, 'a, 'p, 'l> Markup<'w, 'a, 'p, 'l> {
    pub(super) fn new(parameters: &'p Parameters, output: &'w mut Output<'p, 'l>) -> Self {
        Self {
            parameters,
            output,
            scope: Scope::default(),
            open: Vec::new(),
            is_html_5: parameters.is_html_5(),
        }
    }

    /// Writes a document.
    ///
    /// # Errors
    ///
    /// `SEPM0004`, `SEPM0009` and `SEPM0010` for parameters that do not fit each other or the
    /// document; `SERE0008`, `SERE0014`, `SERE0015` for characters.
    pub(super) fn document(mut self, tops: &[Top<'a>]) -> Result<()> {
        self.check(tops)?;
        self.declaration()?;
        let mut doctype_due = true;
        let mut after_text = true;
        for top in tops {
            if self.parameters.indent && !after_text && !top.is_text() {
                self.output.line(0)?;
            }
            after_text = top.is_text();
            if let Some(element) = top.element()
                && std::mem::take(&mut doctype_due)
            {
                self.doctype(element)?;
            }
            match top {
                Top::Text(text) => self.text(text)?,
                Top::Node(node) => self.subtree(*node)?,
            }
        }
        Ok(())
    }

    fn subtree(&mut self, top: Node<'a>) -> Result<()> {
        let (mut index, end) = (top.index(), top.end());
        while index < end {
            self.output.meter().step()?;
            self.close_before(index)?;
            let node = top.at(index);
            index = self.node(node)?;
        }
        self.close_before(u32::MAX)
    }

    /// Writes what stands at a node's place, and gives the index to go on from.
    fn node(&mut self, node: Node<'a>) -> Result<u32> {
        match node.kind() {
            NodeKind::Element if self.is_replaced(node) => return Ok(node.end()),
            NodeKind::Element => self.element(node)?,
            NodeKind::Text => self.text(node.string_value())?,
            NodeKind::Comment => {
                self.line_of_child()?;
                self.output.push("<!--")?;
                self.output.escaped(node.string_value(), Escape::Plain)?;
                self.output.push("-->")?;
            }
            NodeKind::ProcessingInstruction => self.instruction(node)?,
            // Written with their element; a document's children stand for it.
            NodeKind::Attribute | NodeKind::Namespace | NodeKind::Document => {}
        }
        Ok(node.index() + 1)
    }

    fn text(&mut self, text: &str) -> Result<()> {
        let content = self.open.last().map(|open| open.content);
        match content {
            Some(content) if content.is_cdata => self.output.cdata(text),
            Some(content) if content.is_raw => self.output.characters(text, Escape::Plain),
            _ if self.parameters.method == Method::Html => {
                self.output.characters(text, Escape::HtmlText)
            }
            _ => self.output.characters(text, Escape::Text),
        }
    }

    fn instruction(&mut self, node: Node<'a>) -> Result<()> {
        self.line_of_child()?;
        let is_html = self.parameters.method == Method::Html;
        let (target, text) = (element::local_name(node), node.string_value());
        if is_html && text.contains('>') {
            let text =
                format!("the processing instruction {target} has a \">\", where HTML ends it");
            return Err(error("SERE0015", text));
        }
        self.output.push("<?")?;
        self.output.escaped(target, Escape::Plain)?;
        if !text.is_empty() {
            self.output.push(" ")?;
            self.output.escaped(text, Escape::Plain)?;
        }
        self.output.push(if is_html { ">" } else { "?>" })
    }

    /// Closes the elements that end at or before an index.
    fn close_before(&mut self, index: u32) -> Result<()> {
        while let Some(open) = self.open.pop_if(|open| open.end <= index) {
            if open.content.is_indented {
                self.output.line(self.open.len())?;
            }
            self.output.push("</")?;
            self.name(open.prefix, open.local)?;
            self.output.push(">")?;
            self.scope.reset(open.scope);
        }
        Ok(())
    }

    /// The line of a child that may have one of its own.
    fn line_of_child(&mut self) -> Result<()> {
        if self.open.last().is_some_and(|open| open.content.is_indented) {
            return self.output.line(self.open.len());
        }
        Ok(())
    }

    fn name(&mut self, prefix: &str, local: &str) -> Result<()> {
        if !prefix.is_empty() {
            self.output.escaped(prefix, Escape::Plain)?;
            self.output.push(":")?;
        }
        self.output.escaped(local, Escape::Plain)
    }

    /// Whether the rules of HTML hold for an element.
    fn is_html(&self, node: Node<'a>) -> bool {
        let namespace = node.expanded_name().map_or("", |name| name.namespace);
        match self.parameters.method {
            Method::Html | Method::Xhtml if self.is_html_5 => {
                namespace.is_empty() || namespace == html::XHTML
            }
            Method::Html => namespace.is_empty(),
            Method::Xhtml => namespace == html::XHTML,
            _ => false,
        }
    }

    /// Whether it is a `meta` of a `head` that gets a new one.
    fn is_replaced(&self, node: Node<'a>) -> bool {
        self.open.last().is_some_and(|open| open.content.is_head)
            && element::local_name(node).eq_ignore_ascii_case("meta")
            && node.attributes().any(|attribute| {
                element::local_name(attribute).eq_ignore_ascii_case("http-equiv")
                    && attribute.string_value().trim().eq_ignore_ascii_case("content-type")
            })
    }
}
