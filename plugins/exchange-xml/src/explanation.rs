//! How a query is decided, and what it answers for one message, as JSON.

use philter_plugin_api::{MessageView, Reads, Result};
use philter_xquery::conditions::{Branch, Conditions};
use serde_json::Value as Json;

use crate::json_object::{Object, object};
use crate::queries::{Expression, Message, Outcome, Queries};
use crate::variables::reads;

/// What a query comes down to.
///
/// # Errors
/// It does not compile.
pub(crate) fn explain(queries: &Queries, text: &str) -> Result<Object> {
    let compiled = queries.compile(text)?;
    let facts = compiled.expression.facts();
    let reads = reads(facts);
    let variables: Vec<&str> = facts.variables.iter().map(|name| &**name).collect();
    Ok(object([
        ("xquery", text.into()),
        ("constant", facts.constant.into()),
        ("branches", branches(&compiled.conditions)),
        ("variables", variables.into()),
        ("reads_headers", reads.contains(Reads::HEADERS).into()),
        ("reads_properties", reads.contains(Reads::PROPERTIES).into()),
        ("reads_body", reads.contains(Reads::BODY).into()),
    ]))
}

/// The branches of a query's conditions: each true where all of its terms are, and where it is not
/// exact the query still has to be evaluated then.
fn branches(conditions: &Conditions) -> Json {
    let branch = |branch: &Branch| {
        let terms: Vec<String> = branch.terms.iter().map(ToString::to_string).collect();
        object([("terms", terms.into()), ("exact", branch.is_exact.into())])
    };
    conditions.branches.iter().map(|it| Json::Object(branch(it))).collect()
}

/// What an expression answers for a message.
#[derive(Debug)]
pub(crate) struct Trial {
    outcome: Outcome<bool>,
    /// The variables that the message has no value for.
    absent: Vec<String>,
}

impl Trial {
    /// Evaluates an expression over a message.
    pub(crate) fn run(
        queries: &Queries,
        expression: &Expression,
        message: &dyn MessageView,
    ) -> Self {
        let message = Message::new(message);
        let names = expression.facts().variables.iter();
        let absent = names.filter(|name| message.variable(name).is_none());
        let absent = absent.map(|name| name.to_string()).collect();
        Self { outcome: queries.evaluate(expression, &message), absent }
    }

    /// Whether the answer is yes.
    pub(crate) fn is_match(&self) -> bool {
        self.outcome.is_match()
    }

    /// `answer`, or null and the `failure`, and the `absent_variables`.
    pub(crate) fn to_json(&self) -> Object {
        let answer = self.outcome.answer.as_ref();
        object([
            ("answer", answer.ok().copied().into()),
            ("failure", answer.err().map(ToString::to_string).into()),
            ("absent_variables", self.absent.clone().into()),
        ])
    }
}
