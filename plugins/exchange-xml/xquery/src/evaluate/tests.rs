//! Queries and what comes out, an area a file.

mod constructors;
mod expressions;
mod functions;
mod hostile;
mod tuples;

use super::{Evaluator, Trees};
use crate::document::Document;
use crate::environment::Environment;
use crate::error::Result;
use crate::limits::Limits;
use crate::options::Options;
use crate::serialize::{Parameters, serialize};
use crate::tree::OwnedNode;
use crate::value::{NodeValue, Value};

/// What the queries run on.
const DOCUMENT: &str = "<weather at='x'><station>Raleigh</station><temperature_f>60</temperature_f>\
    <wind_speed_mph>12.5</wind_speed_mph><note>dry</note><note>calm</note></weather>";

/// The query's result, items with spaces between, strings in quotes.
fn evaluate(query: &str, limits: &Limits) -> Result<String> {
    let document = Document::parse(DOCUMENT, &limits.document)?;
    let node = NodeValue(OwnedNode::root(document.0.clone()));
    let environment =
        Environment { context_item: Some(Value::Node(node)), ..Environment::default() };
    let options = Options { limits: limits.clone(), ..Options::default() };
    let module = crate::syntax::parse(query, limits)?;
    let program = crate::compile::compile(module, query, &options)?;
    let arena = Trees::new();
    let evaluator = Evaluator::new(&program, &environment, &arena, limits);
    let result = evaluator.run()?;
    let mut parameters = Parameters::default();
    parameters.declare("method", "adaptive", &program.context)?;
    parameters.declare("item-separator", " ", &program.context)?;
    serialize(&result, &parameters, &evaluator.meter)
}

/// The result as it is printed, or the error's code.
fn outcome(query: &str, limits: &Limits) -> String {
    evaluate(query, limits).unwrap_or_else(|error| error.code().to_string())
}

/// Each query gives what stands behind it: a result, or an error's code.
#[track_caller]
fn check(table: &[(&str, &str)]) {
    let limits = Limits::default();
    let mut wrong = Vec::new();
    for (query, expected) in table {
        let found = outcome(query, &limits);
        if found != *expected {
            wrong.push(format!("{query}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
