//! `fn:count`, `fn:avg`, `fn:max`, `fn:min`, `fn:sum` (XPath Functions 3.1, section 14.4).
//!
//! Invariant: untyped values are doubles first; then all values are of one kind, or it is
//! `FORG0006`.

use std::cmp::Ordering;

use super::{Call, Row, argument};
use crate::atomic::arithmetic::arithmetic;
use crate::atomic::cast::{cast, promote};
use crate::atomic::{Atomic, AtomicType};
use crate::error::Result;
use crate::expression::Arithmetic;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:count($arg as item()*) as xs:integer", body: count },
    Row { signature: "fn:avg($arg as xs:anyAtomicType*) as xs:anyAtomicType?", body: avg },
    Row { signature: "fn:max($arg as xs:anyAtomicType*) as xs:anyAtomicType?", body: max },
    Row {
        signature: "fn:max($arg as xs:anyAtomicType*, $collation as xs:string) \
                    as xs:anyAtomicType?",
        body: max,
    },
    Row { signature: "fn:min($arg as xs:anyAtomicType*) as xs:anyAtomicType?", body: min },
    Row {
        signature: "fn:min($arg as xs:anyAtomicType*, $collation as xs:string) \
                    as xs:anyAtomicType?",
        body: min,
    },
    Row { signature: "fn:sum($arg as xs:anyAtomicType*) as xs:anyAtomicType", body: sum },
    Row {
        signature: "fn:sum($arg as xs:anyAtomicType*, $zero as xs:anyAtomicType?) \
                    as xs:anyAtomicType?",
        body: sum,
    },
];

fn count<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let count = i128::try_from(argument(arguments, 0).len()).unwrap_or(i128::MAX);
    Ok(Item::integer(count).into())
}

fn sum<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    match total(call, arguments)? {
        Some(total) => Ok(total.into()),
        None if arguments.len() > 1 => Ok(argument(arguments, 1).clone()),
        None => Ok(Item::integer(0).into()),
    }
}

fn avg<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Some(total) = total(call, arguments)? else { return Ok(Sequence::Empty) };
    let count = Atomic::integer(i128::try_from(argument(arguments, 0).len()).unwrap_or(i128::MAX));
    Ok(arithmetic(Arithmetic::Divide, &total, &count, 0)?.into())
}

/// The sum of the first argument; none where there is nothing in it.
fn total<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Option<Atomic>> {
    let values = values(call, argument(arguments, 0))?;
    let mut common: Option<AtomicType> = None;
    for value in &values {
        let kind = value.type_of().primitive();
        common = Some(match common {
            None if is_addable(kind) => kind,
            Some(common) => match wider(common, kind) {
                Some(wider) => wider,
                None => return Err(mixed(call, common, kind)),
            },
            None => {
                let text = format!("numbers or durations were expected, found {kind}");
                return Err(call.error("FORG0006", text));
            }
        });
    }
    let Some(common) = common else { return Ok(None) };
    let mut values = values.into_iter().map(|value| promote(&value, common).unwrap_or(value));
    let first = values.next();
    let Some(first) = first else { return Ok(None) };
    values.try_fold(first, |total, value| arithmetic(Arithmetic::Add, &total, &value, 0)).map(Some)
}

fn is_addable(kind: AtomicType) -> bool {
    kind.is_numeric() || matches!(kind, AtomicType::YearMonthDuration | AtomicType::DayTimeDuration)
}

/// The narrowest type that both types are promoted to.
fn wider(left: AtomicType, right: AtomicType) -> Option<AtomicType> {
    if left == right {
        return Some(left);
    }
    let both_numeric = left.is_numeric() && right.is_numeric();
    // Integer, decimal, float and double are declared in this order.
    both_numeric.then(|| left.max(right))
}

fn mixed(call: &Call<'_, '_>, left: AtomicType, right: AtomicType) -> crate::error::Error {
    call.error("FORG0006", format!("values of one kind were expected, found {left} and {right}"))
}

/// The values of an argument, untyped ones as doubles.
fn values<'a>(call: &Call<'_, 'a>, sequence: &Sequence<'a>) -> Result<Vec<Atomic>> {
    call.reserve(sequence.len())?;
    let value = |item: &Item<'a>| match item {
        Item::Atomic(untyped @ Atomic::Untyped(_)) => cast(untyped, AtomicType::Double),
        Item::Atomic(value) => Ok(value.clone()),
        other => {
            let text = format!("atomic values were expected, found {}", other.describe());
            Err(call.error("FORG0006", text))
        }
    };
    sequence.iter().map(value).collect()
}

fn max<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    extreme(call, arguments, Ordering::Greater)
}

fn min<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    extreme(call, arguments, Ordering::Less)
}

/// The first value that no other is further in the direction of `wanted` than.
fn extreme<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    wanted: Ordering,
) -> Result<Sequence<'a>> {
    let collation = call.collation(arguments.get(1))?;
    let comparer = call.comparer(&collation);
    let mut values = values(call, argument(arguments, 0))?.into_iter();
    let Some(mut best) = values.next() else { return Ok(Sequence::Empty) };
    let mut common = ordered(call, &best)?;
    for value in values {
        let kind = ordered(call, &value)?;
        common = comparable(common, kind).ok_or_else(|| mixed(call, common, kind))?;
        // A NaN is the result, in the type that all have in common.
        if is_nan(&best) {
            continue;
        }
        if is_nan(&value) || comparer.order(&value, &best)? == wanted {
            best = value;
        }
    }
    Ok(promote(&best, common).unwrap_or(best).into())
}

fn is_nan(value: &Atomic) -> bool {
    match value {
        Atomic::Double(number) => number.is_nan(),
        Atomic::Float(number) => number.is_nan(),
        _ => false,
    }
}

/// The type that a value is compared as; integers are decimals here.
fn ordered(call: &Call<'_, '_>, value: &Atomic) -> Result<AtomicType> {
    use AtomicType as T;
    match value.type_of().primitive() {
        T::Integer => Ok(T::Decimal),
        kind @ (T::Duration
        | T::GYearMonth
        | T::GYear
        | T::GMonthDay
        | T::GDay
        | T::GMonth
        | T::QName
        | T::Notation) => Err(call.error("FORG0006", format!("values of {kind} have no order"))),
        kind => Ok(kind),
    }
}

/// The type that values of both types are compared as.
fn comparable(left: AtomicType, right: AtomicType) -> Option<AtomicType> {
    use AtomicType as T;
    match (left, right) {
        (T::String, T::AnyUri) | (T::AnyUri, T::String) => Some(T::String),
        _ => wider(left, right),
    }
}
