//! Functions on sequences (XPath Functions 3.1, sections 14.1 and 14.2, but for those that add up
//! or compare deeply).
//!
//! Invariant: a part of a sequence shares its items.

use super::{Call, Row, argument};
use crate::atomic::rounding::half_up;
use crate::atomic::{Atomic, EqualityClasses};
use crate::error::Result;
use crate::value::{Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:empty($arg as item()*) as xs:boolean", body: empty },
    Row { signature: "fn:exists($arg as item()*) as xs:boolean", body: exists },
    Row { signature: "fn:head($arg as item()*) as item()?", body: head },
    Row { signature: "fn:tail($arg as item()*) as item()*", body: tail },
    Row {
        signature: "fn:insert-before($target as item()*, $position as xs:integer, \
                    $inserts as item()*) as item()*",
        body: insert_before,
    },
    Row {
        signature: "fn:remove($target as item()*, $position as xs:integer) as item()*",
        body: remove,
    },
    Row { signature: "fn:reverse($arg as item()*) as item()*", body: reverse },
    Row {
        signature: "fn:subsequence($sourceSeq as item()*, $startingLoc as xs:double) as item()*",
        body: subsequence,
    },
    Row {
        signature: "fn:subsequence($sourceSeq as item()*, $startingLoc as xs:double, \
                    $length as xs:double) as item()*",
        body: subsequence,
    },
    Row { signature: "fn:unordered($sourceSeq as item()*) as item()*", body: unordered },
    Row {
        signature: "fn:distinct-values($arg as xs:anyAtomicType*) as xs:anyAtomicType*",
        body: distinct_values,
    },
    Row {
        signature: "fn:distinct-values($arg as xs:anyAtomicType*, $collation as xs:string) \
                    as xs:anyAtomicType*",
        body: distinct_values,
    },
    Row {
        signature: "fn:index-of($seq as xs:anyAtomicType*, $search as xs:anyAtomicType) \
                    as xs:integer*",
        body: index_of,
    },
    Row {
        signature: "fn:index-of($seq as xs:anyAtomicType*, $search as xs:anyAtomicType, \
                    $collation as xs:string) as xs:integer*",
        body: index_of,
    },
    Row { signature: "fn:zero-or-one($arg as item()*) as item()?", body: zero_or_one },
    Row { signature: "fn:one-or-more($arg as item()*) as item()+", body: one_or_more },
    Row { signature: "fn:exactly-one($arg as item()*) as item()", body: exactly_one },
];

fn empty<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Item::boolean(argument(arguments, 0).is_empty()).into())
}

fn exists<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Item::boolean(!argument(arguments, 0).is_empty()).into())
}

fn head<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(argument(arguments, 0).first().cloned().into())
}

fn tail<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(argument(arguments, 0).slice(1, usize::MAX))
}

fn insert_before<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (target, inserts) = (argument(arguments, 0), argument(arguments, 2));
    let at = index_from_one(call.integer(arguments, 1)?).unwrap_or(0).min(target.len());
    call.concatenate(&[&target.slice(0, at), inserts, &target.slice(at, usize::MAX)])
}

fn remove<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let target = argument(arguments, 0);
    match index_from_one(call.integer(arguments, 1)?) {
        Some(at) if at < target.len() => {
            call.concatenate(&[&target.slice(0, at), &target.slice(at + 1, usize::MAX)])
        }
        _ => Ok(target.clone()),
    }
}

/// The index from 0 of a position from 1; none before the first.
fn index_from_one(position: i128) -> Option<usize> {
    let index = position.checked_sub(1).filter(|index| *index >= 0)?;
    Some(usize::try_from(index).unwrap_or(usize::MAX))
}

fn reverse<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = argument(arguments, 0);
    if items.len() < 2 {
        return Ok(items.clone());
    }
    call.reserve(items.len())?;
    Ok(items.iter().rev().cloned().collect())
}

fn subsequence<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = argument(arguments, 0);
    let start = half_up(call.double(arguments, 1)?);
    let end = match arguments.len() {
        2 => f64::INFINITY,
        _ => start + half_up(call.double(arguments, 2)?),
    };
    if start.is_nan() || end.is_nan() {
        return Ok(Sequence::Empty);
    }
    Ok(items.slice(items_before(start, items.len()), items_before(end, items.len())))
}

/// How many of `count` items have a position less than a whole number or an infinity.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the number of items, and no sequence has 2^53"
)]
fn items_before(position: f64, count: usize) -> usize {
    (position - 1.0).clamp(0.0, count as f64) as usize
}

fn unordered<'a>(_: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(argument(arguments, 0).clone())
}

fn distinct_values<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let collation = call.collation(arguments.get(1))?;
    let comparer = call.comparer(&collation);
    let mut classes = EqualityClasses::default();
    let mut distinct = Vec::new();
    for item in argument(arguments, 0).iter() {
        call.meter().step()?;
        let Item::Atomic(value) = item else { continue };
        let known = classes.len();
        if classes.class(&comparer, value) == known {
            call.meter().build(EqualityClasses::bytes(value) + size_of::<Item<'a>>())?;
            distinct.push(item.clone());
        }
    }
    Ok(distinct.into())
}

fn index_of<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let collation = call.collation(arguments.get(2))?;
    let comparer = call.comparer(&collation);
    let Some(Item::Atomic(sought)) = argument(arguments, 1).only() else {
        return Ok(Sequence::Empty);
    };
    let mut positions = Vec::new();
    for (item, position) in argument(arguments, 0).iter().zip(1_u64..) {
        call.meter().step()?;
        let Item::Atomic(value) = item else { continue };
        if comparer.equal(value, sought, false) {
            call.meter().build(size_of::<Item<'a>>())?;
            positions.push(Atomic::integer(position).into());
        }
    }
    Ok(positions.into())
}

fn zero_or_one<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = argument(arguments, 0);
    if items.len() > 1 {
        let text = format!("fn:zero-or-one takes one item at most, found {}", items.len());
        return Err(call.error("FORG0003", text));
    }
    Ok(items.clone())
}

fn one_or_more<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = argument(arguments, 0);
    if items.is_empty() {
        let text = "fn:one-or-more takes one item at least, found an empty sequence";
        return Err(call.error("FORG0004", text));
    }
    Ok(items.clone())
}

fn exactly_one<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = argument(arguments, 0);
    if items.len() != 1 {
        let text = format!("fn:exactly-one takes one item, found {}", items.len());
        return Err(call.error("FORG0005", text));
    }
    Ok(items.clone())
}
