//! Queries and their trees, errors and their places, texts that are meant to hurt.

mod errors;
mod hostile;
mod trees;

use super::{parse, printed};
use crate::error::Error;
use crate::limits::Limits;

/// The printed tree of a query.
fn tree(source: &str) -> String {
    match parse(source, &Limits::default()) {
        Ok(module) => printed::module(&module),
        Err(error) => panic!("{source}\n{}", error.in_source(source).report()),
    }
}

fn error(source: &str) -> Error {
    match parse(source, &Limits::default()) {
        Ok(module) => panic!("{source}\nparses as {}", printed::module(&module)),
        Err(error) => error.in_source(source),
    }
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .map(|(source, expected)| (source, expected, tree(source)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(source, expected, found)| {
            format!("{source}\n  expected {expected}\n  found    {found}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
