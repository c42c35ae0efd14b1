//! Durations: as texts (XML Schema 1.1 part 2, sections 3.3.6, 3.4.26 and 3.4.27), and arithmetic
//! (XPath Functions 3.1, section 8.4).
//!
//! Invariant: months and nanoseconds are exact; products and quotients are rounded to the nearest,
//! halves up.

use rust_decimal::Decimal;

use super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::{Atomic, AtomicType, Duration, date_time, error, lexical, number};
use crate::error::{Error, Result};

impl Duration {
    /// So many minutes, as a timezone is offset from UTC.
    pub(crate) fn of_minutes(minutes: i16) -> Self {
        Self { months: 0, nanoseconds: i128::from(minutes) * MINUTE }
    }
}

/// A text, already trimmed, as a type.
pub(super) fn parse(text: &str, kind: AtomicType) -> Result<Atomic> {
    let malformed = || lexical::malformed(text, kind);
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let rest = rest.strip_prefix('P').ok_or_else(malformed)?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (rest, None),
    };
    let is_complete = !rest.is_empty() && time != Some("");
    let (date_units, time_units) = units(kind);
    let mut sum = Duration::default();
    let date_fits = add_parts(date, date_units, &mut sum)?;
    let time_fits = add_parts(time.unwrap_or_default(), time_units, &mut sum)?;
    if !(is_complete && date_fits && time_fits) {
        return Err(malformed());
    }
    if is_negative {
        sum = Duration { months: -sum.months, nanoseconds: -sum.nanoseconds };
    }
    Ok(Atomic::Duration(sum, kind))
}

/// What a letter counts.
#[derive(Clone, Copy)]
enum Unit {
    Months(i64),
    Nanoseconds(i128),
}

/// The letters before and behind the `T`, in order.
type Units = (&'static [(char, Unit)], &'static [(char, Unit)]);

fn units(kind: AtomicType) -> Units {
    use Unit::{Months, Nanoseconds};
    const TIME: &[(char, Unit)] =
        &[('H', Nanoseconds(HOUR)), ('M', Nanoseconds(MINUTE)), ('S', Nanoseconds(SECOND))];
    match kind {
        AtomicType::YearMonthDuration => (&[('Y', Months(12)), ('M', Months(1))], &[]),
        AtomicType::DayTimeDuration => (&[('D', Nanoseconds(DAY))], TIME),
        _ => (&[('Y', Months(12)), ('M', Months(1)), ('D', Nanoseconds(DAY))], TIME),
    }
}

/// Adds numbers with letters in the order of `units`; whether the text was well-formed.
fn add_parts(text: &str, units: &[(char, Unit)], sum: &mut Duration) -> Result<bool> {
    let mut units = units.iter();
    let mut rest = text;
    while !rest.is_empty() {
        let Some((part, letter, after)) = split_part(rest) else { return Ok(false) };
        let Some((_, unit)) = units.find(|unit| unit.0 == letter) else { return Ok(false) };
        let (whole, fraction) = part.split_once('.').map_or((part, None), |(w, f)| (w, Some(f)));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let fits = is_number(whole) && fraction.is_none_or(|f| letter == 'S' && is_number(f));
        if !fits {
            return Ok(false);
        }
        add_part(whole, fraction, *unit, sum).ok_or_else(overflow)?;
        rest = after;
    }
    Ok(true)
}

fn split_part(text: &str) -> Option<(&str, char, &str)> {
    let end = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (part, rest) = text.split_at_checked(end)?;
    let letter = rest.chars().next()?;
    Some((part, letter, rest.strip_prefix(letter)?))
}

fn add_part(whole: &str, fraction: Option<&str>, unit: Unit, sum: &mut Duration) -> Option<()> {
    match unit {
        Unit::Months(months) => {
            let more = whole.parse::<i64>().ok()?.checked_mul(months)?;
            sum.months = sum.months.checked_add(more)?;
        }
        Unit::Nanoseconds(nanoseconds) => {
            let more = whole.parse::<i128>().ok()?.checked_mul(nanoseconds)?;
            let rest = fraction.and_then(date_time::nanoseconds).unwrap_or(0);
            sum.nanoseconds = sum.nanoseconds.checked_add(more)?.checked_add(rest.into())?;
        }
    }
    Some(())
}

/// The error of a duration that is out of range.
pub(super) fn overflow() -> Error {
    error("FODT0002", "a duration is larger than can be had".to_owned())
}

