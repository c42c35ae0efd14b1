//! Functions on arrays (XPath Functions 3.1, section 17.3).
//!
//! Invariants: a changed array shares all it can with the one it was made from; folds are loops.

use std::rc::Rc;

use imbl::GenericVector;
use imbl::shared_ptr::RcK;

use super::higher_order::sort_by_key;
use super::{Call, Row, argument};
use crate::atomic::Atomic;
use crate::error::Result;
use crate::value::{Array, Item, Sequence};

type Members<'a> = GenericVector<Sequence<'a>, RcK>;

pub(super) const TABLE: &[Row] = &[
    Row { signature: "array:size($array as array(*)) as xs:integer", body: size },
    Row {
        signature: "array:get($array as array(*), $position as xs:integer) as item()*",
        body: get,
    },
    Row {
        signature: "array:put($array as array(*), $position as xs:integer, $member as item()*) \
                    as array(*)",
        body: put,
    },
    Row {
        signature: "array:append($array as array(*), $appendage as item()*) as array(*)",
        body: append,
    },
    Row {
        signature: "array:subarray($array as array(*), $start as xs:integer) as array(*)",
        body: subarray,
    },
    Row {
        signature: "array:subarray($array as array(*), $start as xs:integer, \
                    $length as xs:integer) as array(*)",
        body: subarray,
    },
    Row {
        signature: "array:remove($array as array(*), $positions as xs:integer*) as array(*)",
        body: remove,
    },
    Row {
        signature: "array:insert-before($array as array(*), $position as xs:integer, \
                    $member as item()*) as array(*)",
        body: insert_before,
    },
    Row { signature: "array:head($array as array(*)) as item()*", body: head },
    Row { signature: "array:tail($array as array(*)) as array(*)", body: tail },
    Row { signature: "array:reverse($array as array(*)) as array(*)", body: reverse },
    Row { signature: "array:join($arrays as array(*)*) as array(*)", body: join },
    Row {
        signature: "array:for-each($array as array(*), \
                    $action as function(item()*) as item()*) as array(*)",
        body: for_each,
    },
    Row {
        signature: "array:filter($array as array(*), \
                    $function as function(item()*) as xs:boolean) as array(*)",
        body: filter,
    },
    Row {
        signature: "array:fold-left($array as array(*), $zero as item()*, \
                    $function as function(item()*, item()*) as item()*) as item()*",
        body: fold_left,
    },
    Row {
        signature: "array:fold-right($array as array(*), $zero as item()*, \
                    $function as function(item()*, item()*) as item()*) as item()*",
        body: fold_right,
    },
    Row {
        signature: "array:for-each-pair($array1 as array(*), $array2 as array(*), \
                    $function as function(item()*, item()*) as item()*) as array(*)",
        body: for_each_pair,
    },
    Row { signature: "array:sort($array as array(*)) as array(*)", body: sort },
    Row {
        signature: "array:sort($array as array(*), $collation as xs:string?) as array(*)",
        body: sort,
    },
    Row {
        signature: "array:sort($array as array(*), $collation as xs:string?, \
                    $key as function(item()*) as xs:anyAtomicType*) as array(*)",
        body: sort,
    },
    Row { signature: "array:flatten($input as item()*) as item()*", body: flatten },
];

/// Bytes that a member takes.
const MEMBER_BYTES: usize = size_of::<Sequence<'_>>();

/// Bytes that a change takes in an array that others have as well: a leaf and the way to it.
const CHANGE_BYTES: usize = 80 * MEMBER_BYTES;

/// An array of members that are counted as they come.
struct Gathering<'g, 'c, 'a> {
    call: &'g Call<'c, 'a>,
    members: Members<'a>,
    depth: usize,
}

impl<'g, 'c, 'a> Gathering<'g, 'c, 'a> {
    fn new(call: &'g Call<'c, 'a>) -> Self {
        Self { call, members: Members::new(), depth: 0 }
    }

