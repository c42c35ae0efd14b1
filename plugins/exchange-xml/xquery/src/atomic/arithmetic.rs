//! Arithmetic (XQuery 3.1, section 3.5; XPath Functions 3.1, sections 4.2, 8.4 and 9.7).
//!
//! Invariant: an operation that leaves a type's range is an error, but for floats and doubles,
//! which become infinite.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::number::{self, Pair};
use super::{Atomic, AtomicType, DateTime, Duration, calendar, duration, error};
use crate::error::{Error, Result};
use crate::expression::Arithmetic;

/// `left operator right`. Untyped values are numbers already.
///
/// # Errors
///
/// `XPTY0004` for types that the operator does not take, `FOAR0001` for a division by zero,
/// `FOAR0002`, `FODT0001`, `FODT0002` for an overflow.
#[inline]
pub(crate) fn arithmetic(
    operator: Arithmetic,
    left: &Atomic,
    right: &Atomic,
    implicit_timezone_minutes: i16,
) -> Result<Atomic> {
    match number::pair(left, right) {
        Some(pair) => match pair? {
            Pair::Integer(left, right) => integers(operator, left, right),
            Pair::Decimal(left, right) => decimals(operator, left, right),
            Pair::Float(left, right) => floats(operator, left, right),
            Pair::Double(left, right) => doubles(operator, left, right),
        },
        None => times(operator, left, right, implicit_timezone_minutes),
    }
}

/// Unary minus.
///
/// # Errors
///
/// `XPTY0004` for what is no number, `FOAR0002` for an overflow.
pub(crate) fn negate(value: &Atomic) -> Result<Atomic> {
    Ok(match value {
        Atomic::Integer(number, _) => Atomic::integer(number.checked_neg().ok_or_else(overflow)?),
        Atomic::Decimal(number) => Atomic::Decimal(-number),
        Atomic::Float(number) => Atomic::Float(-number),
        Atomic::Double(number) => Atomic::Double(-number),
        _ => {
            let message = format!("unary minus takes a number, not a {}", value.type_of());
            return Err(error("XPTY0004", message));
        }
    })
}

fn overflow() -> Error {
    error("FOAR0002", "the result is out of range".to_owned())
}

fn division_by_zero() -> Error {
    error("FOAR0001", "division by zero".to_owned())
}

fn integers(operator: Arithmetic, left: i128, right: i128) -> Result<Atomic> {
    let result = match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide => return divide_integers(left, right),
        _ if right == 0 => return Err(division_by_zero()),
        Arithmetic::IntegerDivide => left.checked_div(right),
        // It overflows for -1 alone, which leaves no remainder.
        Arithmetic::Modulo => Some(left.checked_rem(right).unwrap_or(0)),
    };
    result.map(Atomic::integer).ok_or_else(overflow)
}

fn divide_integers(left: i128, right: i128) -> Result<Atomic> {
    if right == 0 {
        return Err(division_by_zero());
    }
    let whole = left.checked_rem(right).unwrap_or(0) == 0;
    let quotient = left.checked_div(right).filter(|_| whole).and_then(number::decimal_of_integer);
    if let Some(quotient) = quotient {
        return Ok(Atomic::Decimal(quotient));
    }
    let decimal = |integer| number::decimal_of_integer(integer).ok_or_else(overflow);
    decimals(Arithmetic::Divide, decimal(left)?, decimal(right)?)
}

fn decimals(operator: Arithmetic, left: Decimal, right: Decimal) -> Result<Atomic> {
    let result = match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        _ if right.is_zero() => return Err(division_by_zero()),
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Modulo => left.checked_rem(right),
        Arithmetic::IntegerDivide => {
            return quotient(left, right).map(Atomic::integer).ok_or_else(overflow);
        }
    };
    result.map(Atomic::Decimal).ok_or_else(overflow)
}

/// The quotient without its fraction, never rounded up to a whole.
fn quotient(left: Decimal, right: Decimal) -> Option<i128> {
    let units = |number: Decimal, scale: u32| {
        let power = 10_i128.checked_pow(scale.checked_sub(number.scale())?)?;
        number.mantissa().checked_mul(power)
    };
    let (left, right) = (left.normalize(), right.normalize());
    let scale = left.scale().max(right.scale());
    if let (Some(left), Some(right)) = (units(left, scale), units(right, scale)) {
        return left.checked_div(right);
    }
    let divisible = left.checked_sub(left.checked_rem(right)?)?;
    divisible.checked_div(right)?.round().to_i128()
}

fn floats(operator: Arithmetic, left: f32, right: f32) -> Result<Atomic> {
    Ok(Atomic::Float(match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Modulo => left % right,
        Arithmetic::IntegerDivide => {
            let quotient = f64::from(left / right);
            return integer_quotient(f64::from(left), f64::from(right), quotient);
        }
    }))
}

fn doubles(operator: Arithmetic, left: f64, right: f64) -> Result<Atomic> {
    Ok(Atomic::Double(match operator {
        Arithmetic::Add => left + right,
        Arithmetic::Subtract => left - right,
        Arithmetic::Multiply => left * right,
        Arithmetic::Divide => left / right,
        Arithmetic::Modulo => left % right,
        Arithmetic::IntegerDivide => return integer_quotient(left, right, left / right),
    }))
}

