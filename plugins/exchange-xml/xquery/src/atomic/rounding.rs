//! Rounding to a number of digits (XPath Functions 3.1, sections 4.4.4 and 4.4.5).
//!
//! Invariant: floats and doubles are rounded by their exact values, as if decimals had no limit.

use rust_decimal::Decimal;

use super::{Atomic, error};
use crate::error::Result;

/// Where a number in the middle of two goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ties {
    /// `fn:round`: to the greater one.
    Up,
    /// `fn:round-half-to-even`: to the one whose last digit is even.
    Even,
}

/// A number rounded to so many digits behind the point, before it where negative. What is no
/// number stays as it is.
///
/// # Errors
///
/// `FOAR0002` where the result is too large for its type.
pub(crate) fn round(value: &Atomic, precision: i128, ties: Ties) -> Result<Atomic> {
    let overflow = || error("FOAR0002", format!("{value} can't be rounded: it is too large"));
    Ok(match value {
        Atomic::Integer(number, _) => {
            Atomic::integer(integer(*number, precision, ties).ok_or_else(overflow)?)
        }
        Atomic::Decimal(number) => {
            Atomic::Decimal(decimal(*number, precision, ties).ok_or_else(overflow)?)
        }
        Atomic::Float(number) => {
            let text = floating(f64::from(*number), precision, ties);
            Atomic::Float(text.and_then(|text| text.parse().ok()).unwrap_or(*number))
        }
        Atomic::Double(number) => Atomic::Double(double(*number, precision, ties)),
        other => other.clone(),
    })
}

/// A double to the nearest whole number, halves to the greater one, as `fn:round` has it.
pub(crate) fn half_up(number: f64) -> f64 {
    if number.fract() == -0.5 { number.ceil() } else { number.round() }
}

/// A double rounded.
fn double(number: f64, precision: i128, ties: Ties) -> f64 {
    if precision == 0 {
        return match ties {
            Ties::Up => half_up(number),
            Ties::Even => number.round_ties_even(),
        };
    }
    let text = floating(number, precision, ties);
    text.and_then(|text| text.parse().ok()).unwrap_or(number)
}

fn integer(number: i128, precision: i128, ties: Ties) -> Option<i128> {
    if precision >= 0 {
        return Some(number);
    }
    let digits = u32::try_from(precision.unsigned_abs()).unwrap_or(u32::MAX);
    match 10_i128.checked_pow(digits) {
        Some(unit) => units(number, unit, ties).checked_mul(unit),
        // Not even half of such a unit is an integer here.
        None => Some(0),
    }
}

