//! Numbers: how one kind becomes another (XPath Functions 3.1, section 19.1.2), what two of them
//! have in common (XQuery 3.1, appendix B.1), and which is the greater.
//!
//! Invariants: a conversion rounds to the nearest or fails, it never wraps; integers and decimals
//! are compared by their exact values.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Atomic, AtomicType, error};
use crate::error::Result;

/// 2 to the 127th: the first double that is no `xs:integer` any more.
const INTEGER_END: f64 = 170_141_183_460_469_231_731_687_303_715_884_105_728.0;

/// Two numbers in the type that they have in common.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pair {
    Integer(i128, i128),
    Decimal(Decimal, Decimal),
    Float(f32, f32),
    Double(f64, f64),
}

/// Two numbers in their common type; none where one is no number.
pub(super) fn pair(left: &Atomic, right: &Atomic) -> Option<Result<Pair>> {
    use Atomic as A;
    let pair = match (left, right) {
        (A::Integer(left, _), A::Integer(right, _)) => Pair::Integer(*left, *right),
        (A::Double(_), _) | (_, A::Double(_)) => Pair::Double(double(left)?, double(right)?),
        (A::Float(_), _) | (_, A::Float(_)) => Pair::Float(float(left)?, float(right)?),
        _ => return decimals(left, right),
    };
    Some(Ok(pair))
}

fn decimals(left: &Atomic, right: &Atomic) -> Option<Result<Pair>> {
    let decimal = |value: &Atomic| match value {
        Atomic::Decimal(number) => Some(Ok(*number)),
        Atomic::Integer(number, _) => {
            let large = || error("FOAR0002", format!("{number} is too large for an xs:decimal"));
            Some(decimal_of_integer(*number).ok_or_else(large))
        }
        _ => None,
    };
    let (left, right) = (decimal(left)?, decimal(right)?);
    Some(left.and_then(|left| right.map(|right| Pair::Decimal(left, right))))
}

/// A number as a double; none for what is no number.
pub(crate) fn double(value: &Atomic) -> Option<f64> {
    match value {
        Atomic::Integer(number, _) => Some(*number as f64),
        Atomic::Decimal(number) => Some(double_of_decimal(*number)),
        Atomic::Float(number) => Some(f64::from(*number)),
        Atomic::Double(number) => Some(*number),
        _ => None,
    }
}

/// A number as a float; none for what is no number.
pub(crate) fn float(value: &Atomic) -> Option<f32> {
    match value {
        Atomic::Integer(number, _) => Some(*number as f32),
        Atomic::Decimal(number) => Some(double_of_decimal(*number) as f32),
        Atomic::Float(number) => Some(*number),
        Atomic::Double(number) => Some(*number as f32),
        _ => None,
    }
}

/// The order of two numbers; none inside where one is NaN, none outside where one is no number.
#[inline]
pub(super) fn compare(left: &Atomic, right: &Atomic) -> Option<Option<Ordering>> {
    use Atomic as A;
    Some(match (left, right) {
        (A::Integer(left, _), A::Integer(right, _)) => Some(left.cmp(right)),
        (A::Double(left), A::Double(right)) => left.partial_cmp(right),
        (A::Decimal(left), A::Decimal(right)) => Some(left.cmp(right)),
        (A::Integer(left, _), A::Decimal(right)) => Some(integer_to_decimal(*left, *right)),
        (A::Decimal(left), A::Integer(right, _)) => {
            Some(integer_to_decimal(*right, *left).reverse())
        }
        (A::Double(_), _) | (_, A::Double(_)) => double(left)?.partial_cmp(&double(right)?),
        _ => float(left)?.partial_cmp(&float(right)?),
    })
}

fn integer_to_decimal(left: i128, right: Decimal) -> Ordering {
    // The whole part of a decimal always is an integer; what is cut off decides a tie.
    let whole = right.trunc();
    left.cmp(&whole.mantissa()).then_with(|| whole.cmp(&right))
}

/// A number or a boolean as a number of another type.
pub(super) fn convert(value: &Atomic, to: AtomicType) -> Result<Atomic> {
    if let Atomic::Boolean(flag) = value {
        return convert(&Atomic::integer(*flag), to);
    }
    let number = double(value).unwrap_or(f64::NAN);
    Ok(match to.primitive() {
        AtomicType::Double => Atomic::Double(number),
        AtomicType::Float => Atomic::Float(float(value).unwrap_or(f32::NAN)),
        AtomicType::Boolean => Atomic::Boolean(number != 0.0 && !number.is_nan()),
        AtomicType::Decimal => Atomic::Decimal(to_decimal(value)?),
        _ => return ranged(to_integer(value)?, to),
    })
}

