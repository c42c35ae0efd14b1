//! Atomic values (XML Schema 1.1 part 2; data model, section 2.1): parsing, casting, comparing,
//! arithmetic, printing.
//!
//! Invariants: a value is inside its type's value space; a derived type keeps its name beside its
//! value.

pub(crate) mod arithmetic;
mod binary;
pub(crate) mod calendar;
pub(crate) mod cast;
pub(crate) mod compare;
pub(crate) mod date_time;
mod duration;
mod equality;
mod exact;
mod kind;
pub(crate) mod lexical;
pub(crate) mod number;
mod print;
pub(crate) mod rounding;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use equality::EqualityClasses;
pub(crate) use exact::ExactNumber;
pub use kind::AtomicType;
use rust_decimal::Decimal;

use crate::error::{Error, ErrorCode};
use crate::name::QName;

/// An atomic value.
#[derive(Clone, Debug)]
pub enum Atomic {
    /// `xs:untypedAtomic`.
    Untyped(Arc<str>),
    /// `xs:string` or a type derived from it.
    String(Arc<str>, AtomicType),
    /// `xs:anyURI`.
    AnyUri(Arc<str>),
    /// `xs:boolean`.
    Boolean(bool),
    /// `xs:integer` or a type derived from it. 127 bits and a sign; beyond is an overflow.
    Integer(i128, AtomicType),
    /// `xs:decimal`: 28 digits.
    Decimal(Decimal),
    /// `xs:float`.
    Float(f32),
    /// `xs:double`.
    Double(f64),
    /// `xs:duration`, `xs:yearMonthDuration` or `xs:dayTimeDuration`.
    Duration(Duration, AtomicType),
    /// `xs:dateTime`, `xs:dateTimeStamp`, `xs:date`, `xs:time`, and the five types of parts of a
    /// date.
    DateTime(Box<DateTime>, AtomicType),
    /// `xs:hexBinary`.
    HexBinary(Arc<[u8]>),
    /// `xs:base64Binary`.
    Base64Binary(Arc<[u8]>),
    /// `xs:QName`.
    QName(Arc<QName>),
    /// `xs:NOTATION`.
    Notation(Arc<QName>),
}

/// A duration: months and nanoseconds, of the same sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duration {
    /// Twelve a year.
    pub months: i64,
    /// The part that `xs:dayTimeDuration` has.
    pub nanoseconds: i128,
}

/// A point or recurring part of time. Parts that a type does not have are those of
/// 1972-12-31T00:00:00, as XPath Functions, section 9.4, says for comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateTime {
    /// Year 0 is 1 BCE (XML Schema 1.1).
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
    /// 0 to 999,999,999.
    pub nanosecond: u32,
    /// Minutes east of UTC, -840 to 840; none where the value has no timezone.
    pub timezone_minutes: Option<i16>,
}

impl Atomic {
    /// A value of type `xs:string`.
    #[must_use]
    pub fn string(text: &str) -> Self {
        Self::String(text.into(), AtomicType::String)
    }

    /// A value of type `xs:integer`.
    #[must_use]
    pub fn integer(number: impl Into<i128>) -> Self {
        Self::Integer(number.into(), AtomicType::Integer)
    }

    /// The type's most specific name.
    #[must_use]
    pub fn type_of(&self) -> AtomicType {
        match self {
            Self::Untyped(_) => AtomicType::UntypedAtomic,
            Self::String(_, kind) | Self::Integer(_, kind) => *kind,
            Self::Duration(_, kind) | Self::DateTime(_, kind) => *kind,
            Self::AnyUri(_) => AtomicType::AnyUri,
            Self::Boolean(_) => AtomicType::Boolean,
            Self::Decimal(_) => AtomicType::Decimal,
            Self::Float(_) => AtomicType::Float,
            Self::Double(_) => AtomicType::Double,
            Self::HexBinary(_) => AtomicType::HexBinary,
            Self::Base64Binary(_) => AtomicType::Base64Binary,
            Self::QName(_) => AtomicType::QName,
            Self::Notation(_) => AtomicType::Notation,
        }
    }
}

impl From<bool> for Atomic {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<i64> for Atomic {
    fn from(number: i64) -> Self {
        Self::integer(number)
    }
}

impl From<f64> for Atomic {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<&str> for Atomic {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Atomic {
    fn from(text: String) -> Self {
        Self::String(text.into(), AtomicType::String)
    }
}

/// An error with a code of the specifications.
pub(crate) fn error(code: &'static str, message: String) -> Error {
    Error::new(ErrorCode::Standard(code), message)
}

/// A text as messages show it: in quotes, and cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const CHARACTERS_MAX: usize = 40;
    match text.char_indices().nth(CHARACTERS_MAX).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => format!("\"{beginning}…\""),
        None => format!("\"{text}\""),
    }
}
