//! Sets of equal values, as `fn:distinct-values` and `group by` make them (XPath Functions 3.1,
//! section 14.2.1; XQuery 3.1, section 3.12.7), at the cost of a few look-ups a value.
//!
//! Invariant: a value is in the class of an earlier one where `eq` takes them for the same, NaN
//! among itself; which of several is not said, for numbers of different types are rounded to be
//! compared, so that two that are equal to a third need not be equal.

use std::collections::HashMap;

use super::compare::Comparer;
use super::exact::ExactNumber;
use super::{Atomic, calendar, number};
use crate::collation::Collation;

type Table<K> = HashMap<K, usize, foldhash::fast::RandomState>;

/// Classes of equal values, by number from 0 in the order of their first values.
#[derive(Debug, Default)]
pub(crate) struct EqualityClasses {
    count: usize,
    numbers: Numbers,
    others: Table<Vec<u8>>,
}

/// The first numbers of classes, by what numbers of each type look for.
#[derive(Debug, Default)]
struct Numbers {
    /// Integers and decimals by value, and by what they are rounded to beside other types; beside
    /// doubles only where there is rounding.
    exact: Table<ExactNumber>,
    exact_as_double: Table<u64>,
    exact_as_float: Table<u32>,
    doubles: Table<u64>,
    floats: Table<u32>,
    floats_as_double: Table<u64>,
}

impl EqualityClasses {
    /// About what a value takes that is the first of its class.
    pub(crate) fn bytes(value: &Atomic) -> usize {
        const ENTRIES_BYTES: usize = 192;
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
        let class = match (value, number::double(value), number::float(value)) {
            (Atomic::Double(double), ..) => self.numbers.double(*double, self.count),
            (Atomic::Float(float), Some(double), _) => {
                self.numbers.float(*float, double, self.count)
            }
            (_, Some(double), Some(float)) => {
                // Integers and decimals are left.
                let exact = ExactNumber::of(value).unwrap_or(ExactNumber::double(double));
                self.numbers.exact(exact, double, float, self.count)
            }
            _ => *self.others.entry(key(comparer, value)).or_insert(self.count),
        };
        if class == self.count {
            self.count += 1;
        }
        class
    }
}

impl Numbers {
    fn exact(&mut self, exact: ExactNumber, double: f64, float: f32, new: usize) -> usize {
        let (double, float) = (double_bits(double), float_bits(float));
        let known = self.exact.get(&exact).or_else(|| self.doubles.get(&double));
        if let Some(class) = known.or_else(|| self.floats.get(&float)) {
            return *class;
        }
        self.exact.insert(exact, new);
        self.exact_as_float.entry(float).or_insert(new);
        if !exact.is_double() {
            self.exact_as_double.entry(double).or_insert(new);
        }
        new
    }

    fn double(&mut self, double: f64, new: usize) -> usize {
        let bits = double_bits(double);
        let known = self.doubles.get(&bits).or_else(|| self.exact_as_double.get(&bits));
        let known = known.or_else(|| self.exact.get(&ExactNumber::double(double)));
        if let Some(class) = known.or_else(|| self.floats_as_double.get(&bits)) {
            return *class;
        }
        self.doubles.insert(bits, new);
        new
    }

    fn float(&mut self, float: f32, double: f64, new: usize) -> usize {
        let (bits, double) = (float_bits(float), double_bits(double));
        let known = self.floats.get(&bits).or_else(|| self.exact_as_float.get(&bits));
        if let Some(class) = known.or_else(|| self.doubles.get(&double)) {
            return *class;
        }
        self.floats.insert(bits, new);
        self.floats_as_double.insert(double, new);
        new
    }
}

/// Bits that are the same for equal numbers: of one NaN and one zero.
fn double_bits(number: f64) -> u64 {
    if number.is_nan() { f64::NAN.to_bits() } else { (number + 0.0).to_bits() }
}

fn float_bits(number: f32) -> u32 {
    if number.is_nan() { f32::NAN.to_bits() } else { (number + 0.0).to_bits() }
}

/// A key that is the same for equal values that are no numbers.
fn key(comparer: &Comparer<'_>, value: &Atomic) -> Vec<u8> {
    match value {
        Atomic::Untyped(text) | Atomic::String(text, _) | Atomic::AnyUri(text) => {
            match comparer.collation {
                Collation::Codepoint => tagged(0, text.as_bytes()),
                collation => tagged(0, &collation.key(text)),
            }
        }
        Atomic::Boolean(flag) => tagged(1, &[u8::from(*flag)]),
        Atomic::Duration(duration, _) => {
            let months = duration.months.to_be_bytes();
            tagged(2, &[&months[..], &duration.nanoseconds.to_be_bytes()].concat())
        }
        Atomic::HexBinary(bytes) => tagged(3, bytes),
        Atomic::Base64Binary(bytes) => tagged(4, bytes),
        Atomic::QName(name) => tagged(5, name.braced().as_bytes()),
        Atomic::Notation(name) => tagged(6, name.braced().as_bytes()),
        Atomic::DateTime(moment, kind) => {
            let instant = calendar::instant(moment, comparer.implicit_timezone_minutes);
            tagged(8 + kind.primitive() as u8, &instant.to_be_bytes())
        }
        Atomic::Integer(..) | Atomic::Decimal(_) | Atomic::Float(_) | Atomic::Double(_) => {
            tagged(7, value.to_text().as_bytes())
        }
    }
}

/// Bytes of a kind of values.
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
        let numbers = [("decimal", "1.2"), ("float", "1.2"), ("integer", "1"), ("double", "1.2")];
        assert_eq!(classes(&numbers), [0, 0, 1, 0]);
        let floats = [("float", "1"), ("decimal", "1.00000000001"), ("double", "1.00000000001")];
        assert_eq!(classes(&floats), [0, 0, 1]);
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