/// A number as a decimal.
fn to_decimal(value: &Atomic) -> Result<Decimal> {
    let found = match value {
        Atomic::Integer(number, _) => decimal_of_integer(*number),
        Atomic::Decimal(number) => Some(*number),
        Atomic::Float(number) => {
            finite(f64::from(*number), AtomicType::Decimal)?;
            decimal_of_digits(f64::from(*number), &number.to_string())
        }
        Atomic::Double(number) => {
            finite(*number, AtomicType::Decimal)?;
            decimal_of_digits(*number, &number.to_string())
        }
        _ => None,
    };
    let large = || error("FOCA0001", format!("{} is too large for an xs:decimal", value.to_text()));
    found.ok_or_else(large)
}

/// A number without its fraction.
fn to_integer(value: &Atomic) -> Result<i128> {
    let number = match value {
        Atomic::Integer(number, _) => return Ok(*number),
        Atomic::Decimal(number) => return Ok(number.trunc().mantissa()),
        _ => double(value).unwrap_or(f64::NAN),
    };
    finite(number, AtomicType::Integer)?;
    integer_of_double(number).ok_or_else(|| {
        error("FOCA0003", format!("{} is too large for an xs:integer", value.to_text()))
    })
}

fn finite(number: f64, to: AtomicType) -> Result<()> {
    if number.is_finite() {
        return Ok(());
    }
    Err(error("FOCA0002", format!("{} can't be cast to {to}", Atomic::Double(number).to_text())))
}

/// The whole part of a double; none where it is no `xs:integer`.
pub(crate) fn integer_of_double(number: f64) -> Option<i128> {
    // In range, so that the conversion is exact.
    (number > -INTEGER_END && number < INTEGER_END).then_some(number.trunc() as i128)
}

/// An integer as a decimal; none where it has too many digits.
pub(crate) fn decimal_of_integer(number: i128) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(number, 0).ok()
}

/// A whole double as it is, another one by the digits that people see.
fn decimal_of_digits(number: f64, digits: &str) -> Option<Decimal> {
    if number.fract() == 0.0 {
        return decimal_of_integer(integer_of_double(number)?);
    }
    super::lexical::decimal(digits)?.ok()
}

/// The double nearest to a decimal.
pub(crate) fn double_of_decimal(number: Decimal) -> f64 {
    const EXACT_POWERS_END: u32 = 23;
    const EXACT_INTEGERS_END: u128 = 1 << 53;
    let (mantissa, scale) = (number.mantissa(), number.scale());
    // Both sides of this division are exact, so that it rounds once.
    if mantissa.unsigned_abs() <= EXACT_INTEGERS_END && scale < EXACT_POWERS_END {
        return mantissa as f64 / 10_f64.powi(i32::try_from(scale).unwrap_or_default());
    }
    number.to_string().parse().ok().or_else(|| number.to_f64()).unwrap_or(f64::NAN)
}

/// An integer as one of a type derived from `xs:integer`.
///
/// # Errors
///
/// `FORG0001` where it is out of the type's range.
pub(super) fn ranged(number: i128, kind: AtomicType) -> Result<Atomic> {
    let (least, greatest) = range(kind);
    if (least..=greatest).contains(&number) {
        return Ok(Atomic::Integer(number, kind));
    }
    Err(error("FORG0001", format!("{number} is out of the range of {kind}")))
}

/// The least and the greatest integer of a type.
fn range(kind: AtomicType) -> (i128, i128) {
    use AtomicType as T;
    match kind {
        T::NonPositiveInteger => (i128::MIN, 0),
        T::NegativeInteger => (i128::MIN, -1),
        T::Long => (i64::MIN.into(), i64::MAX.into()),
        T::Int => (i32::MIN.into(), i32::MAX.into()),
        T::Short => (i16::MIN.into(), i16::MAX.into()),
        T::Byte => (i8::MIN.into(), i8::MAX.into()),
        T::NonNegativeInteger => (0, i128::MAX),
        T::PositiveInteger => (1, i128::MAX),
        T::UnsignedLong => (0, u64::MAX.into()),
        T::UnsignedInt => (0, u32::MAX.into()),
        T::UnsignedShort => (0, u16::MAX.into()),
        T::UnsignedByte => (0, u8::MAX.into()),
        _ => (i128::MIN, i128::MAX),
    }
}
