//! XML as JSON (XPath Functions 3.1, sections 17.4 and 17.5.4).
//!
//! Invariant: a loop with a stack of its own, so that no tree is too deep.

use std::collections::HashSet;

use super::escapes;
use super::options::boolean;
use crate::atomic::quoted;
use crate::atomic::{Atomic, AtomicType, lexical};
use crate::characters::is_space;
use crate::error::{Error, Result};
use crate::functions::Call;
use crate::functions::strings::string;
use crate::name::namespace;
use crate::text::TextBuilder;
use crate::tree::{Children, Node, NodeKind};
use crate::value::Sequence;

pub(super) fn xml_to_json<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
) -> Result<Sequence<'a>> {
    let is_indented = boolean(call, arguments, "indent")?;
    let Some(node) = call.optional_node(arguments, 0)? else { return Ok(Sequence::Empty) };
    let text = TextBuilder::new(call.meter());
    let mut writer = Writer { call, text, is_indented, open: Vec::new() };
    let root = match node.kind() {
        NodeKind::Document => writer.document_element(node)?,
        _ => node,
    };
    writer.write(root)?;
    string(call, writer.text.as_str())
}

struct Writer<'c, 'a> {
    call: &'c Call<'c, 'a>,
    text: TextBuilder<'c, 'a>,
    is_indented: bool,
    open: Vec<Open<'a>>,
}

/// A map or an array whose children are being written.
struct Open<'a> {
    children: Children<'a>,
    is_map: bool,
    is_empty: bool,
    keys: HashSet<String>,
}

impl<'c, 'a> Writer<'c, 'a> {
    fn document_element(&self, document: Node<'a>) -> Result<Node<'a>> {
        let mut children = document.children();
        let mut only = None;
        while let Some(child) = self.next_element(&mut children, document)? {
            if only.replace(child).is_some() {
                return Err(self.error("a document with more than one element"));
            }
        }
        only.ok_or_else(|| self.error("a document without an element"))
    }

    /// The next child that is an element; only whitespace, comments and processing instructions
    /// may come before it.
    fn next_element(
        &self,
        children: &mut Children<'a>,
        parent: Node<'a>,
    ) -> Result<Option<Node<'a>>> {
        for child in children {
            self.call.meter().step()?;
            match child.kind() {
                NodeKind::Element => return Ok(Some(child)),
                NodeKind::Text if !child.string_value().chars().all(is_space) => {
                    let text = quoted(child.string_value());
                    return Err(self.error(&format!("the text {text} in {}", name(parent))));
                }
                _ => {}
            }
        }
        Ok(None)
    }

    fn write(&mut self, root: Node<'a>) -> Result<()> {
        self.element(root, false)?;
        while let Some(mut open) = self.open.pop() {
            match self.next_element(&mut open.children, root)? {
                Some(child) => {
                    if !std::mem::take(&mut open.is_empty) {
                        self.text.push(',')?;
                    }
                    let is_map = open.is_map;
                    self.indent(self.open.len() + 1)?;
                    if is_map {
                        self.key(child, &mut open.keys)?;
                    }
                    self.open.push(open);
                    self.element(child, is_map)?;
                }
                None => {
                    if !open.is_empty {
                        self.indent(self.open.len())?;
                    }
                    self.text.push(if open.is_map { '}' } else { ']' })?;
                }
            }
        }
        Ok(())
    }

    /// An element that holds no other, or the start of one that does.
    fn element(&mut self, element: Node<'a>, in_map: bool) -> Result<()> {
        let local = match element.expanded_name() {
            Some(name) if element.is_element() && *name.namespace == *namespace::FN => name.local,
            _ => return Err(self.error(&name(element))),
        };
        self.attributes(element, local, in_map)?;
        match local {
            "map" | "array" => {
                let is_map = local == "map";
                self.text.push(if is_map { '{' } else { '[' })?;
                let children = element.children();
                self.open.push(Open { children, is_map, is_empty: true, keys: HashSet::new() });
                Ok(())
            }
            "null" => {
                let text = self.content(element)?;
                match text.is_empty() {
                    true => self.text.push_str("null"),
                    false => Err(self.error(&format!("the content {} of null", quoted(&text)))),
                }
            }
            "boolean" => {
                let text = self.content(element)?;
                match truth(&text) {
                    Some(value) => self.text.push_str(if value { "true" } else { "false" }),
                    None => Err(self.error(&format!("the boolean {}", quoted(&text)))),
                }
            }
            "number" => self.number(element),
            "string" => {
                let is_escaped = self.flag(element, "escaped")?;
                let text = self.content(element)?;
                self.string(&text, is_escaped)
            }
            _ => Err(self.error(&name(element))),
        }
    }