/// How many units a number is, rounded.
fn units(number: i128, unit: i128, ties: Ties) -> i128 {
    let (whole, rest) = (number.div_euclid(unit), number.rem_euclid(unit));
    let is_up = match rest.cmp(&(unit - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => ties == Ties::Up || whole % 2 != 0,
    };
    whole + i128::from(is_up)
}

fn decimal(number: Decimal, precision: i128, ties: Ties) -> Option<Decimal> {
    let cut = i128::from(number.scale()).saturating_sub(precision);
    if cut <= 0 {
        return Some(number);
    }
    let unit = u32::try_from(cut).ok().and_then(|cut| 10_i128.checked_pow(cut));
    let Some(unit) = unit else { return Some(Decimal::ZERO) };
    let units = units(number.mantissa(), unit, ties);
    match u32::try_from(precision) {
        Ok(scale) => Decimal::try_from_i128_with_scale(units, scale).ok(),
        Err(_) => {
            let digits = u32::try_from(precision.unsigned_abs()).ok()?;
            let power = 10_i128.checked_pow(digits)?;
            Decimal::try_from_i128_with_scale(units.checked_mul(power)?, 0).ok()
        }
    }
}

/// The digits of a rounded number; none where it stays as it is.
fn floating(number: f64, precision: i128, ties: Ties) -> Option<String> {
    /// Where the greatest double begins, in digits before the point.
    const DIGITS_MAX: i128 = 310;
    let fraction_digits = fraction_digits(number)?;
    if precision >= i128::try_from(fraction_digits).ok()? {
        return None;
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if precision < -DIGITS_MAX {
        return Some(format!("{sign}0"));
    }
    // All digits there are, so that nothing is rounded here yet.
    let exact = format!("{:.fraction_digits$}", number.abs());
    let (whole, fraction) = exact.split_once('.').unwrap_or((&exact, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|b| b - b'0').collect();
    let kept = i128::try_from(whole.len()).ok()? + precision;
    let up = match ties {
        Ties::Up => number > 0.0,
        Ties::Even => false,
    };
    let rounded = cut(&digits, kept, up, ties == Ties::Even);
    Some(format!("{sign}{rounded}e{}", -precision))
}

/// How many digits behind the point a finite double has exactly.
fn fraction_digits(number: f64) -> Option<usize> {
    if !number.is_finite() {
        return None;
    }
    let bits = number.to_bits();
    let exponent = i64::try_from(bits >> 52 & 0x7FF).ok()?.max(1) - 1075;
    let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
    let zeros = i64::from(mantissa.trailing_zeros());
    // Each binary digit behind the point takes a decimal one.
    usize::try_from(-(exponent + zeros)).ok().or(Some(0))
}

/// The first `kept` digits, the last of them rounded by the rest; a middle goes as `up` or, where
/// `even`, to the even digit.
fn cut(digits: &[u8], kept: i128, up: bool, even: bool) -> String {
    let count = usize::try_from(kept).unwrap_or(0).min(digits.len());
    let (before, after) = digits.split_at_checked(count).unwrap_or((digits, &[]));
    let first = if kept < 0 { 0 } else { after.first().copied().unwrap_or(0) };
    let has_rest = after.iter().skip(usize::from(kept >= 0)).any(|digit| *digit > 0);
    let last_is_odd = before.last().is_some_and(|digit| digit % 2 == 1);
    let is_up = match first {
        0..=4 => false,
        5 if !has_rest => {
            if even {
                last_is_odd
            } else {
                up
            }
        }
        _ => true,
    };
    let mut before = before.to_vec();
    let mut carry = u8::from(is_up);
    for digit in before.iter_mut().rev() {
        (carry, *digit) = if *digit + carry > 9 { (1, 0) } else { (0, *digit + carry) };
    }
    let text: String = before.iter().map(|digit| char::from(b'0' + digit)).collect();
    match (carry, text.as_str()) {
        (0, "") => "0".to_owned(),
        (0, _) => text,
        _ => format!("1{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atomic::{AtomicType, lexical::parse};

    #[test]
    fn numbers_are_rounded_by_their_exact_values() {
        use Ties::{Even, Up};
        for (kind, text, precision, ties, expected) in [
            ("integer", "125", -1, Up, "130"),
            ("integer", "-125", -1, Up, "-120"),
            ("integer", "125", -1, Even, "120"),
            ("integer", "5", -40, Up, "0"),
            ("decimal", "2.5", 0, Up, "3"),
            ("decimal", "-2.5", 0, Up, "-2"),
            ("decimal", "1.125", 2, Up, "1.13"),
            ("decimal", "150.015", 2, Even, "150.02"),
            ("decimal", "8452.5", -2, Up, "8500"),
            ("double", "35.425", 2, Up, "35.42"),
            ("double", "1.125", 2, Up, "1.13"),
            ("double", "-1.125", 2, Up, "-1.12"),
            ("double", "1.125", 2, Even, "1.12"),
            ("double", "12450.5", -2, Even, "12500"),
            ("double", "0.49999999999999994", 0, Up, "0"),
            ("double", "-0.5", 0, Up, "-0"),
            ("double", "2.5", 0, Even, "2"),
            ("double", "0.06", -1, Up, "0"),
            ("double", "6", -1, Up, "10"),
            ("double", "6", -2, Up, "0"),
            ("double", "1e300", -299, Up, "1.0E300"),
            ("double", "5e-324", 400, Up, "5.0E-324"),
            ("double", "5e-324", 1074, Up, "5.0E-324"),
            ("double", "5e-324", 300, Up, "0"),
            ("double", "INF", 2, Up, "INF"),
            ("float", "1.15", 1, Up, "1.1"),
        ] {
            let value = parse(text, AtomicType::named(kind).unwrap()).unwrap();
            let found = round(&value, precision, ties).unwrap().to_string();
            assert_eq!(found, expected, "{kind} {text} {precision} {ties:?}");
        }
    }
}
