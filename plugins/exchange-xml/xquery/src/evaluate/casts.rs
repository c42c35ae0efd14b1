//! `cast as` and `castable as` (XQuery 3.1, sections 3.18.2 and 3.18.3).

use std::sync::Arc;

use super::{Evaluator, atomize, error};
use crate::atomic::quoted;
use crate::atomic::{Atomic, AtomicType, cast, lexical};
use crate::characters::{split_qname, words};
use crate::error::Result;
use crate::expression::CastTarget;
use crate::name::QName;
use crate::value::{Item, Sequence, SequenceBuilder};

/// Prefixes and the namespaces that they are bound to.
type Namespaces = [(Arc<str>, Arc<str>)];

impl<'a> Evaluator<'a> {
    pub(super) fn cast(
        &self,
        value: &Sequence<'a>,
        to: &CastTarget,
        optional: bool,
    ) -> Result<Sequence<'a>> {
        let value = atomize(&self.meter, value)?;
        match value.as_slice() {
            [] if optional => Ok(Sequence::Empty),
            [Item::Atomic(atomic)] => self.cast_atomic(atomic, to),
            _ => {
                let found = value.describe();
                Err(error("XPTY0004", format!("a cast takes one value, found {found}")))
            }
        }
    }

    pub(super) fn castable(
        &self,
        value: &Sequence<'a>,
        to: &CastTarget,
        optional: bool,
    ) -> Result<bool> {
        let value = atomize(&self.meter, value)?;
        match value.as_slice() {
            [] => Ok(optional),
            [Item::Atomic(atomic)] => match self.cast_atomic(atomic, to) {
                Ok(_) => Ok(true),
                Err(error) if error.is_limit() => Err(error),
                Err(_) => Ok(false),
            },
            _ => Ok(false),
        }
    }

    fn cast_atomic(&self, atomic: &Atomic, to: &CastTarget) -> Result<Sequence<'a>> {
        let single = match to {
            CastTarget::Atomic(kind) => cast::cast(atomic, *kind)?,
            CastTarget::Numeric if atomic.type_of().is_numeric() => atomic.clone(),
            CastTarget::Numeric => cast::cast(atomic, AtomicType::Double)?,
            CastTarget::Error => {
                return Err(error("FORG0001", "xs:error has no values, so nothing is cast to it"));
            }
            CastTarget::List(kind) => return self.cast_list(atomic, *kind),
            CastTarget::QName(namespaces) => {
                Atomic::QName(Arc::new(cast_name(atomic, namespaces)?))
            }
        };
        Ok(Item::Atomic(single).into())
    }

    fn cast_list(&self, atomic: &Atomic, kind: AtomicType) -> Result<Sequence<'a>> {
        if !is_text(atomic) {
            let found = Item::from(atomic.clone()).describe();
            let text = format!("only strings are cast to a list of {kind}, found {found}");
            return Err(error("XPTY0004", text));
        }
        let text = atomic.to_text();
        let mut values = SequenceBuilder::new(&self.meter);
        for part in words(&text) {
            self.meter.build(part.len())?;
            values.push(lexical::parse(part, kind)?.into())?;
        }
        if values.is_empty() {
            return Err(error("FORG0001", format!("a list of {kind} has one part at least")));
        }
        Ok(values.finish())
    }
}

fn is_text(atomic: &Atomic) -> bool {
    matches!(atomic, Atomic::String(..) | Atomic::Untyped(_))
}

/// A string as an expanded name.
pub(super) fn cast_name(atomic: &Atomic, namespaces: &Namespaces) -> Result<QName> {
    match atomic {
        Atomic::QName(name) => return Ok(QName::clone(name)),
        atomic if is_text(atomic) => {}
        _ => {
            let found = Item::from(atomic.clone()).describe();
            return Err(error("XPTY0004", format!("{found} can't be cast to xs:QName")));
        }
    }
    let text = atomic.to_text();
    let (prefix, local) = split_qname(lexical::trim(&text))
        .ok_or_else(|| error("FORG0001", format!("{} is no xs:QName", quoted(&text))))?;
    let namespace = namespace_of(prefix.unwrap_or_default(), namespaces).ok_or_else(|| {
        error(
            "FONS0004",
            format!("no namespace is bound to the prefix {}", quoted(prefix.unwrap_or_default())),
        )
    })?;
    Ok(QName { prefix: prefix.map(Into::into), namespace, local: local.into() })
}

/// The namespace of a prefix; that of no prefix is empty where none is bound.
pub(super) fn namespace_of(prefix: &str, namespaces: &Namespaces) -> Option<Arc<str>> {
    let bound = namespaces.iter().find(|(bound, _)| **bound == *prefix).map(|(_, uri)| uri);
    match bound {
        Some(uri) if prefix.is_empty() || !uri.is_empty() => Some(Arc::clone(uri)),
        None if prefix.is_empty() => Some("".into()),
        None if prefix == "xml" => Some(crate::name::namespace::XML.into()),
        _ => None,
    }
}