/// A value as a text.
pub(super) fn print(value: Duration, kind: AtomicType) -> String {
    if value == Duration::default() {
        return if kind == AtomicType::YearMonthDuration { "P0M" } else { "PT0S" }.to_owned();
    }
    let mut text = String::with_capacity(16);
    if value.months < 0 || value.nanoseconds < 0 {
        text.push('-');
    }
    text.push('P');
    let months = value.months.unsigned_abs();
    push_part(&mut text, (months / 12).into(), 'Y');
    push_part(&mut text, (months % 12).into(), 'M');
    let unit = |size: i128| size.unsigned_abs();
    let nanoseconds = value.nanoseconds.unsigned_abs();
    push_part(&mut text, nanoseconds / unit(DAY), 'D');
    let time = nanoseconds % unit(DAY);
    if time > 0 {
        text.push('T');
        push_part(&mut text, time / unit(HOUR), 'H');
        push_part(&mut text, time / unit(MINUTE) % 60, 'M');
    }
    let seconds = time % unit(MINUTE);
    if seconds > 0 {
        text.push_str(&(seconds / unit(SECOND)).to_string());
        let rest = u32::try_from(seconds % unit(SECOND)).unwrap_or_default();
        date_time::print_fraction(&mut text, rest);
        text.push('S');
    }
    text
}

/// A number with its letter; nothing for none.
fn push_part(text: &mut String, number: u128, letter: char) {
    if number > 0 {
        text.push_str(&number.to_string());
        text.push(letter);
    }
}

/// The sum of two durations.
pub(super) fn add(left: Duration, right: Duration) -> Result<Duration> {
    let sum = || {
        Some(Duration {
            months: left.months.checked_add(right.months)?,
            nanoseconds: left.nanoseconds.checked_add(right.nanoseconds)?,
        })
    };
    sum().ok_or_else(overflow)
}

/// The opposite duration.
pub(super) fn negate(value: Duration) -> Result<Duration> {
    let opposite = || {
        Some(Duration {
            months: value.months.checked_neg()?,
            nanoseconds: value.nanoseconds.checked_neg()?,
        })
    };
    opposite().ok_or_else(overflow)
}

/// A duration times a number, or divided by it. One of the two parts of the duration is zero.
pub(super) fn scale(value: Duration, by: &Atomic, divide: bool) -> Result<Duration> {
    Ok(Duration {
        months: i64::try_from(scale_units(value.months.into(), by, divide)?)
            .map_err(|_| overflow())?,
        nanoseconds: scale_units(value.nanoseconds, by, divide)?,
    })
}

fn scale_units(units: i128, by: &Atomic, divide: bool) -> Result<i128> {
    let factor = number::double(by).unwrap_or(f64::NAN);
    if factor.is_nan() {
        let verb = if divide { "divided" } else { "multiplied" };
        return Err(error("FOCA0005", format!("a duration can't be {verb} by NaN")));
    }
    if divide && factor.is_infinite() {
        return Ok(0);
    }
    if factor.is_infinite() || (divide && factor == 0.0) {
        return Err(overflow());
    }
    // Decimal digits give the result that people expect of `2.34`.
    let exact = number::convert(by, AtomicType::Decimal).ok().and_then(|decimal| match decimal {
        Atomic::Decimal(decimal) if !(divide && decimal.is_zero()) => {
            scale_exactly(units, decimal.normalize(), divide)
        }
        _ => None,
    });
    let rounded = || {
        let scaled = if divide { units as f64 / factor } else { units as f64 * factor };
        number::integer_of_double((scaled + 0.5).floor())
    };
    exact.or_else(rounded).ok_or_else(overflow)
}

fn scale_exactly(units: i128, by: Decimal, divide: bool) -> Option<i128> {
    let power = 10_i128.checked_pow(by.scale())?;
    let (factor, divisor) = if divide { (power, by.mantissa()) } else { (by.mantissa(), power) };
    let twice = units.checked_mul(factor)?.checked_mul(2)?;
    // The nearest, halves up, is the floor of the value and a half.
    let numerator = twice.checked_add(divisor)?;
    let denominator = divisor.checked_mul(2)?;
    let (numerator, denominator) = if denominator < 0 {
        (numerator.checked_neg()?, denominator.checked_neg()?)
    } else {
        (numerator, denominator)
    };
    Some(numerator.div_euclid(denominator))
}
