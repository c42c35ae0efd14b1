//! Functions on maps (XPath Functions 3.1, section 17.1).
//!
//! Invariant: a changed map shares all it can with the one it was made from; what can't be shared
//! is counted before it is made.

use std::rc::Rc;

use super::{Call, Row, argument};
use crate::atomic::{Atomic, quoted};
use crate::error::Result;
use crate::value::{Array, Item, Map, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "map:merge($maps as map(*)*) as map(*)", body: merge },
    Row { signature: "map:merge($maps as map(*)*, $options as map(*)) as map(*)", body: merge },
    Row { signature: "map:size($map as map(*)) as xs:integer", body: size },
    Row { signature: "map:keys($map as map(*)) as xs:anyAtomicType*", body: keys },
    Row {
        signature: "map:contains($map as map(*), $key as xs:anyAtomicType) as xs:boolean",
        body: contains,
    },
    Row { signature: "map:get($map as map(*), $key as xs:anyAtomicType) as item()*", body: get },
    Row {
        signature: "map:find($input as item()*, $key as xs:anyAtomicType) as array(*)",
        body: find,
    },
    Row {
        signature: "map:put($map as map(*), $key as xs:anyAtomicType, $value as item()*) \
                    as map(*)",
        body: put,
    },
    Row {
        signature: "map:entry($key as xs:anyAtomicType, $value as item()*) as map(*)",
        body: entry,
    },
    Row {
        signature: "map:remove($map as map(*), $keys as xs:anyAtomicType*) as map(*)",
        body: remove,
    },
    Row {
        signature: "map:for-each($map as map(*), \
                    $action as function(xs:anyAtomicType, item()*) as item()*) as item()*",
        body: for_each,
    },
];

/// What `map:merge` does about a key that more than one map has.
#[derive(Clone, Copy)]
enum Duplicates {
    First,
    Last,
    Combine,
    Reject,
}

fn merge<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let duplicates = duplicates(call, arguments)?;
    let mut maps = argument(arguments, 0).iter().filter_map(|item| match item {
        Item::Map(map) => Some(map),
        _ => None,
    });
    let mut merged = maps.next().map(|map| Map::clone(map)).unwrap_or_default();
    // What is shared with the first map is copied where it changes, at most once.
    let changes: usize = maps.clone().map(|map| map.len()).sum();
    call.meter().build(merged.len().min(changes.saturating_mul(12)) * Map::ENTRY_BYTES)?;
    for map in maps {
        for (key, value) in map.iter() {
            call.meter().step()?;
            merge_entry(call, &mut merged, duplicates, key, value)?;
        }
    }
    finish(call, merged)
}

fn merge_entry<'a>(
    call: &Call<'_, 'a>,
    merged: &mut Map<'a>,
    duplicates: Duplicates,
    key: &Atomic,
    value: &Sequence<'a>,
) -> Result<()> {
    let value = match (merged.get(key), duplicates) {
        (Some(_), Duplicates::First) => return Ok(()),
        (Some(_), Duplicates::Reject) => {
            let text = format!("map:merge: more than one map has the key {}", key.to_text());
            return Err(call.error("FOJS0003", text));
        }
        (Some(before), Duplicates::Combine) => call.concatenate(&[before, value])?,
        (None, _) | (Some(_), Duplicates::Last) => value.clone(),
    };
    call.meter().build(Map::ENTRY_BYTES)?;
    merged.insert(key.clone(), value);
    Ok(())
}

