//! Functions on numbers, and the mathematical ones (XPath Functions 3.1, sections 4.3, 4.4 and
//! 4.8).
//!
//! Invariant: a result is of the number's own type, but `xs:integer` for what derives from it.

use rust_decimal::Decimal;

use super::{Call, Row, argument};
use crate::atomic::cast::cast;
use crate::atomic::rounding::{Ties, round as rounded};
use crate::atomic::{Atomic, AtomicType, number as numbers};
use crate::error::Result;
use crate::evaluate::atomize_item;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:abs($arg as xs:numeric?) as xs:numeric?", body: abs },
    Row {
        signature: "fn:ceiling($arg as xs:numeric?) as xs:numeric?",
        body: |call, arguments| whole(call, arguments, Decimal::ceil, f32::ceil, f64::ceil),
    },
    Row {
        signature: "fn:floor($arg as xs:numeric?) as xs:numeric?",
        body: |call, arguments| whole(call, arguments, Decimal::floor, f32::floor, f64::floor),
    },
    Row { signature: "fn:round($arg as xs:numeric?) as xs:numeric?", body: round },
    Row {
        signature: "fn:round($arg as xs:numeric?, $precision as xs:integer) as xs:numeric?",
        body: round,
    },
    Row {
        signature: "fn:round-half-to-even($arg as xs:numeric?) as xs:numeric?",
        body: round_half_to_even,
    },
    Row {
        signature: "fn:round-half-to-even($arg as xs:numeric?, $precision as xs:integer) \
                    as xs:numeric?",
        body: round_half_to_even,
    },
    Row { signature: "fn:number() as xs:double", body: number_of_context },
    Row { signature: "fn:number($arg as xs:anyAtomicType?) as xs:double", body: number },
    Row {
        signature: "math:pi() as xs:double",
        body: |_, _| Ok(Atomic::Double(std::f64::consts::PI).into()),
    },
    Row {
        signature: "math:exp($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::exp),
    },
    Row {
        signature: "math:exp10($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, |number| 10_f64.powf(number)),
    },
    Row {
        signature: "math:log($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::ln),
    },
    Row {
        signature: "math:log10($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::log10),
    },
    Row { signature: "math:pow($x as xs:double?, $y as xs:numeric) as xs:double?", body: pow },
    Row {
        signature: "math:sqrt($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::sqrt),
    },
    Row {
        signature: "math:sin($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::sin),
    },
    Row {
        signature: "math:cos($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::cos),
    },
    Row {
        signature: "math:tan($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::tan),
    },
    Row {
        signature: "math:asin($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::asin),
    },
    Row {
        signature: "math:acos($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::acos),
    },
    Row {
        signature: "math:atan($arg as xs:double?) as xs:double?",
        body: |call, arguments| math(call, arguments, f64::atan),
    },
    Row { signature: "math:atan2($y as xs:double, $x as xs:double) as xs:double", body: atan2 },
];

fn abs<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(value) = call.optional_atomic(arguments, 0)? else { return Ok(Sequence::Empty) };
    let overflow = || call.error("FOAR0002", format!("{value} has no absolute value in range"));
    Ok(match value {
        Atomic::Integer(number, _) => {
            Atomic::integer(number.checked_abs().ok_or_else(overflow)?).into()
        }
        Atomic::Decimal(number) => Atomic::Decimal(number.abs()).into(),
        Atomic::Float(number) => Atomic::Float(number.abs()).into(),
        Atomic::Double(number) => Atomic::Double(number.abs()).into(),
        other => other.clone().into(),
    })
}

/// A whole number near another: `fn:ceiling`, `fn:floor`.
fn whole<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    decimal: impl FnOnce(&Decimal) -> Decimal,
    float: impl FnOnce(f32) -> f32,
    double: impl FnOnce(f64) -> f64,
) -> Result<Sequence<'a>> {
    let Some(value) = call.optional_atomic(arguments, 0)? else { return Ok(Sequence::Empty) };
    Ok(match value {
        Atomic::Integer(number, _) => Atomic::integer(*number).into(),
        Atomic::Decimal(number) => Atomic::Decimal(decimal(number)).into(),
        Atomic::Float(number) => Atomic::Float(float(*number)).into(),
        Atomic::Double(number) => Atomic::Double(double(*number)).into(),
        other => other.clone().into(),
    })
}

fn round<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    round_to(call, arguments, Ties::Up)
}

fn round_half_to_even<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    round_to(call, arguments, Ties::Even)
}

fn round_to<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    ties: Ties,
) -> Result<Sequence<'a>> {
    let Some(value) = call.optional_atomic(arguments, 0)? else { return Ok(Sequence::Empty) };
    let precision = call.optional_integer(arguments, 1)?.unwrap_or(0);
    Ok(rounded(value, precision, ties)?.into())
}

fn number<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Atomic::Double(call.optional_atomic(arguments, 0)?.map_or(f64::NAN, to_number)).into())
}

fn number_of_context<'a>(call: &Call<'_, 'a>, _: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut values = Vec::new();
    atomize_item(call.meter(), call.context_item()?, &mut |value| {
        values.push(value);
        Ok(())
    })?;
    match values.as_slice() {
        [] => Ok(Atomic::Double(f64::NAN).into()),
        [value] => Ok(Atomic::Double(to_number(value)).into()),
        _ => Err(call.error("XPTY0004", "fn:number takes one value, the context item has more")),
    }
}

/// The double of a value; NaN where it has none.
fn to_number(value: &Atomic) -> f64 {
    match cast(value, AtomicType::Double) {
        Ok(Atomic::Double(number)) => number,
        _ => f64::NAN,
    }
}

fn math<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    function: impl FnOnce(f64) -> f64,
) -> Result<Sequence<'a>> {
    let number = call.optional_double(arguments, 0)?;
    Ok(number.map(|number| Item::from(Atomic::Double(function(number)))).into())
}

fn pow<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let exponent = argument(arguments, 1).first();
    let exponent = match exponent {
        Some(Item::Atomic(value)) => numbers::double(value).unwrap_or(f64::NAN),
        _ => f64::NAN,
    };
    math(call, arguments, |number| number.powf(exponent))
}

fn atan2<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let x = call.double(arguments, 1)?;
    math(call, arguments, |y| y.atan2(x))
}
