//! Start tags, and what they decide about the content.

use super::{Content, Markup, Open, html};
use crate::error::Result;
use crate::name::{QName, namespace};
use crate::serialize::character_data::Escape;
use crate::serialize::parameters::Method;
use crate::tree::{Node, NodeKind};

/// The local part of a node's name.
pub(super) fn local_name(node: Node<'_>) -> &str {
    node.expanded_name().map_or("", |name| name.local)
}

fn namespace_of(node: Node<'_>) -> &str {
    node.expanded_name().map_or("", |name| name.namespace)
}

/// Whether a node's name is one of these, which are in order.
fn is_listed(names: &[QName], node: Node<'_>) -> bool {
    let (namespace, local) = (namespace_of(node), local_name(node));
    let found =
        names.binary_search_by(|name| (&*name.namespace, &*name.local).cmp(&(namespace, local)));
    found.is_ok()
}

/// Bindings that are looked at in about the time of a step.
const BINDINGS_PER_STEP: u64 = 8;

/// Prefixes for attributes that came without one that is bound.
const MADE_UP: [&str; 8] = ["ns0", "ns1", "ns2", "ns3", "ns4", "ns5", "ns6", "ns7"];

impl<'a> Markup<'_, 'a, '_, '_> {
    /// Writes an element's start tag, or all of it where it is empty.
    pub(super) fn element(&mut self, node: Node<'a>) -> Result<()> {
        self.line_of_child()?;
        let (prefix, local) = (self.prefix(node), local_name(node));
        let mark = self.scope.mark();
        self.declare(node, prefix)?;
        self.output.push("<")?;
        self.name(prefix, local)?;
        let attributes = self.attribute_prefixes(node)?;
        self.declarations(mark)?;
        for (prefix, attribute) in attributes {
            self.output.meter().step()?;
            self.attribute(node, prefix, attribute)?;
        }
        let content = self.content(node)?;
        let end = node.end();
        let open = Open { end, prefix, local, scope: mark, content };
        let is_empty = node.children().next().is_none();
        if content.is_head {
            self.output.push(">")?;
            self.open.push(open);
            return self.meta(prefix);
        }
        if !is_empty {
            self.output.push(">")?;
            self.open.push(open);
            return Ok(());
        }
        self.scope.reset(mark);
        self.end_empty(node, prefix, local)
    }

    /// The end of an element without content (sections 5.1.1, 6.1.1 and 7.1).
    fn end_empty(&mut self, node: Node<'a>, prefix: &str, local: &str) -> Result<()> {
        let is_html = self.is_html(node);
        let is_void = is_html && html::is_void(local);
        match self.parameters.method {
            Method::Html if is_void => self.output.push(">"),
            Method::Xhtml if is_void => self.output.push(" />"),
            _ if is_html => {
                self.output.push("></")?;
                self.name(prefix, local)?;
                self.output.push(">")
            }
            _ => self.output.push("/>"),
        }
    }

    /// The prefix that an element is written with: none in HTML 5 for what HTML 5 knows.
    fn prefix(&self, node: Node<'a>) -> &'a str {
        let namespace = namespace_of(node);
        let is_known = self.is_html_5
            && self.parameters.method != Method::Xml
            && matches!(namespace, html::XHTML | html::SVG | html::MATHML);
        match node.prefix() {
            Some(prefix) if !is_known && !namespace.is_empty() => prefix,
            _ => "",
        }
    }

    /// Binds in the scope what an element declares and what its name needs.
    fn declare(&mut self, node: Node<'a>, prefix: &'a str) -> Result<()> {
        let namespace = namespace_of(node);
        if self.open.is_empty() {
            for (prefix, uri) in node.namespaces_in_scope() {
                self.declare_one(prefix, uri)?;
            }
        } else {
            for binding in node.namespace_bindings() {
                self.declare_one(&binding.prefix, &binding.uri)?;
            }
        }
        self.look_up()?;
        if self.scope.uri(prefix) != namespace {
            self.scope.declare(prefix, namespace);
        }
        Ok(())
    }

    fn declare_one(&mut self, prefix: &'a str, uri: &'a str) -> Result<()> {
        self.look_up()?;
        let is_known = self.is_html_5
            && self.parameters.method != Method::Xml
            && !prefix.is_empty()
            && matches!(uri, html::XHTML | html::SVG | html::MATHML);
        let undeclares = uri.is_empty() && !prefix.is_empty();
        let may_undeclare =
            self.parameters.undeclare_prefixes && &*self.parameters.version == "1.1";
        if is_known || (undeclares && !may_undeclare) || prefix == "xml" {
            return Ok(());
        }
        if self.scope.uri(prefix) != uri {
            self.scope.declare(prefix, uri);
        }
        Ok(())
    }

    /// Counts a look at all bindings in scope.
    fn look_up(&self) -> Result<()> {
        self.output.meter().steps(1 + self.scope.mark() as u64 / BINDINGS_PER_STEP)
    }

    /// The attributes, each with a prefix that is bound to its namespace.
    fn attribute_prefixes(&mut self, node: Node<'a>) -> Result<Vec<(&'a str, Node<'a>)>> {
        let mut attributes = Vec::new();
        for attribute in node.attributes() {
            self.look_up()?;
            let namespace = namespace_of(attribute);
            let written = attribute.prefix().map_or("", |prefix| prefix);
            let prefix = if namespace.is_empty() {
                ""
            } else if !written.is_empty() && self.scope.uri(written) == namespace {
                written
            } else if let Some(prefix) = self.scope.prefix(namespace) {
                prefix
            } else {
                let is_free = |prefix: &str| self.scope.uri(prefix).is_empty();
                let free = (!written.is_empty() && is_free(written)).then_some(written);
                let made_up = MADE_UP.into_iter().find(|prefix| is_free(prefix));
                let prefix = free.or(made_up).unwrap_or("ns");
                self.scope.declare(prefix, namespace);
                prefix
            };
            attributes.push((prefix, attribute));
        }
        Ok(attributes)
    }

    /// Writes what was declared since a mark. A later declaration of the same prefix counts.
    fn declarations(&mut self, mark: usize) -> Result<()> {
        let declared = self.scope.since(mark).to_vec();
        for (index, (prefix, uri)) in declared.iter().enumerate() {
            self.look_up()?;
            if declared.iter().skip(index + 1).any(|later| later.0 == *prefix) {
                continue;
            }
            self.output.push(if prefix.is_empty() { " xmlns" } else { " xmlns:" })?;
            self.output.escaped(prefix, Escape::Plain)?;
            self.output.push("=\"")?;
            self.output.escaped(uri, Escape::Attribute)?;
            self.output.push("\"")?;
        }
        Ok(())
    }

    fn attribute(&mut self, element: Node<'a>, prefix: &str, node: Node<'a>) -> Result<()> {
        let (local, value) = (local_name(node), node.string_value());
        let is_html = self.parameters.method == Method::Html;
        self.output.push(" ")?;
        self.name(prefix, local)?;
        let is_plain = prefix.is_empty() && self.is_html(element);
        let is_minimized = is_html
            && is_plain
            && html::is_boolean(local)
            && (value.is_empty() || value.eq_ignore_ascii_case(local));
        if is_minimized {
            return Ok(());
        }
        let escape = if is_html { Escape::HtmlAttribute } else { Escape::Attribute };
        self.output.push("=\"")?;
        let is_uri = is_plain
            && self.parameters.escape_uri_attributes
            && html::is_uri(local_name(element), local);
        if is_uri {
            self.output.meter().build(value.len().saturating_mul(3))?;
            self.output.escaped(&html::escape_uri(value), escape)?;
        } else {
            self.output.characters(value, escape)?;
        }
        self.output.push("\"")
    }

    /// How the content of an element is written.
    fn content(&self, node: Node<'a>) -> Result<Content> {
        let parent = self.open.last().map(|open| open.content);
        let is_html = self.is_html(node);
        let local = local_name(node);
        let is_html_method = self.parameters.method == Method::Html;
        let mut content = Content {
            is_indented: false,
            is_preserved: parent.is_some_and(|parent| parent.is_preserved),
            is_cdata: !(is_html && is_html_method)
                && is_listed(&self.parameters.cdata_section_elements, node),
            is_raw: is_html && is_html_method && html::is_raw_text(local),
            is_head: is_html
                && (is_html_method || namespace_of(node) == html::XHTML)
                && self.parameters.include_content_type
                && local.eq_ignore_ascii_case("head"),
        };
        if !self.parameters.indent {
            return Ok(content);
        }
        let space = node.attribute(namespace::XML, "space").map(Node::string_value);
        content.is_preserved = match space {
            Some("preserve") => true,
            Some("default") => false,
            _ => content.is_preserved,
        };
        content.is_preserved |= is_listed(&self.parameters.suppress_indentation, node)
            || (is_html && html::keeps_whitespace(local));
        if content.is_preserved {
            return Ok(content);
        }
        let mut has_children = content.is_head;
        for child in node.children() {
            self.output.meter().step()?;
            has_children = true;
            let is_seen = match child.kind() {
                NodeKind::Text => true,
                NodeKind::Element => self.is_html(child) && html::is_inline(local_name(child)),
                _ => false,
            };
            // Whitespace beside it would be seen, and so it would all the way down.
            content.is_preserved |= is_seen;
        }
        content.is_indented = has_children && !content.is_preserved;
        Ok(content)
    }

    /// The `meta` that says what the document is (sections 6.1.14 and 7.4.14).
    fn meta(&mut self, prefix: &str) -> Result<()> {
        self.line_of_child()?;
        let parameters = self.parameters;
        self.output.push("<")?;
        self.name(prefix, "meta")?;
        self.output.push(" http-equiv=\"Content-Type\" content=\"")?;
        let media_type = parameters.media_type.as_deref().unwrap_or("text/html");
        self.output.escaped(media_type, Escape::Attribute)?;
        self.output.push("; charset=")?;
        self.output.push(&parameters.encoding.name)?;
        self.output.push(if parameters.method == Method::Html { "\">" } else { "\" />" })
    }
}
