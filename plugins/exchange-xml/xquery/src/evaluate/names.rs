//! Names that constructors compute (XQuery 3.1, sections 3.9.3.1, 3.9.3.2 and 3.9.3.5).

use std::sync::Arc;

use super::casts::namespace_of;
use super::{Evaluator, Focus, Frame, atomize, error};
use crate::atomic::quoted;
use crate::atomic::{Atomic, lexical};
use crate::characters::{collapse, is_ncname, split_qname};
use crate::error::Result;
use crate::expression::{ConstructorName, Expr};
use crate::name::{QName, namespace};
use crate::value::Item;

/// What a name is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Element,
    Attribute,
}

impl<'a> Evaluator<'a> {
    /// The name of an element or attribute.
    pub(super) fn constructor_name(
        &self,
        name: &'a ConstructorName,
        named: Named,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<QName> {
        let (expr, namespaces) = match name {
            ConstructorName::Static(name) => {
                check_reserved(name, named)?;
                return Ok(name.clone());
            }
            ConstructorName::Computed(expr, namespaces) => (expr, namespaces),
        };
        let name = match self.name_value(expr, frame, focus)? {
            Atomic::QName(name) => QName::clone(&name),
            value => {
                let text = value.to_text();
                self.count_name(&text)?;
                parse_name(&text, named, namespaces)?
            }
        };
        check_reserved(&name, named)?;
        Ok(name)
    }

    /// Counts a text that is about to become a name.
    pub(super) fn count_name(&self, text: &str) -> Result<()> {
        self.meter.build(text.len())?;
        self.meter.steps(text.len() as u64 / 64)
    }

    /// A computed name as it is: a QName, a string or an untyped value.
    pub(super) fn name_value(
        &self,
        expr: &'a Expr,
        frame: &Frame<'a>,
        focus: Option<&Focus<'a>>,
    ) -> Result<Atomic> {
        let value = atomize(&self.meter, &self.evaluate(expr, frame, focus)?)?;
        match value.only() {
            Some(Item::Atomic(
                name @ (Atomic::QName(_) | Atomic::String(..) | Atomic::Untyped(_)),
            )) => Ok(name.clone()),
            _ => {
                let found = value.describe();
                let text = format!("a name is one xs:QName or string, found {found}");
                Err(error("XPTY0004", text).at(expr.span))
            }
        }
    }
}

fn parse_name(text: &str, named: Named, namespaces: &[(Arc<str>, Arc<str>)]) -> Result<QName> {
    let invalid = || error("XQDY0074", format!("{} is no name", quoted(text)));
    if let Some(braced) = lexical::trim(text).strip_prefix("Q{") {
        let (uri, local) = braced.split_once('}').ok_or_else(invalid)?;
        let is_name = is_ncname(local) && !uri.contains('{');
        return if is_name { Ok(QName::new(&collapse(uri), local)) } else { Err(invalid()) };
    }
    let (prefix, local) = split_qname(lexical::trim(text)).ok_or_else(invalid)?;
    if prefix.is_none() && named == Named::Attribute {
        return Ok(QName::new("", local));
    }
    let namespace = namespace_of(prefix.unwrap_or_default(), namespaces).ok_or_else(|| {
        let prefix = prefix.unwrap_or_default();
        error("XQDY0074", format!("no namespace is bound to the prefix {}", quoted(prefix)))
    })?;
    Ok(QName { prefix: prefix.map(Into::into), namespace, local: local.into() })
}

/// Names that belong to XML and its namespaces.
fn check_reserved(name: &QName, named: Named) -> Result<()> {
    let prefix = name.prefix.as_deref().unwrap_or_default();
    let is_xmlns = prefix == "xmlns" || *name.namespace == *namespace::XMLNS;
    let is_declaration = named == Named::Attribute
        && (is_xmlns || (name.namespace.is_empty() && *name.local == *"xmlns"));
    let is_xml = *name.namespace == *namespace::XML;
    let breaks_xml = (prefix == "xml") != is_xml && !(is_xml && prefix.is_empty());
    if !is_declaration && !is_xmlns && !breaks_xml {
        return Ok(());
    }
    let code = if named == Named::Attribute { "XQDY0044" } else { "XQDY0096" };
    let kind = if named == Named::Attribute { "an attribute" } else { "an element" };
    Err(error(code, format!("{kind} can't be named {} {}", name.lexical(), name.braced())))
}
