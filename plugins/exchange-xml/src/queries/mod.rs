//! Compiles queries and evaluates them over messages, within the limits of a configuration.
//!
//! Invariants: a query fails the evaluation that it fails, and nothing else; the engine meters
//! every evaluation, so that what one costs is bounded whatever the query.

mod counts;
mod expression;
mod interned;
mod message;
mod outcome;
mod shared;

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use philter_plugin_api::{Error, ErrorKind};
use philter_xquery::conditions::Conditions;
use philter_xquery::{Document, DocumentReader, Evaluation, Options, QName, Query, Value};

use self::counts::Counts;
pub(crate) use self::expression::{Expression, Facts};
use self::interned::Interned;
pub(crate) use self::message::Message;
pub(crate) use self::outcome::{Failure, Outcome};
use crate::configuration::Configuration;
use crate::json_object::Object;

/// The functions that read what is not in the message.
const REFUSED: [&str; 10] = [
    "doc",
    "doc-available",
    "collection",
    "uri-collection",
    "unparsed-text",
    "unparsed-text-lines",
    "unparsed-text-available",
    "json-doc",
    "environment-variable",
    "available-environment-variables",
];

const FUNCTIONS: &str = "http://www.w3.org/2005/xpath-functions";

/// A query that was just compiled.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    /// The query.
    pub(crate) expression: Arc<Expression>,
    /// What it comes down to.
    pub(crate) conditions: Conditions,
}

/// Compiles and evaluates.
#[derive(Debug)]
pub(crate) struct Queries {
    options: Options,
    documents: DocumentReader,
    counts: Counts,
    interned: Mutex<Interned>,
}

impl Queries {
    /// Queries within the limits of a configuration.
    pub(crate) fn new(configuration: &Configuration) -> Self {
        let refused = REFUSED.iter().map(|local| QName::new(FUNCTIONS, local)).collect();
        let limits = configuration.limits();
        let documents = DocumentReader::new(limits.document.clone());
        let options = Options { limits, refused_functions: refused, ..Options::default() };
        Self { options, documents, counts: Counts::default(), interned: Mutex::default() }
    }

    /// Compiles a query. Equal ones that are in use share one expression.
    ///
    /// # Errors
    /// What does not compile, with line and column, or is beyond a limit.
    pub(crate) fn compile(&self, text: &str) -> Result<Compiled, Error> {
        let query = self.query(text)?;
        let conditions = query.conditions();
        let made = Arc::new(Expression::new(text, query, &conditions));
        // Where there is an equal one, this one goes after the lock.
        let expression = self.interned.lock().insert(Arc::clone(&made));
        Ok(Compiled { expression, conditions })
    }

    /// The query of a text.
    ///
    /// # Errors
    /// As [`Self::compile`].
    pub(crate) fn query(&self, text: &str) -> Result<Query, Error> {
        Counts::add(&self.counts.compiled);
        Query::compile(text, &self.options).map_err(|error| refusal(&error))
    }

    /// Evaluates a query over a message, as a filter.
    pub(crate) fn evaluate(&self, expression: &Expression, message: &Message<'_>) -> Outcome<bool> {
        self.measured(|| self.answer(expression, message))
    }

    fn answer(&self, expression: &Expression, message: &Message<'_>) -> Result<bool, Failure> {
        if let Some(constant) = expression.facts().constant {
            return Ok(constant);
        }
        self.evaluation(expression, message, |_, evaluation| evaluation.boolean())
    }

    /// The result of an evaluation of a query with what it reads of a message.
    fn evaluation<R>(
        &self,
        expression: &Expression,
        message: &Message<'_>,
        result: impl FnOnce(&Query, &Evaluation<'_>) -> philter_xquery::Result<R>,
    ) -> Result<R, Failure> {
        let query = expression.query(|text| self.query(text)).map_err(Failure::Recompiling)?;
        let facts = expression.facts();
        let values: Vec<_> = facts
            .variables
            .iter()
            .filter_map(|name| Some((name, [Value::Atomic(message.variable(name)?)])))
            .collect();
        let mut evaluation = Evaluation::new(query);
        if facts.reads_body {
            evaluation = evaluation.document(self.document(message)?);
        }
        for (name, value) in &values {
            evaluation = evaluation.variable(name, value);
        }
        result(query, &evaluation).map_err(Failure::Query)
    }

    /// Evaluates a query over a message for its result as text, and that text's media type.
    pub(crate) fn transform(
        &self,
        expression: &Expression,
        message: &Message<'_>,
    ) -> Outcome<(String, String)> {
        self.measured(|| {
            self.evaluation(expression, message, |query, evaluation| {
                Ok((evaluation.serialize()?, query.media_type().to_owned()))
            })
        })
    }

    fn measured<R>(&self, evaluate: impl FnOnce() -> Result<R, Failure>) -> Outcome<R> {
        Counts::add(&self.counts.evaluations);
        let begun = Instant::now();
        let answer = evaluate().inspect_err(|failure| self.counts.count(failure));
        Outcome { answer, took: begun.elapsed() }
    }

    /// The body of a message.
    ///
    /// # Errors
    /// It is no document, or beyond a limit.
    pub(crate) fn document<'m>(&self, message: &'m Message<'_>) -> Result<&'m Document, Failure> {
        message.document(&self.documents, &self.counts).map_err(Failure::Document)
    }

    /// What queries are compiled with.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// What has been done, as the members of a JSON object.
    pub(crate) fn to_json(&self) -> Object {
        self.counts.to_json()
    }
}

/// What a client reads of a query that does not compile.
fn refusal(error: &philter_xquery::Error) -> Error {
    let kind = if error.is_limit() { ErrorKind::LimitExceeded } else { ErrorKind::InvalidArgument };
    let refused = Error::new(kind, format!("xquery: {}: {}", error.code(), error.message()));
    match error.place() {
        Some(place) => refused.at(place.line, place.column),
        None => refused,
    }
}