    fn push(&mut self, member: Sequence<'a>) -> Result<()> {
        self.call.meter().step()?;
        self.call.meter().build(MEMBER_BYTES)?;
        self.depth = self.depth.max(member.depth());
        self.members.push_back(member);
        Ok(())
    }

    fn finish(self) -> Result<Sequence<'a>> {
        finish(self.call, self.members, self.depth)
    }
}

/// The array as a result, where it is inside of the limits.
fn finish<'a>(call: &Call<'_, 'a>, members: Members<'a>, depth: usize) -> Result<Sequence<'a>> {
    call.meter().items(members.len())?;
    call.meter().value_depth(depth + 1)?;
    Ok(Item::Array(Rc::new(Array::new(members, depth))).into())
}

/// A changed array, with the depth that its members had and an added one has.
fn finish_changed<'a>(
    call: &Call<'_, 'a>,
    array: &Array<'a>,
    members: Members<'a>,
    added: Option<&Sequence<'a>>,
) -> Result<Sequence<'a>> {
    let depth = added.map_or(0, Sequence::depth);
    finish(call, members, depth.max(array.depth() - 1))
}

/// The index from 0 of the argument's position, where it is below `count`.
fn index<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    parameter: usize,
    count: usize,
) -> Result<usize> {
    index_of(call, call.integer(arguments, parameter)?, count)
}

fn index_of(call: &Call<'_, '_>, position: i128, count: usize) -> Result<usize> {
    let index = position.checked_sub(1).and_then(|index| usize::try_from(index).ok());
    index.filter(|index| *index < count).ok_or_else(|| {
        let text = format!("the array has the positions 1 to {count}, not {position}");
        call.error("FOAY0001", text)
    })
}

fn size<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(Item::integer(call.array(arguments, 0)?.len() as u64).into())
}

fn get<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let array = call.array(arguments, 0)?;
    let index = index(call, arguments, 1, array.len())?;
    Ok(array.get(index).cloned().unwrap_or_default())
}

fn put<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, member) = (call.array(arguments, 0)?, argument(arguments, 2));
    let index = index(call, arguments, 1, array.len())?;
    call.meter().build(CHANGE_BYTES)?;
    let members = array.members().update(index, member.clone());
    finish_changed(call, array, members, Some(member))
}

fn append<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, member) = (call.array(arguments, 0)?, argument(arguments, 1));
    call.meter().build(CHANGE_BYTES)?;
    let mut members = array.members().clone();
    members.push_back(member.clone());
    finish_changed(call, array, members, Some(member))
}

fn subarray<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let array = call.array(arguments, 0)?;
    let start = index(call, arguments, 1, array.len() + 1)?;
    let rest = array.len() - start;
    let length = if arguments.len() > 2 { call.integer(arguments, 2)? } else { rest as i128 };
    if length < 0 {
        let text = format!("array:subarray: the length is {length}, which is negative");
        return Err(call.error("FOAY0002", text));
    }
    let Some(length) = usize::try_from(length).ok().filter(|length| *length <= rest) else {
        let text = format!("array:subarray: {length} members asked for, {rest} left");
        return Err(call.error("FOAY0001", text));
    };
    call.meter().build(2 * CHANGE_BYTES)?;
    finish_changed(call, array, array.members().skip(start).take(length), None)
}

fn remove<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let array = call.array(arguments, 0)?;
    let mut removed = Vec::new();
    for item in argument(arguments, 1).iter() {
        call.meter().step()?;
        call.meter().build(size_of::<usize>())?;
        if let Item::Atomic(Atomic::Integer(position, _)) = item {
            removed.push(index_of(call, *position, array.len())?);
        }
    }
    removed.sort_unstable();
    removed.dedup();
    let mut removed = removed.into_iter().peekable();
    let mut kept = Gathering::new(call);
    for (index, member) in array.members().iter().enumerate() {
        if removed.next_if_eq(&index).is_none() {
            kept.push(member.clone())?;
        }
    }
    kept.finish()
}

