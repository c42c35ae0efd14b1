//! Constructors as content of each other (XQuery 3.1, section 3.9).

use super::content::Content;
use super::names::Named;
use super::{Evaluator, Focus, Frame, MORE, stack};
use crate::error::Result;
use crate::expression::{Expr, Kind, NewElement};
use crate::value::Item;

impl<'a> Evaluator<'a> {
    /// An element, by itself or inside what is under construction. There it `is_copied`, unless it
    /// is written as part of a direct constructor's own content.
    pub(super) fn element_into(
        &self,
        element: &'a NewElement,
        is_copied: bool,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        content: &mut Content<'_, 'a>,
    ) -> Result<()> {
        let name = self.constructor_name(&element.name, Named::Element, frame, focus)?;
        content.start_element(name, is_copied, &element.namespaces, &element.context)?;
        for part in element.attributes.iter().chain(&element.content) {
            content.separate();
            let Kind::NewElement(inner) = &part.kind else {
                self.fill(part, frame, focus, content)?;
                continue;
            };
            let filled = stack(|| self.element_into(inner, false, frame, focus, content));
            filled.map_err(|error| error.at(part.span))?;
        }
        content.end()
    }

    /// Evaluates an expression into what is under construction.
    pub(super) fn fill(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        content: &mut Content<'_, 'a>,
    ) -> Result<()> {
        self.meter.step()?;
        let filled = stack(|| self.fill_nested(expr, frame, focus, content));
        filled.map_err(|error| error.at(expr.span))
    }

    fn fill_nested(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
        content: &mut Content<'_, 'a>,
    ) -> Result<()> {
        match &expr.kind {
            Kind::NewElement(element) => self.element_into(element, true, frame, focus, content),
            Kind::NewAttribute { name, value } => {
                let name = self.constructor_name(name, Named::Attribute, frame, focus)?;
                let value = self.attribute_value(&name, value, frame, focus)?;
                content.attribute(name, value)
            }
            Kind::NewText(text) => {
                content.separate();
                if let Kind::Literal(crate::atomic::Atomic::String(text, _)) = &text.kind {
                    return content.text(text);
                }
                let text = self.joined(text, frame, focus)?;
                content.text(&text.unwrap_or_default())
            }
            Kind::NewComment(text) => {
                let text = self.comment_text(text, frame, focus)?;
                content.comment(&text)
            }
            Kind::NewInstruction { target, content: text } => {
                let (target, text) = self.instruction_parts(target, text, frame, focus)?;
                content.instruction(&target, &text)
            }
            Kind::NewNamespace { prefix, uri } => {
                let (prefix, uri) = self.namespace_parts(prefix, uri, frame, focus)?;
                content.namespace(prefix, uri)
            }
            Kind::Sequence(parts) => {
                parts.iter().try_for_each(|part| self.fill(part, frame, focus, content))
            }
            Kind::If { .. } | Kind::Switch { .. } | Kind::Typeswitch { .. } => {
                let branch = self.branch(expr, frame, focus)?;
                self.fill(branch, frame, focus, content)
            }
            Kind::Flwor { clauses, result } => {
                let _ = self.flwor(clauses, frame, focus, &mut || {
                    self.fill(result, frame, focus, content)?;
                    MORE
                })?;
                Ok(())
            }
            _ => {
                let _ = self.each(expr, frame, focus, &mut |item: Item<'a>| {
                    content.item(&item)?;
                    MORE
                })?;
                Ok(())
            }
        }
    }
}
