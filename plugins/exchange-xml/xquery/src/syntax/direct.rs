//! Direct constructors: markup in a query (XQuery 3.1, section 3.9.1).
//!
//! Invariants: whitespace and line ends are those of the section; whoever reads one ends right
//! behind it, before any whitespace.

use super::ast::{
    AttributePart, DirectAttribute, DirectContent, DirectElement, Expr, ExprKind, Name,
};
use super::literals::push_lines;
use super::parser::{Parser, span};
use crate::characters::{is_name_start, is_space};
use crate::error::Result;

/// Characters of an element's content up to now.
#[derive(Default)]
struct Run {
    text: String,
    /// Whether all of it is whitespace that stands there as such.
    boundary: bool,
}

impl Parser<'_> {
    /// `DirectConstructor`.
    pub(super) fn direct(&mut self) -> Result<Expr> {
        let constructor = self.direct_raw()?;
        self.skip();
        Ok(constructor)
    }

    fn direct_raw(&mut self) -> Result<Expr> {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            return self.direct_comment();
        }
        if rest.starts_with("<?") {
            return self.direct_instruction();
        }
        if !rest.chars().nth(1).is_some_and(is_name_start) {
            let hint = "where an element begins, its name stands right behind `<`";
            return Err(self.expected_with("an expression", Some(hint)));
        }
        self.nested(Self::direct_element)
    }

    /// `DirCommentConstructor`.
    fn direct_comment(&mut self) -> Result<Expr> {
        let start = self.at;
        let text = self.raw_until("<!--", "-->")?;
        if text.contains("--") || text.ends_with('-') {
            let message = "a comment holds no `--` and does not end with `-`";
            return Err(self.error(message, self.span(start)));
        }
        self.make(ExprKind::DirectComment(text.into()), start)
    }

    /// `DirPIConstructor`.
    fn direct_instruction(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance_raw(2);
        let name_start = self.at;
        let target = self.word();
        if target.is_empty() || target.eq_ignore_ascii_case("xml") {
            let message = "expected the target of a processing instruction, which is a name other \
                           than `xml`";
            return Err(self.error(message, span(name_start, name_start + target.len())));
        }
        self.advance_raw(target.len());
        let spaced = self.skip_space();
        if !spaced && !self.rest().starts_with("?>") {
            return Err(self.expected("a space or `?>` behind the target"));
        }
        let content = self.raw_until("", "?>")?.into();
        self.make(ExprKind::DirectInstruction { target: target.into(), content }, start)
    }

    /// What stands between two marks, the first of which comes next.
    fn raw_until(&mut self, open: &str, close: &str) -> Result<String> {
        let start = self.at;
        self.advance_raw(open.len());
        let rest = self.rest();
        let Some(stop) = rest.find(close) else {
            let place = self.place(start);
            self.advance_raw(rest.len());
            return Err(self.expected(&format!("`{close}` for what begins at {place}")));
        };
        let mut text = String::new();
        push_lines(&mut text, rest.get(..stop).unwrap_or_default());
        self.advance_raw(stop + close.len());
        Ok(text)
    }

    /// `DirElemConstructor`.
    fn direct_element(&mut self) -> Result<Expr> {
        let start = self.at;
        self.advance_raw(1);
        let name = self.qname_raw("the name of an element")?;
        let mut attributes = Vec::new();
        loop {
            let spaced = self.skip_space();
            let rest = self.rest();
            if rest.starts_with("/>") {
                self.advance_raw(2);
                let element = DirectElement { name, attributes, content: Vec::new() };
                return self.make(ExprKind::DirectElement(element), start);
            }
            if rest.starts_with('>') {
                self.advance_raw(1);
                break;
            }
            if !spaced || !rest.starts_with(is_name_start) {
                let what =
                    if spaced { "an attribute, `>` or `/>`" } else { "a space, `>` or `/>`" };
                return Err(self.expected(what));
            }
            attributes.push(self.direct_attribute()?);
        }
        let content = self.direct_content(&name, start)?;
        let element = DirectElement { name, attributes, content };
        self.make(ExprKind::DirectElement(element), start)
    }

    /// One attribute of a `DirAttributeList`.
    fn direct_attribute(&mut self) -> Result<DirectAttribute> {
        let name = self.qname_raw("the name of an attribute")?;
        self.skip_space();
        if !self.rest().starts_with('=') {
            return Err(self.expected("`=` and a value behind the attribute's name"));
        }
        self.advance_raw(1);
        self.skip_space();
        let value = self.attribute_value(is_declaration(&name))?;
        Ok(DirectAttribute { name, value })
    }

    /// `DirAttributeValue`.
    fn attribute_value(&mut self, is_declaration: bool) -> Result<Vec<AttributePart>> {
        let start = self.at;
        let Some(quote @ ('"' | '\'')) = self.next_char() else {
            return Err(self.expected("the attribute's value in quotes"));
        };
        self.advance_raw(1);
        let (mut parts, mut text) = (Vec::new(), String::new());
        loop {
            let stop = self.at;
            let rest = self.rest();
            match rest.chars().next() {
                None => {
                    let message = format!("expected `{quote}`, found the end of the query");
                    return Err(self.error(message, span(start, start + 1)));
                }
                Some('&') => text.push(self.reference()?),
                Some(c @ ('{' | '}')) if rest.chars().nth(1) == Some(c) => {
                    text.push(c);
                    self.advance_raw(2);
                }
                Some('{') => {
                    if is_declaration {
                        let message = "a declaration of a namespace holds no `{ … }`";
                        return Err(self.error_of("XQST0022", message, span(stop, stop + 1)));
                    }
                    if !text.is_empty() {
                        parts.push(AttributePart::Text(std::mem::take(&mut text).into()));
                    }
                    parts.push(AttributePart::Expr(self.enclosed_raw()?));
                }
                Some(c) if c == quote && rest.chars().nth(1) == Some(quote) => {
                    text.push(quote);
                    self.advance_raw(2);
                }
                Some(c) if c == quote => {
                    self.advance_raw(1);
                    break;
                }
                Some('<') => return Err(self.in_markup("<", "&lt;")),
                Some('}') => return Err(self.in_markup("}", "}}")),
                Some(_) => self.attribute_characters(&mut text),
            }
        }
        if !text.is_empty() {
            parts.push(AttributePart::Text(text.into()));
        }
        Ok(parts)
    }

    /// Characters that mean themselves; each of whitespace is a space.
    fn attribute_characters(&mut self, text: &mut String) {
        let rest = self.rest();
        let stop = rest.find(['&', '{', '}', '<', '"', '\'']).unwrap_or(rest.len()).max(1);
        let mut raw = String::new();
        push_lines(&mut raw, rest.get(..stop).unwrap_or_default());
        text.extend(raw.chars().map(|c| if is_space(c) { ' ' } else { c }));
        self.advance_raw(stop);
    }

    fn in_markup(&self, character: &str, written: &str) -> crate::error::Error {
        let message = format!("expected text, found `{character}`, which is written `{written}`");
        self.error(message, span(self.at, self.at + 1))
    }

    /// `DirElemContent*` and the end tag.
    fn direct_content(&mut self, name: &Name, start: usize) -> Result<Vec<DirectContent>> {
        let mut content = Vec::new();
        let mut run = Run { boundary: true, ..Run::default() };
        loop {
            let rest = self.rest();
            let stop = rest.find(['&', '{', '}', '<']).unwrap_or(rest.len());
            let characters = rest.get(..stop).unwrap_or_default();
            push_lines(&mut run.text, characters);
            run.boundary &= characters.chars().all(is_space);
            self.advance_raw(stop);
            let rest = self.rest();
            if self.direct_characters(&mut run)? {
                continue;
            }
            run.flush(&mut content);
            if rest.starts_with("</") {
                self.end_tag(name, start)?;
                return Ok(content);
            }
            let enclosed = rest.starts_with('{');
            let expr = match rest.chars().next() {
                Some('{') => self.enclosed_raw()?,
                Some('<') => self.direct_raw()?,
                Some(_) => return Err(self.in_markup("}", "}}")),
                None => {
                    let what = format!("`</{}>` for the element", written(name));
                    return Err(self.expected(&format!("{what} at {}", self.place(start))));
                }
            };
            content.push(DirectContent::Expr { expr, enclosed });
        }
    }

    /// Characters that are not written as themselves; whether there are any.
    fn direct_characters(&mut self, run: &mut Run) -> Result<bool> {
        let rest = self.rest();
        if rest.starts_with('&') {
            run.text.push(self.reference()?);
        } else if rest.starts_with("{{") || rest.starts_with("}}") {
            run.text.extend(rest.chars().next());
            self.advance_raw(2);
        } else if rest.starts_with("<![CDATA[") {
            run.text.push_str(&self.raw_until("<![CDATA[", "]]>")?);
        } else {
            return Ok(false);
        }
        run.boundary = false;
        Ok(true)
    }

    fn end_tag(&mut self, name: &Name, start: usize) -> Result<()> {
        let end_start = self.at;
        self.advance_raw(2);
        let end = self.qname_raw("the name of the element")?;
        if (&end.prefix, &end.local) != (&name.prefix, &name.local) {
            let (name, end, place) = (written(name), written(&end), self.place(start));
            let message =
                format!("expected `</{name}>` for the element at {place}, found `</{end}>`");
            return Err(self.error_of("XQST0118", message, self.span(end_start)));
        }
        self.skip_space();
        if !self.rest().starts_with('>') {
            return Err(self.expected("`>`"));
        }
        self.advance_raw(1);
        Ok(())
    }

    /// `EnclosedExpr`, right behind which text goes on.
    fn enclosed_raw(&mut self) -> Result<Expr> {
        let open = self.at;
        self.advance(1);
        let expr = self.optional_expr("}")?;
        self.close_raw("}", open)?;
        Ok(expr)
    }
}

impl Run {
    fn flush(&mut self, content: &mut Vec<DirectContent>) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            content.push(DirectContent::Text { text: text.into(), boundary: self.boundary });
        }
        self.boundary = true;
    }
}

fn is_declaration(name: &Name) -> bool {
    match name.prefix.as_deref() {
        Some(prefix) => prefix == "xmlns",
        None => &*name.local == "xmlns",
    }
}

fn written(name: &Name) -> String {
    match &name.prefix {
        Some(prefix) => format!("{prefix}:{}", name.local),
        None => name.local.to_string(),
    }
}
