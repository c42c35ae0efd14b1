//! Constructors of nodes that stand by themselves (XQuery 3.1, section 3.9).

use super::content::{Content, NODE_BYTES, TREE_BYTES};
use super::names::Named;
use super::{Evaluator, Focus, Frame};
use crate::error::Result;
use crate::expression::{Expr, Kind};
use crate::tree::TreeBuilder;
use crate::value::{Item, Sequence};

impl<'a> Evaluator<'a> {
    pub(super) fn construct(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        match &expr.kind {
            Kind::NewDocument(body, context) => {
                let mut content = Content::new(self, context)?;
                content.start_document()?;
                self.fill(body, frame, focus, &mut content)?;
                content.end()?;
                Ok(Item::Node(self.adopt(content.finish())).into())
            }
            Kind::NewElement(element) => {
                let mut content = Content::new(self, &element.context)?;
                self.element_into(element, false, frame, focus, &mut content)?;
                Ok(Item::Node(self.adopt(content.finish())).into())
            }
            _ => self.construct_leaf(expr, frame, focus),
        }
    }

    fn construct_leaf(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Sequence<'a>> {
        let mut builder = TreeBuilder::default();
        match &expr.kind {
            Kind::NewAttribute { name, value } => {
                let mut name = self.constructor_name(name, Named::Attribute, frame, focus)?;
                let value = self.attribute_value(&name, value, frame, focus)?;
                // A name in a namespace has a prefix (section 3.9.3.2).
                if !name.namespace.is_empty() && name.prefix.is_none() {
                    let is_xml = *name.namespace == *crate::name::namespace::XML;
                    name.prefix = Some(if is_xml { "xml" } else { "ns0" }.into());
                }
                builder.attribute(name.prefix.as_deref(), &name.namespace, &name.local, &value);
            }
            Kind::NewText(text) => {
                let Some(text) = self.joined(text, frame, focus)? else {
                    return Ok(Sequence::Empty);
                };
                builder.text(&text);
            }
            Kind::NewComment(text) => {
                builder.comment(&self.comment_text(text, frame, focus)?);
            }
            Kind::NewInstruction { target, content } => {
                let (target, text) = self.instruction_parts(target, content, frame, focus)?;
                builder.processing_instruction(&target, &text);
            }
            Kind::NewNamespace { prefix, uri } => {
                let (prefix, uri) = self.namespace_parts(prefix, uri, frame, focus)?;
                builder.namespace_node(&prefix, &uri);
            }
            _ => return Ok(Sequence::Empty),
        }
        self.meter.build(TREE_BYTES + NODE_BYTES + builder.names_bytes())?;
        Ok(Item::Node(self.adopt(builder.finish())).into())
    }
}
