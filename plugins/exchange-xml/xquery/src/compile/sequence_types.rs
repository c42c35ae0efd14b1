//! Sequence types, casts' targets and kind tests with their names resolved (XQuery 3.1, sections
//! 2.5.4, 3.3.2.2 and 3.18.2).
//!
//! Invariant: there are no schemas, so that every element is `xs:untyped` and every attribute
//! `xs:untypedAtomic`: a test for another type passes nothing.

use std::sync::Arc;

use super::annotations;
use super::fault::fault;
use super::in_scope::InScope;
use crate::atomic::AtomicType;
use crate::error::{Error, Result, Span};
use crate::expression::{Axis, CastTarget};
use crate::name::{QName, namespace};
use crate::syntax::ast::{self, KindTest, Name};
use crate::tree::NodeKind;
use crate::types::{FunctionType, ItemType, NameTest, NodeTest, SequenceType};

/// Types that are not atomic, by their local names.
const OTHER_TYPES: [&str; 6] =
    ["anyType", "anySimpleType", "untyped", "NMTOKENS", "IDREFS", "ENTITIES"];

impl InScope {
    /// A sequence type.
    pub(super) fn sequence_type(&self, kind: &ast::SequenceType) -> Result<SequenceType> {
        let Some(item) = &kind.item else { return Ok(SequenceType::EMPTY) };
        let item = self.item_type(item, kind.span)?;
        Ok(SequenceType { item: Some(item), occurrence: kind.occurrence })
    }

    /// A declared type; `item()*` for none.
    pub(super) fn declared_type(&self, kind: Option<&ast::SequenceType>) -> Result<SequenceType> {
        kind.map_or(Ok(SequenceType::ANY), |kind| self.sequence_type(kind))
    }

    fn item_type(&self, kind: &ast::ItemType, span: Span) -> Result<ItemType> {
        Ok(match kind {
            ast::ItemType::Any => ItemType::Any,
            ast::ItemType::Named(name) => self.generalized_atomic_type(name)?,
            ast::ItemType::Kind(test) => ItemType::Node(self.kind_test(test)?),
            ast::ItemType::Function(assertions, signature) => {
                annotations::read(self, assertions, span)?;
                ItemType::Function(match signature {
                    None => None,
                    Some((parameters, result)) => {
                        let read = |kind| self.sequence_type(kind);
                        let parameters = parameters.iter().map(read).collect::<Result<_>>()?;
                        let result = self.sequence_type(result)?;
                        Some(Arc::new(FunctionType { parameters, result }))
                    }
                })
            }
            ast::ItemType::Map(None) => ItemType::Map(None),
            ast::ItemType::Map(Some((key, value))) => {
                let entry = (self.generalized_atomic_type(key)?, self.sequence_type(value)?);
                ItemType::Map(Some(Box::new(entry)))
            }
            ast::ItemType::Array(None) => ItemType::Array(None),
            ast::ItemType::Array(Some(member)) => {
                ItemType::Array(Some(Box::new(self.sequence_type(member)?)))
            }
            ast::ItemType::Parenthesized(inner) => self.item_type(inner, span)?,
        })
    }

    fn generalized_atomic_type(&self, name: &Name) -> Result<ItemType> {
        let resolved = self.element(name)?;
        if *resolved.namespace == *namespace::XS {
            match &*resolved.local {
                "numeric" => return Ok(ItemType::Numeric),
                "error" => return Ok(ItemType::Error),
                local => {
                    if let Some(kind) = AtomicType::named(local) {
                        return Ok(ItemType::Atomic(kind));
                    }
                }
            }
        }
        Err(unknown_type("XPST0051", &resolved, name.span))
    }

    /// What `cast as` and `castable as` name.
    pub(super) fn cast_target(&self, name: &Name) -> Result<CastTarget> {
        let resolved = self.element(name)?;
        let is_schema = *resolved.namespace == *namespace::XS;
        if is_schema && matches!(&*resolved.local, "anyAtomicType" | "anySimpleType" | "NOTATION") {
            let text = format!("nothing can be cast to xs:{}", resolved.local);
            return Err(fault("XPST0080", text, name.span));
        }
        let target = is_schema.then(|| self.constructed_type(&resolved.local)).flatten();
        target.ok_or_else(|| unknown_type("XQST0052", &resolved, name.span))
    }

