//! Constructors of nodes (XQuery 3.1, section 3.9).
//!
//! Invariant: what a direct constructor declares is in scope in its whole, its own name included.

use std::rc::Rc;
use std::sync::Arc;

use super::compiler::{Compiled, Compiler};
use super::facts::{Facts, Items};
use super::fault::fault;
use crate::atomic::Atomic;
use crate::error::{Result, Span};
use crate::expression::{ConstructorName, Expr, Kind, NewElement};
use crate::name::{QName, namespace};
use crate::syntax::ast::{
    self, AttributePart, ComputedName, DirectAttribute, DirectContent, DirectElement, ExprKind,
};

/// Prefixes and URIs that a constructor declares.
type Declared = Vec<(Arc<str>, Arc<str>)>;

impl Compiler<'_, '_> {
    /// Any of the constructors.
    pub(super) fn constructor(&mut self, expr: &ast::Expr) -> Result<Compiled> {
        let span = expr.span;
        let kind = match &*expr.kind {
            ExprKind::DirectElement(element) => self.direct_element(element, span)?,
            ExprKind::DirectComment(text) => {
                Kind::NewComment(Box::new(literal(Atomic::string(text), span)))
            }
            ExprKind::DirectInstruction { target, content } => Kind::NewInstruction {
                target: ConstructorName::Static(QName::new("", target)),
                content: Box::new(literal(Atomic::string(content), span)),
            },
            ExprKind::ComputedDocument(content) => {
                Kind::NewDocument(self.boxed(content)?, Arc::clone(self.context))
            }
            ExprKind::ComputedElement { name, content } => {
                let name = match name {
                    ComputedName::Name(name) => ConstructorName::Static(self.scope.element(name)?),
                    ComputedName::Expr(name) => self.computed_name(name)?,
                };
                Kind::NewElement(Box::new(NewElement {
                    name,
                    namespaces: Arc::clone(&self.scope.constructed),
                    attributes: Vec::new(),
                    content: vec![self.plain(content)?],
                    context: Arc::clone(self.context),
                }))
            }
            ExprKind::ComputedAttribute { name, content } => {
                let (name, content) = (self.constructor_name(name)?, self.plain(content)?);
                Kind::NewAttribute { name, value: vec![content] }
            }
            ExprKind::ComputedNamespace { prefix, uri } => {
                let (prefix, uri) = (self.constructor_name(prefix)?, self.boxed(uri)?);
                Kind::NewNamespace { prefix, uri }
            }
            ExprKind::ComputedText(content) => Kind::NewText(self.boxed(content)?),
            ExprKind::ComputedComment(content) => Kind::NewComment(self.boxed(content)?),
            ExprKind::ComputedInstruction { target, content } => {
                let (target, content) = (self.constructor_name(target)?, self.boxed(content)?);
                Kind::NewInstruction { target, content }
            }
            // Whatever is no constructor is compiled elsewhere.
            _ => Kind::Sequence(Vec::new()),
        };
        Ok(Compiled::new(kind, Facts::one(Items::Nodes), span))
    }

    /// A name that has no namespace without a prefix.
    fn constructor_name(&mut self, name: &ComputedName) -> Result<ConstructorName> {
        match name {
            ComputedName::Name(name) => Ok(ConstructorName::Static(self.scope.plain(name)?)),
            ComputedName::Expr(name) => self.computed_name(name),
        }
    }

    fn computed_name(&mut self, name: &ast::Expr) -> Result<ConstructorName> {
        let namespaces = self.scope.all();
        Ok(ConstructorName::Computed(self.boxed(name)?, namespaces))
    }

    fn direct_element(&mut self, element: &DirectElement, span: Span) -> Result<Kind> {
        let (declarations, attributes): (Vec<_>, Vec<_>) =
            element.attributes.iter().partition(|attribute| declared_prefix(attribute).is_some());
        let declared = declarations.into_iter().try_fold(Declared::new(), declare)?;
        let outer = Rc::clone(&self.scope);
        if !declared.is_empty() {
            self.scope = Rc::new(outer.inside(&declared, span)?);
        }
        let name = self.scope.element(&element.name)?;
        let new = NewElement {
            name: ConstructorName::Static(name),
            namespaces: Arc::clone(&self.scope.constructed),
            attributes: self.attributes(&attributes)?,
            content: self.content(&element.content, span)?,
            context: Arc::clone(self.context),
        };
        self.scope = outer;
        Ok(Kind::NewElement(Box::new(new)))
    }