fn insert_before<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, member) = (call.array(arguments, 0)?, argument(arguments, 2));
    let at = index(call, arguments, 1, array.len() + 1)?;
    let mut changed = Gathering::new(call);
    for before in array.members().iter().take(at) {
        changed.push(before.clone())?;
    }
    changed.push(member.clone())?;
    for after in array.members().iter().skip(at) {
        changed.push(after.clone())?;
    }
    changed.finish()
}

fn head<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let array = call.array(arguments, 0)?;
    index_of(call, 1, array.len())?;
    Ok(array.get(0).cloned().unwrap_or_default())
}

fn tail<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let array = call.array(arguments, 0)?;
    index_of(call, 1, array.len())?;
    call.meter().build(CHANGE_BYTES)?;
    finish_changed(call, array, array.members().skip(1), None)
}

fn reverse<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut reversed = Gathering::new(call);
    for member in call.array(arguments, 0)?.members().iter().rev() {
        reversed.push(member.clone())?;
    }
    reversed.finish()
}

fn join<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let arrays = argument(arguments, 0);
    if arrays.len() == 1 {
        return Ok(arrays.clone());
    }
    let mut joined = Gathering::new(call);
    for item in arrays.iter() {
        call.meter().step()?;
        let Item::Array(array) = item else { continue };
        for member in array.members() {
            joined.push(member.clone())?;
        }
    }
    joined.finish()
}

fn for_each<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, action) = (call.array(arguments, 0)?, call.function(arguments, 1)?);
    let mut results = Gathering::new(call);
    for member in array.members() {
        results.push(call.evaluator.call(action, vec![member.clone()])?)?;
    }
    results.finish()
}

fn filter<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, predicate) = (call.array(arguments, 0)?, call.function(arguments, 1)?);
    let mut kept = Gathering::new(call);
    for member in array.members() {
        if call.holds(predicate, vec![member.clone()])? {
            kept.push(member.clone())?;
        }
    }
    kept.finish()
}

fn fold_left<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, function) = (call.array(arguments, 0)?, call.function(arguments, 2)?);
    let mut result = argument(arguments, 1).clone();
    for member in array.members() {
        result = call.evaluator.call(function, vec![result, member.clone()])?;
    }
    Ok(result)
}

fn fold_right<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (array, function) = (call.array(arguments, 0)?, call.function(arguments, 2)?);
    let mut result = argument(arguments, 1).clone();
    for member in array.members().iter().rev() {
        result = call.evaluator.call(function, vec![member.clone(), result])?;
    }
    Ok(result)
}

fn for_each_pair<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let (left, right) = (call.array(arguments, 0)?, call.array(arguments, 1)?);
    let function = call.function(arguments, 2)?;
    let mut results = Gathering::new(call);
    for (left, right) in left.members().iter().zip(right.members()) {
        results.push(call.evaluator.call(function, vec![left.clone(), right.clone()])?)?;
    }
    results.finish()
}

fn sort<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let array = call.array(arguments, 0)?;
    let mut sorted = Gathering::new(call);
    for member in sort_by_key(call, arguments, array.members().iter().cloned())? {
        sorted.push(member)?;
    }
    sorted.finish()
}

fn flatten<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let mut flat = Vec::new();
    flatten_into(call, argument(arguments, 0), &mut flat)?;
    Ok(flat.into())
}

fn flatten_into<'a>(
    call: &Call<'_, 'a>,
    sequence: &Sequence<'a>,
    flat: &mut Vec<Item<'a>>,
) -> Result<()> {
    for item in sequence.iter() {
        call.meter().step()?;
        match item {
            Item::Array(array) => stacker::maybe_grow(64 * 1024, 1024 * 1024, || {
                let mut members = array.members().iter();
                members.try_for_each(|member| flatten_into(call, member, flat))
            })?,
            item => call.gather(flat, item.clone().into())?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
