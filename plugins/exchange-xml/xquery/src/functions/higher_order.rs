//! Functions that take functions (XPath Functions 3.1, sections 16.1 and 16.2).
//!
//! Invariants: folds are loops; results are counted as they are gathered.

use std::cmp::Ordering;
use std::rc::Rc;
use std::sync::Arc;

use super::{Call, Row, argument};
use crate::atomic::Atomic;
use crate::atomic::compare::Comparer;
use crate::error::Result;
use crate::evaluate::atomize;
use crate::name::QName;
use crate::sorting::sort_stably;
use crate::types::SequenceType;
use crate::value::{Function, FunctionBody, Item, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row {
        signature: "fn:for-each($seq as item()*, $action as function(item()) as item()*) \
                    as item()*",
        body: for_each,
    },
    Row {
        signature: "fn:filter($seq as item()*, $f as function(item()) as xs:boolean) as item()*",
        body: filter,
    },
    Row {
        signature: "fn:fold-left($seq as item()*, $zero as item()*, \
                    $f as function(item()*, item()) as item()*) as item()*",
        body: fold_left,
    },
    Row {
        signature: "fn:fold-right($seq as item()*, $zero as item()*, \
                    $f as function(item(), item()*) as item()*) as item()*",
        body: fold_right,
    },
    Row {
        signature: "fn:for-each-pair($seq1 as item()*, $seq2 as item()*, \
                    $action as function(item(), item()) as item()*) as item()*",
        body: for_each_pair,
    },
    Row { signature: "fn:sort($input as item()*) as item()*", body: sort },
    Row {
        signature: "fn:sort($input as item()*, $collation as xs:string?) as item()*",
        body: sort,
    },
    Row {
        signature: "fn:sort($input as item()*, $collation as xs:string?, \
                    $key as function(item()) as xs:anyAtomicType*) as item()*",
        body: sort,
    },
    Row {
        signature: "fn:apply($function as function(*), $array as array(*)) as item()*",
        body: apply,
    },
    Row { signature: "fn:function-name($func as function(*)) as xs:QName?", body: function_name },
    Row {
        signature: "fn:function-arity($func as function(*)) as xs:integer",
        body: function_arity,
    },
    Row {
        signature: "fn:function-lookup($name as xs:QName, $arity as xs:integer) as function(*)?",
        body: function_lookup,
    },
];

fn for_each<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let action = call.function(arguments, 1)?;
    let mut results = Vec::new();
    for item in argument(arguments, 0).iter() {
        let result = call.evaluator.call(action, vec![item.clone().into()])?;
        call.gather(&mut results, result)?;
    }
    Ok(results.into())
}

fn filter<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let predicate = call.function(arguments, 1)?;
    let mut kept = Vec::new();
    for item in argument(arguments, 0).iter() {
        if call.holds(predicate, vec![item.clone().into()])? {
            call.gather(&mut kept, item.clone().into())?;
        }
    }
    Ok(kept.into())
}

fn fold_left<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let function = call.function(arguments, 2)?;
    let mut result = argument(arguments, 1).clone();
    for item in argument(arguments, 0).iter() {
        result = call.evaluator.call(function, vec![result, item.clone().into()])?;
    }
    Ok(result)
}

fn fold_right<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let function = call.function(arguments, 2)?;
    let mut result = argument(arguments, 1).clone();
    for item in argument(arguments, 0).iter().rev() {
        result = call.evaluator.call(function, vec![item.clone().into(), result])?;
    }
    Ok(result)
}

fn for_each_pair<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let action = call.function(arguments, 2)?;
    let mut results = Vec::new();
    for (left, right) in argument(arguments, 0).iter().zip(argument(arguments, 1).iter()) {
        let pair = vec![left.clone().into(), right.clone().into()];
        let result = call.evaluator.call(action, pair)?;
        call.gather(&mut results, result)?;
    }
    Ok(results.into())
}

fn sort<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = argument(arguments, 0);
    call.reserve(items.len())?;
    let sorted = sort_by_key(call, arguments, items.iter().map(|item| item.clone().into()))?;
    Ok(sorted.iter().flat_map(|one| one.iter().cloned()).collect())
}