    fn attributes(&mut self, attributes: &[&DirectAttribute]) -> Result<Vec<Expr>> {
        let mut names: Vec<QName> = Vec::with_capacity(attributes.len());
        let mut compiled = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let span = attribute.name.span;
            let name = self.scope.plain(&attribute.name)?;
            if names.contains(&name) {
                let text = format!("the attribute {name} is given twice");
                return Err(fault("XQST0040", text, span));
            }
            names.push(name.clone());
            let mut value = Vec::with_capacity(attribute.value.len());
            for part in &attribute.value {
                value.push(match part {
                    AttributePart::Text(text) => literal(Atomic::string(text), span),
                    AttributePart::Expr(expr) => self.plain(expr)?,
                });
            }
            let name = ConstructorName::Static(name);
            compiled.push(Expr { kind: Kind::NewAttribute { name, value }, span });
        }
        Ok(compiled)
    }

    fn content(&mut self, content: &[DirectContent], span: Span) -> Result<Vec<Expr>> {
        let mut compiled = Vec::with_capacity(content.len());
        let mut text = String::new();
        for part in content {
            match part {
                DirectContent::Text { boundary: true, .. }
                    if !self.module.prolog.preserve_boundary_space => {}
                DirectContent::Text { text: more, .. } => text.push_str(more),
                DirectContent::Expr { expr, enclosed } => {
                    compiled.extend(take_text(&mut text, span));
                    let mut expr = self.plain(expr)?;
                    if *enclosed && matches!(expr.kind, Kind::NewElement(_)) {
                        // What is enclosed is copied, what stands there by itself is not.
                        let span = expr.span;
                        expr = Expr { kind: Kind::Sequence(vec![expr]), span };
                    }
                    if !matches!(&expr.kind, Kind::Sequence(members) if members.is_empty()) {
                        compiled.push(expr);
                    }
                }
            }
        }
        compiled.extend(take_text(&mut text, span));
        Ok(compiled)
    }
}

fn literal(value: Atomic, span: Span) -> Expr {
    Expr { kind: Kind::Literal(value), span }
}

/// The text so far as a node, where there is some.
fn take_text(text: &mut String, span: Span) -> Option<Expr> {
    if text.is_empty() {
        return None;
    }
    let value = Atomic::string(&std::mem::take(text));
    Some(Expr { kind: Kind::NewText(Box::new(literal(value, span))), span })
}

/// The prefix that an attribute declares; empty for `xmlns` itself.
fn declared_prefix(attribute: &DirectAttribute) -> Option<&str> {
    let name = &attribute.name;
    match (&name.prefix, &*name.local) {
        _ if name.namespace.is_some() => None,
        (None, "xmlns") => Some(""),
        (Some(prefix), local) if **prefix == *"xmlns" => Some(local),
        _ => None,
    }
}

/// Adds what a namespace declaration attribute declares (section 3.9.1.2).
fn declare(mut declared: Declared, attribute: &DirectAttribute) -> Result<Declared> {
    let span = attribute.name.span;
    let prefix = declared_prefix(attribute).unwrap_or_default();
    let mut uri = String::new();
    for part in &attribute.value {
        match part {
            AttributePart::Text(text) => uri.push_str(text),
            AttributePart::Expr(_) => {
                let text = "the value of a namespace declaration must be a literal";
                return Err(fault("XQST0022", text, span));
            }
        }
    }
    let uri = crate::characters::collapse(&uri);
    let is_fixed = match (prefix, &*uri) {
        ("xml", uri) => uri != namespace::XML,
        ("xmlns", _) => true,
        (_, uri) => matches!(uri, namespace::XML | namespace::XMLNS),
    };
    if is_fixed {
        let text = format!("the prefix \"{prefix}\" cannot be bound to \"{uri}\"");
        return Err(fault("XQST0070", text, span));
    }
    if !prefix.is_empty() && uri.is_empty() {
        let text = format!("the prefix {prefix} cannot be unbound in XML 1.0");
        return Err(fault("XQST0085", text, span));
    }
    if declared.iter().any(|(known, _)| **known == *prefix) {
        let text = match prefix {
            "" => "the default namespace is declared twice here".to_owned(),
            _ => format!("the prefix {prefix} is declared twice here"),
        };
        return Err(fault("XQST0071", text, span));
    }
    declared.push((prefix.into(), uri.into()));
    Ok(declared)
}
