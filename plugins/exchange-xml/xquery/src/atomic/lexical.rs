//! Strings to values: the lexical forms of XML Schema 1.1, part 2, section 3.

use rust_decimal::Decimal;

use super::{Atomic, AtomicType, binary, date_time, duration, error, number, quoted};
use crate::characters::{collapse, is_name, is_ncname, is_nmtoken, is_space};
use crate::error::{Error, Result};

/// The greatest number of units that a decimal has: 96 bits.
const DECIMAL_UNITS_MAX: i128 = (1 << 96) - 1;
/// Digits behind the point that a decimal has at most.
const DECIMAL_SCALE_MAX: u32 = 28;

/// The value of a text as a type; whitespace is handled as the type says. `xs:QName` and
/// `xs:NOTATION` need namespaces and are refused.
///
/// # Errors
///
/// `FORG0001`, or `FOAR0002` and its kin for what is out of range.
pub(crate) fn parse(text: &str, to: AtomicType) -> Result<Atomic> {
    use AtomicType as T;
    let trimmed = trim(text);
    let value = match to.primitive() {
        T::AnyAtomic | T::UntypedAtomic => return Ok(Atomic::Untyped(text.into())),
        T::String => return string(text, to),
        T::AnyUri => Some(Atomic::AnyUri(collapse(text).into())),
        T::Boolean => boolean(trimmed).map(Atomic::Boolean),
        T::Decimal => match decimal(trimmed) {
            Some(number) => Some(Atomic::Decimal(number?)),
            None => None,
        },
        T::Integer => match integer(trimmed) {
            Some(number) => Some(number::ranged(number?, to)?),
            None => None,
        },
        T::Float => parse_float(trimmed).map(Atomic::Float),
        T::Double => parse_double(trimmed).map(Atomic::Double),
        T::Duration | T::YearMonthDuration | T::DayTimeDuration => {
            return duration::parse(trimmed, to);
        }
        T::HexBinary => binary::parse_hex(trimmed).map(|bytes| Atomic::HexBinary(bytes.into())),
        T::Base64Binary => {
            binary::parse_base64(trimmed).map(|bytes| Atomic::Base64Binary(bytes.into()))
        }
        T::QName | T::Notation => {
            let message = format!("a text can't be cast to {to} without namespaces");
            return Err(error("XPTY0004", message));
        }
        _ => return date_time::parse(trimmed, to),
    };
    value.ok_or_else(|| malformed(text, to))
}

/// The error of a text that is not in a type's lexical space.
pub(super) fn malformed(text: &str, to: AtomicType) -> Error {
    error("FORG0001", format!("{} is no {to}", quoted(text)))
}

/// The double of an untyped value, without allocating: the way of comparisons with numbers.
#[inline]
#[must_use]
pub fn parse_double(text: &str) -> Option<f64> {
    let text = trim(text);
    if is_number_like(text) { text.parse().ok() } else { special(text) }
}

fn parse_float(text: &str) -> Option<f32> {
    if is_number_like(text) {
        return text.parse().ok();
    }
    special(text).map(|number| number as f32)
}

/// Whether it begins as a number with digits does: what remains then is the same in XML Schema
/// and in Rust.
#[inline]
fn is_number_like(text: &str) -> bool {
    matches!(text.as_bytes(), [b'0'..=b'9' | b'.', ..] | [b'+' | b'-', b'0'..=b'9' | b'.', ..])
}

fn special(text: &str) -> Option<f64> {
    match text {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => None,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// An integer: none where it is malformed, an error where it is too large.
fn integer(text: &str) -> Option<Result<i128>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let large = |_| error("FOCA0003", format!("{} is too large an xs:integer", quoted(text)));
    Some(text.parse().map_err(large))
}

/// A decimal, rounded to the digits it can have: none where it is malformed, an error where it is
/// too large.
pub(super) fn decimal(text: &str) -> Option<Result<Decimal>> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    if all().next().is_none() || !all().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let large = || error("FOCA0001", format!("{} is too large an xs:decimal", quoted(text)));
    let found = units(whole, fraction).and_then(|(units, scale)| {
        let units = if text.starts_with('-') { -units } else { units };
        Decimal::try_from_i128_with_scale(units, scale).ok()
    });
    Some(found.ok_or_else(large))
}

/// Digits as units of 10 to the power of minus a scale.
fn units(whole: &str, fraction: &str) -> Option<(i128, u32)> {
    let push = |units: i128, digit: u8| {
        let next = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        (next <= DECIMAL_UNITS_MAX).then_some(next)
    };
    let mut units = whole.bytes().try_fold(0, push)?;
    let mut scale = 0;
    for digit in fraction.trim_end_matches('0').bytes() {
        match push(units, digit).filter(|_| scale < DECIMAL_SCALE_MAX) {
            Some(next) => (units, scale) = (next, scale + 1),
            None => {
                let rounds_up = digit >= b'5' && units < DECIMAL_UNITS_MAX;
                units += i128::from(rounds_up);
                break;
            }
        }
    }
    Some((units, scale))
}

/// A value of `xs:string` or a type derived from it.
fn string(text: &str, to: AtomicType) -> Result<Atomic> {
    use AtomicType as T;
    let normal = match to {
        T::String => return Ok(Atomic::string(text)),
        T::NormalizedString => text.replace(['\t', '\n', '\r'], " "),
        _ => collapse(text),
    };
    let fits = match to {
        T::Language => is_language(&normal),
        T::Nmtoken => is_nmtoken(&normal),
        T::Name => is_name(&normal),
        T::NcName | T::Id | T::Idref | T::Entity => is_ncname(&normal),
        _ => true,
    };
    if fits { Ok(Atomic::String(normal.into(), to)) } else { Err(malformed(text, to)) }
}

fn is_language(text: &str) -> bool {
    text.split('-').enumerate().all(|(index, part)| {
        let fits = |b: u8| b.is_ascii_alphabetic() || (index > 0 && b.is_ascii_digit());
        (1..=8).contains(&part.len()) && part.bytes().all(fits)
    })
}

/// Without whitespace of XML at both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    let is_inked = |byte: Option<&u8>| byte.is_some_and(|byte| *byte > b' ');
    let bytes = text.as_bytes();
    // Most texts have none, which two bytes tell.
    if is_inked(bytes.first()) && is_inked(bytes.last()) {
        return text;
    }
    text.trim_matches(is_space)
}
