//! Hexadecimal floating-point literals such as `0x1.8p3` (Java SE, section 3.10.2): a mantissa of
//! hexadecimal digits times two to the power of a decimal exponent.

use super::not_a_number;
use super::number::{split_sign, suffix, without_underscores};
use crate::error::{Fault, quoted};

/// Hexadecimal digits that are counted one by one; a double keeps fewer than fourteen of them.
const DIGITS_KEPT: u32 = 28;

/// Reads what stands behind `0x` and has a `p` in it.
pub(super) fn read(literal: &str, digits: &str) -> Result<f64, Fault> {
    let (number, is_float) = suffix(digits);
    let (mantissa, exponent) = parts(number).ok_or_else(|| not_a_number(literal))?;
    let (whole, fraction) = mantissa;
    let (bits, scale) = accumulate(&whole, &fraction);
    let value = scaled(bits, exponent.saturating_add(scale));
    #[allow(clippy::cast_possible_truncation, reason = "a float is what was asked for")]
    let value = if is_float { f64::from(value as f32) } else { value };
    if value.is_finite() && (value != 0.0 || bits == 0) {
        Ok(value)
    } else {
        Err(Fault::FloatOutOfRange { found: quoted(literal) })
    }
}

type Mantissa = (String, String);

/// The digits before and behind the point, and the exponent.
fn parts(number: &str) -> Option<(Mantissa, i64)> {
    let (mantissa, exponent) = number.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let part = |digits: &str| match digits {
        "" => Some(String::new()),
        _ => without_underscores(digits, 16),
    };
    let (sign, digits) = split_sign(exponent);
    let digits = without_underscores(digits, 10)?;
    // An exponent past all numbers stays past them.
    let magnitude = digits.parse::<i64>().unwrap_or(i64::from(i32::MAX)).min(i32::MAX.into());
    let exponent = if sign == "-" { -magnitude } else { magnitude };
    Some(((part(whole)?, part(fraction)?), exponent))
}

/// The digits as an integer, and what its exponent is more or less for that. Digits past those that
/// a double keeps only tell whether there is a remainder.
fn accumulate(whole: &str, fraction: &str) -> (u128, i64) {
    let (mut bits, mut scale, mut kept) = (0_u128, 0_i64, 0);
    let whole = whole.chars().map(|c| (c, 0));
    for (character, behind_point) in whole.chain(fraction.chars().map(|c| (c, 4))) {
        let digit = u128::from(character.to_digit(16).unwrap_or(0));
        if kept < DIGITS_KEPT {
            bits = bits << 4 | digit;
            kept += u32::from(bits != 0);
            scale -= behind_point;
        } else {
            bits |= u128::from(digit != 0);
            scale += 4 - behind_point;
        }
    }
    (bits, scale)
}

/// `bits` times two to the power of `exponent`, in steps that don't leave a double's range before
/// the result does.
fn scaled(bits: u128, exponent: i64) -> f64 {
    const STEP: i64 = 512;
    // Further than this, everything is zero or infinite.
    let mut exponent = exponent.clamp(-4 * STEP, 4 * STEP);
    #[allow(clippy::cast_precision_loss, reason = "rounding to the nearest double is the purpose")]
    let mut value = bits as f64;
    while exponent != 0 {
        let step = exponent.clamp(-STEP, STEP);
        value *= 2_f64.powi(i32::try_from(step).unwrap_or(0));
        exponent -= step;
    }
    value
}
