//! Arrays: what functions on them give, and whom they refuse.

use std::fmt::Write;

use proptest::prelude::*;

use crate::{Environment, Limits, Options, Query};

fn result(query: &str) -> Result<String, String> {
    let query = Query::compile(query, &Options::default()).unwrap();
    query.serialize(&Environment::default()).map_err(|error| error.code().to_string())
}

/// A change of an array of integers, in XQuery and as a model makes it.
#[derive(Clone, Debug)]
enum Change {
    Append(u8),
    Put(usize, u8),
    Remove(usize),
    InsertBefore(usize, u8),
    Subarray(usize, usize),
    Tail,
    Reverse,
    JoinItself,
}

impl Change {
    /// None where it would be an error.
    fn apply(&self, model: &mut Vec<u8>, query: &mut String) -> Option<()> {
        let at = |index: usize, count: usize| (count > 0).then(|| index % count);
        let len = model.len();
        match *self {
            Self::Append(value) => {
                model.push(value);
                write!(query, " => array:append({value})")
            }
            Self::Put(index, value) => {
                let index = at(index, len)?;
                model[index] = value;
                write!(query, " => array:put({}, {value})", index + 1)
            }
            Self::Remove(index) => {
                let index = at(index, len)?;
                model.remove(index);
                write!(query, " => array:remove({})", index + 1)
            }
            Self::InsertBefore(index, value) => {
                let index = at(index, len + 1)?;
                model.insert(index, value);
                write!(query, " => array:insert-before({}, {value})", index + 1)
            }
            Self::Subarray(start, length) => {
                let start = at(start, len + 1)?;
                let length = at(length, len - start + 1)?;
                *model = model[start..start + length].to_vec();
                write!(query, " => array:subarray({}, {length})", start + 1)
            }
            Self::Tail => {
                at(0, len)?;
                model.remove(0);
                write!(query, " => array:tail()")
            }
            Self::Reverse => {
                model.reverse();
                write!(query, " => array:reverse()")
            }
            Self::JoinItself if len < 500 => {
                model.extend_from_within(..);
                *query = format!("(let $a := {query} return array:join(($a, $a)))");
                Ok(())
            }
            Self::JoinItself => return None,
        }
        .ok()
    }
}

fn change() -> impl Strategy<Value = Change> {
    let index = 0..1000_usize;
    prop_oneof![
        any::<u8>().prop_map(Change::Append),
        (index.clone(), any::<u8>()).prop_map(|(index, value)| Change::Put(index, value)),
        index.clone().prop_map(Change::Remove),
        (index.clone(), any::<u8>()).prop_map(|(index, value)| Change::InsertBefore(index, value)),
        (index.clone(), index).prop_map(|(start, length)| Change::Subarray(start, length)),
        Just(Change::Tail),
        Just(Change::Reverse),
        Just(Change::JoinItself),
        Just(Change::JoinItself),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn arrays_change_as_vectors_do(changes in prop::collection::vec(change(), 1..40)) {
        let mut model: Vec<u8> = (0..100).collect();
        let mut query = "array { 0 to 99 }".to_owned();
        for change in changes {
            let _ = change.apply(&mut model, &mut query);
        }
        let expected = model.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(result(&format!("string-join(({query})?*, ' ')")), Ok(expected));
    }
}

#[test]
fn a_position_outside_is_an_error() {
    for (query, code) in [
        ("array:get([1], 0)", "FOAY0001"),
        ("array:get([1], 2)", "FOAY0001"),
        ("array:get([1], 0 - 170141183460469231731687303715884105727 - 1)", "FOAY0001"),
        ("array:put([1], 2, 1)", "FOAY0001"),
        ("array:remove([1], (1, 2))", "FOAY0001"),
        ("array:insert-before([1], 3, 1)", "FOAY0001"),
        ("array:subarray([1], 3)", "FOAY0001"),
        ("array:subarray([1], 1, 2)", "FOAY0001"),
        ("array:subarray([1], 1, -1)", "FOAY0002"),
        ("array:head([])", "FOAY0001"),
        ("array:tail([])", "FOAY0001"),
    ] {
        assert_eq!(result(query), Err(code.to_owned()), "{query}");
    }
}

#[test]
fn no_array_grows_past_the_limits() {
    let limits = Limits { built_bytes_max: 1 << 20, value_depth_max: 20, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    for query in [
        "array:size(fold-left(1 to 100000, [], function($a, $n) { array:append($a, $n) }))",
        "array:size(fold-left(1 to 30, [1], function($a, $n) { array:join(($a, $a)) }))",
        "array:size(fold-left(1 to 30, [], function($a, $n) { [$a] }))",
        "count(array:flatten(fold-left(1 to 19, 1, function($a, $n) { [$a, $a] })))",
        "map:size(fold-left(1 to 30, map {}, function($a, $n) { map { 1: $a } }))",
        "map:size(fold-left(1 to 100000, map {}, function($a, $n) { map:put($a, $n, $n) }))",
    ] {
        let query = Query::compile(query, &options).unwrap();
        let error = query.serialize(&Environment::default()).unwrap_err();
        assert!(error.is_limit(), "{error}");
    }
}
