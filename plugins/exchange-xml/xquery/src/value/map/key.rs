//! Keys of maps: what `op:same-key` takes for the same (XPath Functions 3.1, section 17.1.1).
//!
//! Invariants: two keys are equal where `op:same-key` says so, whatever their types; the order is
//! total, sorts numbers by value and texts by code points, and means nothing beyond that.

use std::sync::Arc;

use crate::atomic::{Atomic, AtomicType, ExactNumber, calendar};
use crate::name::QName;

/// A value as a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MapKey(Key);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Boolean(bool),
    Number(ExactNumber),
    /// Strings, URIs and untyped values.
    Text(Arc<str>),
    /// Months and nanoseconds.
    Duration(i64, i128),
    /// Type, whether it has a timezone, and nanoseconds.
    Moment(AtomicType, bool, i128),
    HexBinary(Arc<[u8]>),
    Base64Binary(Arc<[u8]>),
    QName(Arc<QName>),
    Notation(Arc<QName>),
}

impl MapKey {
    /// The key of a value.
    pub(crate) fn of(value: &Atomic) -> Self {
        Self(match value {
            Atomic::Untyped(text) | Atomic::String(text, _) | Atomic::AnyUri(text) => {
                Key::Text(Arc::clone(text))
            }
            Atomic::Boolean(flag) => Key::Boolean(*flag),
            Atomic::Duration(duration, _) => Key::Duration(duration.months, duration.nanoseconds),
            Atomic::DateTime(moment, kind) => {
                let has_timezone = moment.timezone_minutes.is_some();
                Key::Moment(kind.primitive(), has_timezone, calendar::instant(moment, 0))
            }
            Atomic::HexBinary(bytes) => Key::HexBinary(Arc::clone(bytes)),
            Atomic::Base64Binary(bytes) => Key::Base64Binary(Arc::clone(bytes)),
            Atomic::QName(name) => Key::QName(Arc::clone(name)),
            Atomic::Notation(name) => Key::Notation(Arc::clone(name)),
            Atomic::Integer(..) | Atomic::Decimal(_) | Atomic::Float(_) | Atomic::Double(_) => {
                // Each of these is a number.
                Key::Number(ExactNumber::of(value).unwrap_or(ExactNumber::double(f64::NAN)))
            }
        })
    }
}