/// The option `duplicates` (section 17.1.2).
fn duplicates<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Duplicates> {
    let Some(Item::Map(options)) = argument(arguments, 1).first() else {
        return Ok(Duplicates::First);
    };
    let Some(value) = options.get(&Atomic::string("duplicates")) else {
        return Ok(Duplicates::First);
    };
    let value = match value.only() {
        Some(Item::Atomic(Atomic::String(text, _) | Atomic::Untyped(text))) => text,
        _ => {
            let text = "map:merge: the option duplicates is one string";
            return Err(call.error("XPTY0004", text));
        }
    };
    match &**value {
        "use-first" | "use-any" => Ok(Duplicates::First),
        "use-last" => Ok(Duplicates::Last),
        "combine" => Ok(Duplicates::Combine),
        "reject" => Ok(Duplicates::Reject),
        _ => {
            let text = format!(
                "map:merge: the option duplicates is one of use-first, use-last, use-any, combine \
                 and reject, found {}",
                quoted(value)
            );
            Err(call.error("FOJS0005", text))
        }
    }
}

/// The map as a result, where it is inside of the limits.
fn finish<'a>(call: &Call<'_, 'a>, map: Map<'a>) -> Result<Sequence<'a>> {
    call.meter().items(map.len())?;
    call.meter().value_depth(map.depth())?;
    Ok(Item::Map(Rc::new(map)).into())
}

fn size<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Item::integer(call.map(arguments, 0)?.len() as u64).into())
}

fn keys<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let map = call.map(arguments, 0)?;
    call.reserve(map.len())?;
    Ok(map.iter().map(|(key, _)| Item::Atomic(key.clone())).collect())
}

fn contains<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let found = call.map(arguments, 0)?.get(call.atomic(arguments, 1)?).is_some();
    Ok(Item::boolean(found).into())
}

fn get<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let value = call.map(arguments, 0)?.get(call.atomic(arguments, 1)?);
    Ok(value.cloned().unwrap_or_default())
}

fn find<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut found = Vec::new();
    find_in(call, argument(arguments, 0), call.atomic(arguments, 1)?, &mut found)?;
    let array = found.into_iter().collect::<Array<'a>>();
    call.meter().value_depth(array.depth())?;
    Ok(Item::Array(Rc::new(array)).into())
}

/// Looks in maps and arrays, at any depth, a map before what it holds.
fn find_in<'a>(
    call: &Call<'_, 'a>,
    sequence: &Sequence<'a>,
    key: &Atomic,
    found: &mut Vec<Sequence<'a>>,
) -> Result<()> {
    for item in sequence.iter() {
        call.meter().step()?;
        match item {
            Item::Map(map) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                if let Some(value) = map.get(key) {
                    call.meter().build(2 * size_of::<Sequence<'a>>())?;
                    found.push(value.clone());
                }
                map.iter().try_for_each(|(_, value)| find_in(call, value, key, found))
            })?,
            Item::Array(array) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                let mut members = array.members().iter();
                members.try_for_each(|member| find_in(call, member, key, found))
            })?,
            _ => {}
        }
    }
    Ok(())
}

fn put<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let map = call.map(arguments, 0)?;
    call.meter().build(map.change_bytes())?;
    let mut map = Map::clone(map);
    map.insert(call.atomic(arguments, 1)?.clone(), argument(arguments, 2).clone());
    finish(call, map)
}

fn entry<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut map = Map::default();
    call.meter().build(map.change_bytes())?;
    map.insert(call.atomic(arguments, 0)?.clone(), argument(arguments, 1).clone());
    finish(call, map)
}

fn remove<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut map = Map::clone(call.map(arguments, 0)?);
    for item in argument(arguments, 1).iter() {
        call.meter().step()?;
        if let Item::Atomic(key) = item
            && map.get(key).is_some()
        {
            call.meter().build(map.change_bytes())?;
            map.remove(key);
        }
    }
    finish(call, map)
}

fn for_each<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (map, action) = (call.map(arguments, 0)?, call.function(arguments, 1)?);
    let mut results = Vec::new();
    for (key, value) in map.iter() {
        let entry = vec![Item::Atomic(key.clone()).into(), value.clone()];
        let result = call.evaluator.call(action, entry)?;
        call.gather(&mut results, result)?;
    }
    Ok(results.into())
}