    /// The type of the constructor function with this local name in the namespace of XML Schema.
    pub(super) fn constructed_type(&self, local: &str) -> Option<CastTarget> {
        Some(match local {
            "numeric" => CastTarget::Numeric,
            "error" => CastTarget::Error,
            "NMTOKENS" => CastTarget::List(AtomicType::Nmtoken),
            "IDREFS" => CastTarget::List(AtomicType::Idref),
            "ENTITIES" => CastTarget::List(AtomicType::Entity),
            "QName" => CastTarget::QName(self.all()),
            _ => match AtomicType::named(local)? {
                AtomicType::AnyAtomic | AtomicType::Notation => return None,
                kind => CastTarget::Atomic(kind),
            },
        })
    }

    /// A kind test.
    pub(super) fn kind_test(&self, test: &KindTest) -> Result<NodeTest> {
        Ok(match test {
            KindTest::Any => NodeTest::Any,
            KindTest::Text => NodeTest::Kind(NodeKind::Text),
            KindTest::Comment => NodeTest::Kind(NodeKind::Comment),
            KindTest::NamespaceNode => NodeTest::Kind(NodeKind::Namespace),
            KindTest::Document(None) => NodeTest::Kind(NodeKind::Document),
            KindTest::Document(Some(element)) => {
                NodeTest::Document(Box::new(self.kind_test(element)?))
            }
            KindTest::ProcessingInstruction(None) => {
                NodeTest::Kind(NodeKind::ProcessingInstruction)
            }
            KindTest::ProcessingInstruction(Some(target)) => {
                let name = NameTest::Name(QName::new("", target));
                NodeTest::Named(NodeKind::ProcessingInstruction, name)
            }
            KindTest::Element(name, kind) => {
                let name = name.as_ref().map(|name| self.element(name)).transpose()?;
                let types = ["untyped", "anyType"];
                let kind = kind.as_ref().map(|(name, _)| name);
                self.typed_test(NodeKind::Element, name, kind, &types)?
            }
            KindTest::Attribute(name, kind) => {
                let name = name.as_ref().map(|name| self.plain(name)).transpose()?;
                let types = ["untypedAtomic", "anyAtomicType", "anySimpleType", "anyType"];
                self.typed_test(NodeKind::Attribute, name, kind.as_ref(), &types)?
            }
            KindTest::SchemaElement(name) => {
                return Err(no_schema("element", &self.element(name)?, name.span));
            }
            KindTest::SchemaAttribute(name) => {
                return Err(no_schema("attribute", &self.plain(name)?, name.span));
            }
        })
    }

    fn typed_test(
        &self,
        kind: NodeKind,
        name: Option<QName>,
        annotation: Option<&Name>,
        passing: &[&str],
    ) -> Result<NodeTest> {
        if let Some(annotation) = annotation {
            let resolved = self.element(annotation)?;
            let is_known = *resolved.namespace == *namespace::XS
                && (OTHER_TYPES.contains(&&*resolved.local)
                    || AtomicType::named(&resolved.local).is_some());
            if !is_known {
                return Err(unknown_type("XPST0008", &resolved, annotation.span));
            }
            if !passing.contains(&&*resolved.local) {
                return Ok(NodeTest::Nothing);
            }
        }
        Ok(match name {
            Some(name) => NodeTest::Named(kind, NameTest::Name(name)),
            None => NodeTest::Kind(kind),
        })
    }

    /// The node test of an axis step.
    pub(super) fn node_test(&self, axis: Axis, test: &ast::NodeTest) -> Result<NodeTest> {
        let test = match test {
            ast::NodeTest::Kind(test) => return self.kind_test(test),
            ast::NodeTest::Name(test) => test,
        };
        let is_attribute = axis == Axis::Attribute;
        let kind = if is_attribute { NodeKind::Attribute } else { NodeKind::Element };
        let default = if is_attribute { "".into() } else { Arc::clone(&self.default_element) };
        Ok(match self.name_test(test, &default)? {
            Some(name) => NodeTest::Named(kind, name),
            None => NodeTest::Kind(kind),
        })
    }
}

fn unknown_type(code: &'static str, name: &QName, span: Span) -> Error {
    let text = if *name.namespace == *namespace::XS {
        match OTHER_TYPES.contains(&&*name.local) {
            true => format!("xs:{} is no atomic type", name.local),
            false => format!("there is no type xs:{}", name.local),
        }
    } else if name.namespace.is_empty() && AtomicType::named(&name.local).is_some() {
        format!("there is no type {}; xs:{} is meant?", name.local, name.local)
    } else {
        format!("there is no type {name}")
    };
    fault(code, text, span)
}

fn no_schema(what: &str, name: &QName, span: Span) -> Error {
    let text = format!("no schema declares the {what} {name}: schemas are not supported");
    fault("XPST0008", text, span)
}
