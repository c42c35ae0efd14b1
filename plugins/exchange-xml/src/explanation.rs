//! How a query is decided, and what it answers for one message, as JSON.

use std::sync::Arc;

use philter_plugin_api::{MessageView, Reads};

use crate::asking::{Question, ask};
use crate::json_object::{Object, object};
use crate::variables::{reads, value_of};
use crate::workers::{Expression, Outcome, Workers};

/// What is known of an expression before it runs.
pub(crate) fn explain(expression: &Expression) -> Object {
    let analysis = expression.analysis();
    let reads = reads(analysis);
    let variables: Vec<&str> = analysis.variables.iter().map(|name| &**name).collect();
    object([
        ("xquery", expression.text().into()),
        ("constant", analysis.constant.into()),
        ("variables", variables.into()),
        ("reads_headers", reads.contains(Reads::HEADERS).into()),
        ("reads_properties", reads.contains(Reads::PROPERTIES).into()),
        ("reads_body", reads.contains(Reads::BODY).into()),
    ])
}

/// What an expression answers for a message.
#[derive(Debug)]
pub(crate) struct Trial {
    /// The answer, or why there is none.
    pub(crate) outcome: Option<Outcome>,
    /// The variables that the message has no value for.
    absent: Vec<String>,
}

impl Trial {
    /// Evaluates an expression over a message.
    pub(crate) fn run(
        workers: &Workers,
        expression: Arc<Expression>,
        message: &dyn MessageView,
    ) -> Self {
        let names = &expression.analysis().variables;
        let absent = names.iter().filter(|name| value_of(message, name).is_none());
        let absent = absent.map(|name| name.to_string()).collect();
        let mut trial = Self { outcome: None, absent };
        let question = Question { message: 0, expression, asker: () };
        ask(workers, &[message], &[question], &mut |_, outcome| {
            trial.outcome = Some(outcome.clone());
        });
        trial
    }

    /// `answer`, or null and the `failure`, and the `absent_variables`.
    pub(crate) fn to_json(&self) -> Object {
        let answer = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok().copied());
        let failure = self.outcome.as_ref().and_then(|outcome| outcome.as_ref().err());
        object([
            ("answer", answer.into()),
            ("failure", failure.map(ToString::to_string).into()),
            ("absent_variables", self.absent.clone().into()),
        ])
    }
}
