//! Sets of equal values, as `fn:distinct-values` and `group by` make them (XPath Functions 3.1,
//! section 14.2.1; XQuery 3.1, section 3.12.7), at the cost of a look-up a value.
//!
//! Invariants: a value is in the class of an earlier one where `eq` takes them for the same, NaN
//! among itself; which of several does not matter where `eq` is not transitive. A float counts by
//! its digits here: 1.2 is 1.2 in all numeric types.

use std::collections::HashMap;

use super::compare::Comparer;
use super::exact::ExactNumber;
use super::{Atomic, calendar};
use crate::collation::Collation;

/// Classes of equal values, by number from 0 in the order of their first values.
#[derive(Debug, Default)]
pub(crate) struct EqualityClasses {
    by_key: HashMap<Vec<u8>, usize, foldhash::fast::RandomState>,
    count: usize,
}

/// What keys begin with, so that those of different kinds differ.
mod tag {
    pub(super) const TEXT: u8 = 0;
    pub(super) const BOOLEAN: u8 = 1;
    pub(super) const NUMBER: u8 = 2;
    /// A double, by which a decimal that is no double finds the one it is rounded to.
    pub(super) const DOUBLE: u8 = 3;
    /// A decimal that is no double, by the double it is rounded to.
    pub(super) const ROUNDED: u8 = 4;
    pub(super) const DURATION: u8 = 5;
    pub(super) const HEX_BINARY: u8 = 6;
    pub(super) const BASE64_BINARY: u8 = 7;
    pub(super) const QNAME: u8 = 8;
    pub(super) const NOTATION: u8 = 9;
    /// And the type's number.
    pub(super) const MOMENT: u8 = 10;
}

impl EqualityClasses {
    /// About what a value takes that is the first of its class.
    pub(crate) fn bytes(value: &Atomic) -> usize {
        const ENTRIES_BYTES: usize = 2 * size_of::<(Vec<u8>, usize)>() + 64;
        let text = match value {
            Atomic::Untyped(text) | Atomic::String(text, _) | Atomic::AnyUri(text) => text.len(),
            Atomic::HexBinary(bytes) | Atomic::Base64Binary(bytes) => bytes.len(),
            Atomic::QName(name) | Atomic::Notation(name) => {
                name.namespace.len().saturating_add(name.local.len())
            }
            _ => 0,
        };
        text.saturating_add(ENTRIES_BYTES)
    }

    /// How many classes there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The class of a value; it is [`Self::len`] as it was before where the value is like no
    /// earlier one.
    pub(crate) fn class(&mut self, comparer: &Comparer<'_>, value: &Atomic) -> usize {
        let key = key(comparer, value);
        let rounded = rounded(value);
        let seek = |tag: u8| {
            let nearest = rounded.as_ref().map(|number| tagged(tag, &number.nearest_bytes()));
            nearest.and_then(|key| self.by_key.get(&key).copied())
        };
        let is_double = matches!(value, Atomic::Double(_) | Atomic::Float(_));
        let (own, other) =
            if is_double { (tag::DOUBLE, tag::ROUNDED) } else { (tag::ROUNDED, tag::DOUBLE) };
        if let Some(class) = self.by_key.get(&key).copied().or_else(|| seek(other)) {
            return class;
        }
        let class = self.count;
        self.count += 1;
        self.by_key.insert(key, class);
        if let Some(number) = rounded {
            self.by_key.entry(tagged(own, &number.nearest_bytes())).or_insert(class);
        }
        class
    }
}

/// The number of a value that may be equal to another one by rounding alone.
fn rounded(value: &Atomic) -> Option<ExactNumber> {
    match value {
        Atomic::Integer(..) | Atomic::Decimal(_) => {
            ExactNumber::of(value).filter(|number| !number.is_double())
        }
        Atomic::Double(number) => Some(ExactNumber::double(*number)),
        Atomic::Float(number) => Some(ExactNumber::digits(*number)),
        _ => None,
    }
}