/// Sorts what `fn:sort` and `array:sort` sort: sequences, by the key that the third argument makes
/// of them, or by their atomic values.
pub(super) fn sort_by_key<'a>(
    call: &Call<'_, 'a>,
    arguments: &[Sequence<'a>],
    values: impl Iterator<Item = Sequence<'a>>,
) -> Result<Vec<Sequence<'a>>> {
    let collation = call.collation(arguments.get(1))?;
    let comparer = call.comparer(&collation);
    let mut keyed = Vec::new();
    for value in values {
        let key = match arguments.get(2).and_then(Sequence::only) {
            Some(function) => call.evaluator.call(function, vec![value.clone()])?,
            None => value.clone(),
        };
        call.meter().build(2 * size_of::<(Sequence<'a>, Sequence<'a>)>())?;
        keyed.push((atomize(call.meter(), &key)?, value));
    }
    let sorted = sort_stably(keyed, |left, right| keys(call, &comparer, &left.0, &right.0))?;
    Ok(sorted.into_iter().map(|(_, value)| value).collect())
}

/// The order of two sequences of atomic values: that of the first that differ, the shorter first.
fn keys<'a>(
    call: &Call<'_, 'a>,
    comparer: &Comparer<'_>,
    left: &Sequence<'a>,
    right: &Sequence<'a>,
) -> Result<Ordering> {
    call.meter().step()?;
    for (left, right) in left.iter().zip(right.iter()) {
        call.meter().step()?;
        let (Item::Atomic(left), Item::Atomic(right)) = (left, right) else { continue };
        let order = comparer.order(left, right)?;
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(left.len().cmp(&right.len()))
}

fn apply<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let function = call.function(arguments, 0)?;
    let array = call.array(arguments, 1)?;
    let arity = arity(function);
    if arity != array.len() {
        let text = format!(
            "fn:apply: the function takes {} arguments, the array has {} members",
            arity,
            array.len()
        );
        return Err(call.error("FOAP0001", text));
    }
    call.evaluator.call(function, array.members().iter().cloned().collect())
}

fn function_name<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    Ok(match call.function(arguments, 0)? {
        Item::Function(function) => {
            let name = function.name.clone();
            name.map(|name| Item::Atomic(Atomic::QName(Arc::new(name)))).into()
        }
        _ => Sequence::Empty,
    })
}

fn function_arity<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let arity = arity(call.function(arguments, 0)?);
    Ok(Item::integer(arity as u64).into())
}

/// How many arguments a function takes; a map and an array take one.
fn arity(function: &Item<'_>) -> usize {
    match function {
        Item::Function(function) => function.signature.parameters.len(),
        _ => 1,
    }
}

fn function_lookup<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let Atomic::QName(name) = call.atomic(arguments, 0)? else { return Ok(Sequence::Empty) };
    let Ok(arity) = usize::try_from(call.integer(arguments, 1)?) else {
        return Ok(Sequence::Empty);
    };
    let function = match declared_function(call, name, arity) {
        Some(function) => Some(function),
        None => library_function(call, name, arity)?,
    };
    Ok(function.map(|function| Item::Function(Rc::new(function))).into())
}

/// A function of a prolog that the place of the call knows, or a constructor function.
fn declared_function<'a>(call: &Call<'_, 'a>, name: &QName, arity: usize) -> Option<Function<'a>> {
    let index = call.context.functions.get(&(name.clone(), arity))?;
    let declaration: &'a _ = call.evaluator.program.functions.get(*index)?;
    Some(Function {
        name: declaration.name.clone(),
        signature: Arc::clone(&declaration.signature),
        body: FunctionBody::Declared { declaration, captured: Vec::new() },
        depth: 1,
    })
}

/// A function of the library, with the focus of the call.
fn library_function<'a>(
    call: &Call<'_, 'a>,
    name: &QName,
    arity: usize,
) -> Result<Option<Function<'a>>> {
    if call.evaluator.program.refused_functions.contains(name) {
        return Ok(None);
    }
    let Some(builtin) = super::find(&name.namespace, &name.local, arity) else { return Ok(None) };
    // Of `fn:concat` there is one for each number.
    call.meter().build(arity.saturating_mul(size_of::<SequenceType>()))?;
    let depth = 1 + call.focus.map_or(0, |focus| focus.item.depth());
    call.meter().value_depth(depth)?;
    Ok(Some(Function {
        name: Some(name.clone()),
        signature: builtin.signature_of(arity),
        body: FunctionBody::Builtin { builtin, context: call.context, focus: call.focus.cloned() },
        depth,
    }))
}
