//! `fn:random-number-generator` (XPath Functions 3.1, section 4.9).
//!
//! Invariants: the same seed gives the same numbers, everywhere; a generator's state is an integer,
//! so its functions are partial applications of two functions that no query can name.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use super::{Body, Builtin, Call, Row, signature};
use crate::atomic::Atomic;
use crate::error::Result;
use crate::types::FunctionType;
use crate::value::{Function, FunctionBody, Item, Map, Sequence};

pub(super) const TABLE: &[Row] = &[
    Row { signature: "fn:random-number-generator() as map(xs:string, item())", body: generator },
    Row {
        signature: "fn:random-number-generator($seed as xs:anyAtomicType?) \
                    as map(xs:string, item())",
        body: generator,
    },
];

/// The function behind the entry `next`.
static NEXT: LazyLock<Option<Builtin>> =
    LazyLock::new(|| hidden("fn:next($state as xs:integer) as map(xs:string, item())", next));

/// The function behind the entry `permute`.
static PERMUTE: LazyLock<Option<Builtin>> = LazyLock::new(|| {
    hidden("fn:permute($state as xs:integer, $arg as item()*) as item()*", permute)
});

fn hidden(text: &'static str, body: Body) -> Option<Builtin> {
    let read = signature::read(text)?;
    Some(Builtin {
        namespace: "",
        local: read.local,
        name: read.name,
        signature: Arc::new(read.kind),
        is_variadic: false,
        body,
    })
}

/// One step of SplitMix64: the next state, and a number from it.
fn step(state: u64) -> (u64, u64) {
    let next = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = next;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (next, mixed ^ (mixed >> 31))
}

fn generator<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let seed = match call.optional_atomic(arguments, 0)? {
        Some(seed) => seed.to_text().into_owned(),
        None => {
            let now = call.evaluator.current_date_time();
            format!("{now:?}")
        }
    };
    call.meter().steps(seed.len() as u64)?;
    let state = seed.bytes().fold(0, |state: u64, byte| step(state ^ u64::from(byte)).1);
    of_state(call, state)
}

/// The map of a generator.
fn of_state<'a>(call: &Call<'_, 'a>, state: u64) -> Result<Sequence<'a>> {
    let (next, number) = step(state);
    // 53 bits are what a double holds exactly.
    let number = (number >> 11) as f64 / (1_u64 << 53) as f64;
    call.meter().build(1024)?;
    let mut map = Map::default();
    map.insert(Atomic::string("number"), Item::Atomic(Atomic::Double(number)).into());
    map.insert(Atomic::string("next"), function(call, &NEXT, next)?);
    map.insert(Atomic::string("permute"), function(call, &PERMUTE, state)?);
    Ok(Item::Map(Rc::new(map)).into())
}

/// A hidden function with its state given.
fn function<'a>(
    call: &Call<'_, 'a>,
    builtin: &'static LazyLock<Option<Builtin>>,
    state: u64,
) -> Result<Sequence<'a>> {
    let Some(builtin) = builtin.as_ref() else {
        return Err(call.error("XPST0017", "the random number generator has no such function"));
    };
    let whole = Function {
        name: None,
        signature: Arc::clone(&builtin.signature),
        body: FunctionBody::Builtin {
            builtin,
            context: &call.evaluator.program.context,
            focus: None,
        },
        depth: 1,
    };
    let mut arguments = vec![Some(Item::integer(state).into())];
    arguments.resize(builtin.signature.parameters.len(), None);
    let parameters = builtin.signature.parameters.iter().skip(1).cloned().collect();
    let function = Function {
        name: None,
        signature: Arc::new(FunctionType { parameters, result: builtin.signature.result.clone() }),
        body: FunctionBody::Partial { function: Rc::new(whole), arguments },
        depth: 2,
    };
    Ok(Item::Function(Rc::new(function)).into())
}

fn state(arguments: &[Sequence<'_>]) -> u64 {
    let state = match super::argument(arguments, 0).first() {
        Some(Item::Atomic(Atomic::Integer(state, _))) => u64::try_from(*state).ok(),
        _ => None,
    };
    state.unwrap_or_default()
}

fn next<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    of_state(call, state(arguments))
}

/// Shuffles as Fisher and Yates do.
fn permute<'a>(call: &Call<'_, 'a>, arguments: &[Sequence<'a>]) -> Result<Sequence<'a>> {
    let items = super::argument(arguments, 1);
    call.meter().steps(items.len() as u64)?;
    call.meter().build(items.len().saturating_mul(size_of::<Item<'_>>()))?;
    let mut items: Vec<Item<'a>> = items.iter().cloned().collect();
    // Not the state itself: what is permuted shall not depend on the generator's own numbers.
    let mut state = !state(arguments);
    for last in (1..items.len()).rev() {
        let (next, number) = step(state);
        state = next;
        let chosen = number % (last as u64 + 1);
        items.swap(last, usize::try_from(chosen).unwrap_or(last));
    }
    Ok(items.into())
}
