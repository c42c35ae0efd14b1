//! Numeric literals: exact ones as Java writes integers, approximate ones as it writes
//! floating-point numbers (JMS 3.1, section 3.8.1.1; Java SE, sections 3.10.1 and 3.10.2).
//!
//! An integer has 64 bits whether or not it ends with `L`; a literal that ends with `F` is rounded
//! to a float, as a float property's value is.

use super::{hexadecimal_float, not_a_number};
use crate::error::{Fault, quoted};
use crate::identifier::is_part;
use crate::token::Number;

/// Bytes of the literal that the text begins with: all that could belong to a number, so that
/// `12ab` is one wrong number and no number with a word behind it.
pub(super) fn length(text: &str) -> usize {
    let is_hexadecimal = hexadecimal(text).is_some();
    let mut previous = '\0';
    for (at, character) in text.char_indices() {
        let exponent = match is_hexadecimal {
            true => matches!(previous, 'p' | 'P'),
            false => matches!(previous, 'e' | 'E'),
        };
        let is_sign = exponent && matches!(character, '+' | '-');
        if !is_sign && !is_part(character) {
            return at;
        }
        previous = character;
    }
    text.len()
}

/// Reads a whole literal.
pub(super) fn read(literal: &str) -> Result<Number, Fault> {
    if let Some(digits) = hexadecimal(literal) {
        if digits.contains(['p', 'P']) {
            return hexadecimal_float::read(literal, digits).map(Number::Double);
        }
        return bits(literal, digits, 16);
    }
    if let Some(digits) = literal.strip_prefix("0b").or_else(|| literal.strip_prefix("0B")) {
        return bits(literal, digits, 2);
    }
    if literal.contains(['.', 'e', 'E', 'f', 'F', 'd', 'D']) {
        return decimal_float(literal).map(Number::Double);
    }
    match literal.trim_end_matches(['l', 'L']) {
        digits if digits.len() > 1 && digits.starts_with('0') => bits(literal, literal, 8),
        _ => decimal(literal),
    }
}

fn hexadecimal(literal: &str) -> Option<&str> {
    literal.strip_prefix("0x").or_else(|| literal.strip_prefix("0X"))
}

fn bits(literal: &str, digits: &str, radix: u32) -> Result<Number, Fault> {
    let digits = digits.strip_suffix(['l', 'L']).unwrap_or(digits);
    let digits = without_underscores(digits, radix).ok_or_else(|| not_a_number(literal))?;
    match u64::from_str_radix(&digits, radix) {
        Ok(number) => Ok(Number::Bits(number.cast_signed())),
        Err(_) => Err(Fault::IntegerOutOfRange { found: quoted(literal) }),
    }
}

fn decimal(literal: &str) -> Result<Number, Fault> {
    let digits = literal.strip_suffix(['l', 'L']).unwrap_or(literal);
    let digits = without_underscores(digits, 10).ok_or_else(|| not_a_number(literal))?;
    match digits.parse::<u64>() {
        Ok(number) if number <= i64::MIN.unsigned_abs() => Ok(Number::Decimal(number)),
        _ => Err(Fault::IntegerOutOfRange { found: quoted(literal) }),
    }
}

fn decimal_float(literal: &str) -> Result<f64, Fault> {
    let (number, is_float) = suffix(literal);
    let text = float_text(number).ok_or_else(|| not_a_number(literal))?;
    let is_zero = !number.split(['e', 'E']).next().unwrap_or("").contains(|c| c > '0' && c <= '9');
    let read = match is_float {
        true => text.parse::<f32>().map(f64::from),
        false => text.parse::<f64>(),
    };
    match read {
        Ok(number) if number.is_finite() && (number != 0.0 || is_zero) => Ok(number),
        Ok(_) => Err(Fault::FloatOutOfRange { found: quoted(literal) }),
        Err(_) => Err(not_a_number(literal)),
    }
}

/// The literal without `F` or `D`, and whether it is a float's.
pub(super) fn suffix(literal: &str) -> (&str, bool) {
    match literal.strip_suffix(['f', 'F']) {
        Some(number) => (number, true),
        None => (literal.strip_suffix(['d', 'D']).unwrap_or(literal), false),
    }
}

/// A floating-point number as Rust reads it; none where Java would not.
fn float_text(number: &str) -> Option<String> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let part = |digits: &str| match digits {
        "" => Some("0".to_owned()),
        _ => without_underscores(digits, 10),
    };
    let mut text = format!("{}.{}", part(whole)?, part(fraction)?);
    if let Some(exponent) = exponent {
        let (sign, digits) = split_sign(exponent);
        text.push_str(&format!("e{sign}{}", without_underscores(digits, 10)?));
    }
    Some(text)
}

/// The sign of an exponent, if it has one, and its digits.
pub(super) fn split_sign(exponent: &str) -> (&str, &str) {
    match exponent.starts_with(['+', '-']) {
        true => exponent.split_at_checked(1).unwrap_or(("", exponent)),
        false => ("", exponent),
    }
}

/// Digits of a radix; underscores stand between digits alone.
pub(super) fn without_underscores(digits: &str, radix: u32) -> Option<String> {
    let is_sound = !digits.is_empty()
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && digits.chars().all(|c| c == '_' || c.is_digit(radix));
    is_sound.then(|| digits.replace('_', ""))
}
