//! What the simple constructors are made of: values of attributes, texts, targets, prefixes
//! (XQuery 3.1, sections 3.9.1.1 and 3.9.3.2 to 3.9.3.7).

use std::sync::Arc;

use super::{Evaluator, Focus, Frame, MORE, atomize_item, error};
use crate::atomic::Atomic;
use crate::atomic::quoted;
use crate::characters::{collapse, is_ncname, is_space};
use crate::error::Result;
use crate::expression::{ConstructorName, Expr};
use crate::name::{QName, namespace};

impl<'a> Evaluator<'a> {
    /// The atomic values of an expression as one text with spaces between; none where there is no
    /// value.
    pub(super) fn joined(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Option<String>> {
        let mut joined: Option<String> = None;
        let _ = self.each(expr, frame, focus, &mut |item| {
            atomize_item(&self.meter, &item, &mut |value| {
                let text = value.to_text();
                self.meter.build(text.len() + 1)?;
                match &mut joined {
                    Some(joined) => {
                        joined.push(' ');
                        joined.push_str(&text);
                    }
                    None => joined = Some(text.into_owned()),
                }
                Ok(())
            })?;
            MORE
        })?;
        Ok(joined)
    }

    /// An attribute's value: its parts one behind the other. That of `xml:id` is a token.
    pub(super) fn attribute_value(
        &self,
        name: &QName,
        parts: &'a [Expr],
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<String> {
        let mut value = String::new();
        for part in parts {
            if let Some(text) = self.joined(part, frame, focus)? {
                self.meter.build(text.len())?;
                if value.is_empty() {
                    value = text;
                } else {
                    value.push_str(&text);
                }
            }
        }
        if name.is(namespace::XML, "id") {
            return Ok(collapse(&value));
        }
        if name.is(namespace::XML, "space") && value != "preserve" && value != "default" {
            let text =
                format!("xml:space is \"preserve\" or \"default\", found {}", quoted(&value));
            return Err(error("XQDY0092", text));
        }
        Ok(value)
    }

    pub(super) fn comment_text(
        &self,
        text: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<String> {
        let text = self.joined(text, frame, focus)?.unwrap_or_default();
        if text.contains("--") || text.ends_with('-') {
            let quoted = quoted(&text);
            let message =
                format!("a comment has no \"--\" and no \"-\" at its end, found {quoted}");
            return Err(error("XQDY0072", message));
        }
        Ok(text)
    }

    /// Target and content of a processing instruction.
    pub(super) fn instruction_parts(
        &self,
        target: &'a ConstructorName,
        content: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<(Arc<str>, String)> {
        let target: Arc<str> = match target {
            ConstructorName::Static(name) => Arc::clone(&name.local),
            ConstructorName::Computed(expr, _) => self.target(expr, frame, focus)?,
        };
        if target.eq_ignore_ascii_case("xml") {
            let text = "a processing instruction can't have the target \"xml\"";
            return Err(error("XQDY0064", text));
        }
        let text = self.joined(content, frame, focus)?.unwrap_or_default();
        if text.contains("?>") {
            let text = format!("a processing instruction has no \"?>\", found {}", quoted(&text));
            return Err(error("XQDY0026", text));
        }
        Ok((target, text.trim_start_matches(is_space).to_owned()))
    }

    fn target(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Arc<str>> {
        let value = self.name_value(expr, frame, focus)?;
        if let Atomic::QName(name) = &value {
            let text = format!("a target is an xs:NCName, found the xs:QName {name}");
            return Err(error("XPTY0004", text));
        }
        let text = value.to_text();
        self.count_name(&text)?;
        let text = text.trim_matches(is_space);
        if !is_ncname(text) {
            return Err(error("XQDY0041", format!("{} is no xs:NCName", quoted(text))));
        }
        Ok(text.into())
    }

    /// Prefix and URI of a namespace node.
    pub(super) fn namespace_parts(
        &self,
        prefix: &'a ConstructorName,
        uri: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<(Arc<str>, Arc<str>)> {
        let prefix: Arc<str> = match prefix {
            ConstructorName::Static(name) => Arc::clone(&name.local),
            ConstructorName::Computed(expr, _) => self.prefix(expr, frame, focus)?,
        };
        let uri = self.joined(uri, frame, focus)?.unwrap_or_default();
        let is_xml = (*prefix == *"xml") == (uri == namespace::XML);
        if !is_xml || *prefix == *"xmlns" || uri == namespace::XMLNS || uri.is_empty() {
            let (prefix, uri) = (quoted(&prefix), quoted(&uri));
            return Err(error("XQDY0101", format!("the prefix {prefix} can't be bound to {uri}")));
        }
        Ok((prefix, uri.into()))
    }

    fn prefix(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Arc<str>> {
        let value = super::atomize(&self.meter, &self.evaluate(expr, frame, focus)?)?;
        let text = match value.as_slice() {
            [] => return Ok("".into()),
            [crate::value::Item::Atomic(value @ (Atomic::String(..) | Atomic::Untyped(_)))] => {
                value.to_text()
            }
            _ => {
                let found = value.describe();
                return Err(error("XPTY0004", format!("a prefix is one string, found {found}")));
            }
        };
        self.count_name(&text)?;
        let text = text.trim_matches(is_space);
        if !text.is_empty() && !is_ncname(text) {
            return Err(error("XQDY0074", format!("{} is no prefix", quoted(text))));
        }
        Ok(text.into())
    }
}