fn integer_quotient(left: f64, right: f64, quotient: f64) -> Result<Atomic> {
    if right == 0.0 {
        return Err(division_by_zero());
    }
    if left.is_nan() || right.is_nan() || left.is_infinite() {
        let (left, right) = (Atomic::Double(left), Atomic::Double(right));
        return Err(error("FOAR0002", format!("{left} idiv {right} is no integer")));
    }
    number::integer_of_double(quotient).map(Atomic::integer).ok_or_else(overflow)
}

/// Arithmetic with durations, dates and times.
fn times(
    operator: Arithmetic,
    left: &Atomic,
    right: &Atomic,
    implicit_timezone_minutes: i16,
) -> Result<Atomic> {
    use Arithmetic as O;
    use Atomic as A;
    let result = match (operator, left, right) {
        (O::Add, A::DateTime(moment, kind), A::Duration(by, of))
        | (O::Add, A::Duration(by, of), A::DateTime(moment, kind)) => {
            shift(moment, *kind, *by, *of)
        }
        (O::Subtract, A::DateTime(moment, kind), A::Duration(by, of)) => {
            shift(moment, *kind, duration::negate(*by)?, *of)
        }
        (O::Subtract, A::DateTime(left, kind), A::DateTime(right, other))
            if kind.primitive() == other.primitive() =>
        {
            difference(left, right, *kind, implicit_timezone_minutes)
        }
        (_, A::Duration(left, kind), A::Duration(right, other))
            if kind == other && *kind != AtomicType::Duration =>
        {
            durations(operator, *left, *right, *kind)
        }
        (O::Multiply | O::Divide, A::Duration(value, kind), by)
        | (O::Multiply, by, A::Duration(value, kind))
            if *kind != AtomicType::Duration && by.type_of().is_numeric() =>
        {
            let scaled = duration::scale(*value, by, operator == O::Divide)?;
            Some(Ok(Atomic::Duration(scaled, *kind)))
        }
        _ => None,
    };
    result.unwrap_or_else(|| Err(refused(operator, left, right)))
}

fn refused(operator: Arithmetic, left: &Atomic, right: &Atomic) -> Error {
    let name = match operator {
        Arithmetic::Add => "+",
        Arithmetic::Subtract => "-",
        Arithmetic::Multiply => "*",
        Arithmetic::Divide => "div",
        Arithmetic::IntegerDivide => "idiv",
        Arithmetic::Modulo => "mod",
    };
    let (left, right) = (left.type_of(), right.type_of());
    error("XPTY0004", format!("{name} does not take {left} and {right}"))
}

/// A date or a time moved by a duration; none where their types do not go together.
fn shift(
    moment: &DateTime,
    kind: AtomicType,
    by: Duration,
    of: AtomicType,
) -> Option<Result<Atomic>> {
    let moved = match (kind.primitive(), of) {
        (AtomicType::DateTime | AtomicType::Date, AtomicType::YearMonthDuration) => {
            calendar::add_months(moment, by.months)
        }
        (AtomicType::DateTime | AtomicType::Date, AtomicType::DayTimeDuration) => {
            calendar::add(moment, by.nanoseconds)
        }
        (AtomicType::Time, AtomicType::DayTimeDuration) => {
            calendar::add(moment, by.nanoseconds % calendar::DAY)
        }
        _ => return None,
    };
    let kind = kind.primitive();
    Some(moved.map(|moved| Atomic::DateTime(Box::new(calendar::only(&moved, kind)), kind)))
}

fn difference(
    left: &DateTime,
    right: &DateTime,
    kind: AtomicType,
    implicit_timezone_minutes: i16,
) -> Option<Result<Atomic>> {
    use AtomicType as T;
    if !matches!(kind.primitive(), T::DateTime | T::Date | T::Time) {
        return None;
    }
    let instant = |moment| calendar::instant(moment, implicit_timezone_minutes);
    let nanoseconds = instant(left).checked_sub(instant(right)).ok_or_else(duration::overflow);
    let between = |nanoseconds| Duration { months: 0, nanoseconds };
    Some(nanoseconds.map(|between_ns| Atomic::Duration(between(between_ns), T::DayTimeDuration)))
}

/// Two durations of the same kind.
fn durations(
    operator: Arithmetic,
    left: Duration,
    right: Duration,
    kind: AtomicType,
) -> Option<Result<Atomic>> {
    let duration = |result: Result<Duration>| result.map(|sum| Atomic::Duration(sum, kind));
    Some(match operator {
        Arithmetic::Add => duration(duration::add(left, right)),
        Arithmetic::Subtract => {
            duration(duration::negate(right).and_then(|right| duration::add(left, right)))
        }
        Arithmetic::Divide => {
            // One part of each is zero.
            let units = |value: Duration| i128::from(value.months) + value.nanoseconds;
            divide_integers(units(left), units(right))
        }
        _ => return None,
    })
}