    fn attributes(&self, element: Node<'a>, local: &str, in_map: bool) -> Result<()> {
        for attribute in element.attributes() {
            self.call.meter().step()?;
            let Some(name) = attribute.expanded_name() else { continue };
            let is_allowed = match (name.namespace, name.local) {
                ("", "key" | "escaped-key") => in_map || self.open.is_empty(),
                ("", "escaped") => true,
                ("", _) | (namespace::FN, _) => false,
                _ => true,
            };
            if !is_allowed {
                return Err(self.error(&format!("the attribute {} of {local}", name.local)));
            }
        }
        self.flag(element, "escaped-key").map(drop)
    }

    /// An attribute that is false unless it is there.
    fn flag(&self, element: Node<'a>, local: &str) -> Result<bool> {
        let Some(attribute) = element.attribute("", local) else { return Ok(false) };
        let value = attribute.string_value();
        truth(value.trim_matches(is_space))
            .ok_or_else(|| self.error(&format!("the value {} of {local}", quoted(value))))
    }

    fn key(&mut self, element: Node<'a>, keys: &mut HashSet<String>) -> Result<()> {
        let Some(key) = element.attribute("", "key") else {
            return Err(self.error(&format!("{} in a map, without a key", name(element))));
        };
        let key = key.string_value();
        let is_escaped = self.flag(element, "escaped-key")?;
        self.string(key, is_escaped)?;
        self.call.meter().build(key.len())?;
        let plain = if is_escaped { unescaped(key) } else { key.to_owned() };
        if !keys.insert(plain) {
            return Err(self.error(&format!("a map with the key {} twice", quoted(key))));
        }
        self.text.push_str(if self.is_indented { ": " } else { ":" })
    }

    /// The text in an element that holds no other.
    fn content(&self, element: Node<'a>) -> Result<String> {
        let mut children = element.children();
        if children.any(|child| child.is_element()) {
            return Err(self.error(&format!("an element in {}", name(element))));
        }
        let text = element.string_value();
        self.call.meter().build(text.len())?;
        let is_string = element.expanded_name().is_some_and(|name| *name.local == *"string");
        Ok(if is_string { text } else { text.trim_matches(is_space) }.to_owned())
    }

    fn number(&mut self, element: Node<'a>) -> Result<()> {
        let text = self.content(element)?;
        match lexical::parse(&text, AtomicType::Double) {
            Ok(value @ Atomic::Double(number)) if number.is_finite() => {
                self.text.push_str(&value.to_text())
            }
            _ => Err(self.error(&format!("the number {}", quoted(&text)))),
        }
    }

    fn string(&mut self, text: &str, is_escaped: bool) -> Result<()> {
        self.text.push('"')?;
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c == '\\' && is_escaped {
                let length = escape_length(rest.as_str()).ok_or_else(|| {
                    let text = format!("the string {} has a wrong escape in it", quoted(text));
                    self.call.error("FOJS0007", text)
                })?;
                let (escape, behind) = rest.as_str().split_at_checked(length).unwrap_or_default();
                self.text.push('\\')?;
                self.text.push_str(escape)?;
                rest = behind.chars();
            } else if let Some(letter) = escapes::letter(c) {
                self.text.push('\\')?;
                self.text.push(letter)?;
            } else if escapes::is_control(c.into()) {
                escapes::push_code(&mut self.text, c.into())?;
            } else {
                self.text.push(c)?;
            }
        }
        self.call.meter().steps(text.len() as u64 / 16)?;
        self.text.push('"')
    }

    fn indent(&mut self, depth: usize) -> Result<()> {
        if !self.is_indented {
            return Ok(());
        }
        self.text.push('\n')?;
        for _ in 0..depth {
            self.text.push_str("  ")?;
        }
        Ok(())
    }

    fn error(&self, found: &str) -> Error {
        self.call.error("FOJS0006", format!("the XML does not represent JSON: it has {found}"))
    }
}

fn name(node: Node<'_>) -> String {
    match node.name() {
        Some(name) => format!("the element {}", name.braced()),
        None => "a node that is no element".to_owned(),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// How long the escape is that begins behind a backslash.
fn escape_length(rest: &str) -> Option<usize> {
    match rest.chars().next()? {
        'u' => rest.get(1..5).and_then(escapes::unit).map(|_| 5),
        letter => escapes::character(letter).map(|_| 1),
    }
}

/// A key without escapes, to tell whether it is the same as another. Halves of characters stay
/// escapes.
fn unescaped(key: &str) -> String {
    let mut plain = String::with_capacity(key.len());
    let mut rest = key;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        let unit = |text: &str| text.strip_prefix('u')?.get(..4).and_then(escapes::unit);
        let low = behind.get(5..).and_then(|rest| unit(rest.strip_prefix('\\')?));
        let (c, length) = match (unit(behind), behind.chars().next()) {
            (Some(high), _) => match low.and_then(|low| escapes::pair(high, low)) {
                Some(c) => (Some(c), 11),
                None => (char::from_u32(high), 5),
            },
            (None, letter) => (letter.and_then(escapes::character), 1),
        };
        match c {
            Some(c) => plain.push(c),
            None => {
                plain.push('\\');
                plain.push_str(behind.get(..length).unwrap_or_default());
            }
        }
        rest = behind.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    plain
}
