//! Casting (XPath Functions 3.1, section 19).

use std::sync::Arc;

use super::{Atomic, AtomicType, Duration, date_time, error, lexical, number, quoted};
use crate::error::{Error, Result};

/// Casts a value. To and from `xs:QName` works between names alone.
///
/// # Errors
///
/// `XPTY0004` where the types do not allow it, `FORG0001` and its kin where the value does not.
pub(crate) fn cast(value: &Atomic, to: AtomicType) -> Result<Atomic> {
    use Atomic as A;
    use AtomicType as T;
    if to == T::AnyAtomic || value.type_of() == to {
        return Ok(value.clone());
    }
    Ok(match (value, to.primitive()) {
        (_, T::UntypedAtomic) => A::Untyped(value.to_shared_text()),
        (A::String(text, kind), T::String) if kind.derives_from(to) => {
            A::String(Arc::clone(text), to)
        }
        (_, T::String) if to == T::String => A::String(value.to_shared_text(), to),
        (A::Untyped(text) | A::String(text, _), _) => return lexical::parse(text, to),
        (_, T::String) => return lexical::parse(&value.to_text(), to),
        (
            A::Boolean(_) | A::Integer(..) | A::Decimal(_) | A::Float(_) | A::Double(_),
            T::Boolean | T::Integer | T::Decimal | T::Float | T::Double,
        ) => return number::convert(value, to),
        (A::Duration(duration, _), T::Duration) => A::Duration(*duration, to),
        (A::Duration(duration, _), T::YearMonthDuration) => {
            A::Duration(Duration { nanoseconds: 0, ..*duration }, to)
        }
        (A::Duration(duration, _), T::DayTimeDuration) => {
            A::Duration(Duration { months: 0, ..*duration }, to)
        }
        (A::DateTime(moment, kind), _) => {
            return date_time::cast(moment, *kind, to).unwrap_or_else(|| Err(refused(value, to)));
        }
        (A::HexBinary(bytes), T::Base64Binary) => A::Base64Binary(Arc::clone(bytes)),
        (A::Base64Binary(bytes), T::HexBinary) => A::HexBinary(Arc::clone(bytes)),
        _ => return Err(refused(value, to)),
    })
}

fn refused(value: &Atomic, to: AtomicType) -> Error {
    let (kind, text) = (value.type_of(), value.to_text());
    error("XPTY0004", format!("{} of type {kind} can't be cast to {to}", quoted(&text)))
}

/// Promotes a number or a URI (XQuery 3.1, appendix B.1); none where the types do not allow it.
pub(crate) fn promote(value: &Atomic, to: AtomicType) -> Option<Atomic> {
    match (value, to) {
        _ if value.type_of().derives_from(to) => Some(value.clone()),
        (_, AtomicType::Double) => number::double(value).map(Atomic::Double),
        (Atomic::Integer(..) | Atomic::Decimal(_), AtomicType::Float) => {
            number::float(value).map(Atomic::Float)
        }
        (Atomic::AnyUri(uri), AtomicType::String) => {
            Some(Atomic::String(Arc::clone(uri), AtomicType::String))
        }
        _ => None,
    }
}
