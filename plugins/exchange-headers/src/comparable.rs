//! Values in the form in which they are compared and hashed: what is equal for a user is equal
//! here.
//!
//! Invariants: integers are equal by value whatever their width and sign, floats and doubles too;
//! texts, symbols and bytes are equal by their bytes; nothing else of two types is equal; NaN has
//! no form.

use philter_plugin_api::ValueRef;

/// A value of fixed size. Equal values are equal here, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fixed {
    Bool(bool),
    Integer(i128),
    /// The bits of a double that is not NaN; both zeros have those of 0.0.
    Float(u64),
    Char(char),
    /// Milliseconds since 1970.
    Timestamp(i64),
    Uuid([u8; 16]),
    Decimal32([u8; 4]),
    Decimal64([u8; 8]),
    Decimal128([u8; 16]),
}

/// A value as it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparable<'a> {
    /// No value: in a binding it asks for presence alone.
    Void,
    /// Equals nothing, itself neither.
    NotANumber,
    Fixed(Fixed),
    /// The bytes of a text, symbol or binary.
    Bytes(&'a [u8]),
    /// A list, map, array or described value; compared decoded.
    Compound,
}

impl<'a> Comparable<'a> {
    /// The form of a value.
    pub(crate) fn of(value: ValueRef<'a>) -> Self {
        if let Some(bytes) = value.as_bytes() {
            return Self::Bytes(bytes);
        }
        if let Some(number) = value.as_f64() {
            return Self::float(number);
        }
        if let Some(integer) = value.as_i64() {
            return Self::Fixed(Fixed::Integer(integer.into()));
        }
        match value {
            ValueRef::Null => Self::Void,
            // as_i64 has no room for the upper half of ulong.
            ValueRef::Ulong(value) => Self::Fixed(Fixed::Integer(value.into())),
            ValueRef::Bool(value) => Self::Fixed(Fixed::Bool(value)),
            ValueRef::Char(value) => Self::Fixed(Fixed::Char(value)),
            ValueRef::Timestamp(value) => Self::Fixed(Fixed::Timestamp(value)),
            ValueRef::Uuid(value) => Self::Fixed(Fixed::Uuid(value)),
            ValueRef::Decimal32(value) => Self::Fixed(Fixed::Decimal32(value)),
            ValueRef::Decimal64(value) => Self::Fixed(Fixed::Decimal64(value)),
            ValueRef::Decimal128(value) => Self::Fixed(Fixed::Decimal128(value)),
            _ => Self::Compound,
        }
    }

    fn float(number: f64) -> Self {
        match number {
            number if number.is_nan() => Self::NotANumber,
            // -0.0 equals 0.0 and has other bits.
            0.0 => Self::Fixed(Fixed::Float(0)),
            number => Self::Fixed(Fixed::Float(number.to_bits())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
        Comparable::of(left) == Comparable::of(right)
    }

    #[test]
    fn compares_integers_by_value_across_widths_and_signs() {
        assert!(equal(ValueRef::Int(7), ValueRef::Long(7)));
        assert!(equal(ValueRef::Ubyte(7), ValueRef::Short(7)));
        assert!(equal(ValueRef::Ulong(7), ValueRef::Byte(7)));
        assert!(!equal(ValueRef::Ulong(u64::MAX), ValueRef::Long(-1)));
        assert!(!equal(ValueRef::Int(7), ValueRef::Int(8)));
    }

    #[test]
    fn compares_floats_and_doubles_by_value() {
        assert!(equal(ValueRef::Float(0.5), ValueRef::Double(0.5)));
        assert!(equal(ValueRef::Double(-0.0), ValueRef::Float(0.0)));
        assert!(!equal(ValueRef::Float(0.1), ValueRef::Double(0.1)));
        assert_eq!(Comparable::of(ValueRef::Float(f32::NAN)), Comparable::NotANumber);
    }

    #[test]
    fn compares_texts_symbols_and_bytes_by_their_bytes() {
        assert!(equal(ValueRef::String("a"), ValueRef::Symbol("a")));
        assert!(equal(ValueRef::String("a"), ValueRef::Binary(b"a")));
        assert!(!equal(ValueRef::String("a"), ValueRef::String("A")));
    }

    #[test]
    fn keeps_other_types_apart() {
        let values = [
            ValueRef::Int(1),
            ValueRef::Bool(true),
            ValueRef::Double(1.0),
            ValueRef::String("1"),
            ValueRef::Timestamp(1),
            ValueRef::Char('1'),
            ValueRef::Null,
            ValueRef::Decimal32([0, 0, 0, 1]),
        ];
        for (index, left) in values.iter().enumerate() {
            for right in &values[index + 1..] {
                assert!(!equal(*left, *right), "{left:?} and {right:?}");
            }
        }
    }
}