/// A key that is the same for equal values, but for those that [`rounded`] is about.
fn key(comparer: &Comparer<'_>, value: &Atomic) -> Vec<u8> {
    let number = |number: ExactNumber| tagged(tag::NUMBER, &number.bytes());
    match value {
        Atomic::Untyped(text) | Atomic::String(text, _) | Atomic::AnyUri(text) => {
            match comparer.collation {
                Collation::Codepoint => tagged(tag::TEXT, text.as_bytes()),
                collation => tagged(tag::TEXT, &collation.key(text)),
            }
        }
        Atomic::Boolean(flag) => vec![tag::BOOLEAN, u8::from(*flag)],
        Atomic::Float(float) => number(ExactNumber::digits(*float)),
        Atomic::Integer(..) | Atomic::Decimal(_) | Atomic::Double(_) => {
            // Each of these is a number.
            number(ExactNumber::of(value).unwrap_or(ExactNumber::double(f64::NAN)))
        }
        Atomic::Duration(duration, _) => {
            let months = duration.months.to_be_bytes();
            tagged(tag::DURATION, &[&months[..], &duration.nanoseconds.to_be_bytes()].concat())
        }
        Atomic::HexBinary(bytes) => tagged(tag::HEX_BINARY, bytes),
        Atomic::Base64Binary(bytes) => tagged(tag::BASE64_BINARY, bytes),
        Atomic::QName(name) => tagged(tag::QNAME, name.braced().as_bytes()),
        Atomic::Notation(name) => tagged(tag::NOTATION, name.braced().as_bytes()),
        Atomic::DateTime(moment, kind) => {
            let instant = calendar::instant(moment, comparer.implicit_timezone_minutes);
            tagged(tag::MOMENT + kind.primitive() as u8, &instant.to_be_bytes())
        }
    }
}

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(bytes.len() + 1);
    key.push(tag);
    key.extend_from_slice(bytes);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::AtomicType;
    use crate::atomic::lexical::parse;

    #[test]
    fn equal_values_are_of_one_class() {
        let comparer = Comparer { collation: &Collation::Codepoint, implicit_timezone_minutes: 0 };
        let classes = |values: &[(&str, &str)]| {
            let mut classes = EqualityClasses::default();
            let mut class = |(kind, text): &(&str, &str)| {
                let value = parse(text, AtomicType::named(kind).unwrap()).unwrap();
                classes.class(&comparer, &value)
            };
            values.iter().map(&mut class).collect::<Vec<_>>()
        };
        let numbers = [("decimal", "1.2"), ("float", "1.2"), ("double", "1.2"), ("integer", "1")];
        assert_eq!(classes(&numbers), [0, 0, 0, 1]);
        let close = [
            ("decimal", "1.00000000000000001"),
            ("decimal", "1.00000000000000002"),
            ("double", "1"),
            ("decimal", "1"),
        ];
        assert_eq!(classes(&close), [0, 1, 0, 2]);
        assert_eq!(classes(&[("double", "0.1"), ("decimal", "0.1")]), [0, 0]);
        assert_eq!(classes(&[("double", "NaN"), ("float", "NaN"), ("string", "NaN")]), [0, 0, 1]);
        assert_eq!(classes(&[("string", "a"), ("anyURI", "a"), ("untypedAtomic", "a")]), [0; 3]);
        assert_eq!(classes(&[("date", "2001-01-01"), ("date", "2001-01-01Z")]), [0, 0]);
        assert_eq!(classes(&[("gYear", "2001"), ("date", "2001-12-31")]), [0, 1]);
        assert_eq!(classes(&[("duration", "P0M"), ("dayTimeDuration", "PT0S")]), [0, 0]);
        assert_eq!(classes(&[("hexBinary", "00"), ("base64Binary", "AA==")]), [0, 1]);
    }
}
