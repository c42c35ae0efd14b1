//! How a query is decided, and what it answers for one message, as JSON.

use std::sync::Arc;

use philter_plugin_api::{MessageView, Reads};
use serde_json::{Value, json};

use crate::asking::{Question, ask};
use crate::variables::{reads, value_of};
use crate::workers::{Expression, Workers};

/// What is known of an expression before it runs.
pub(crate) fn explain(expression: &Expression) -> Value {
    let analysis = expression.analysis();
    let reads = reads(analysis);
    json!({
        "xquery": expression.text(),
        "constant": analysis.constant,
        "variables": analysis.variables.iter().map(|name| &**name).collect::<Vec<_>>(),
        "reads_headers": reads.contains(Reads::HEADERS),
        "reads_properties": reads.contains(Reads::PROPERTIES),
        "reads_body": reads.contains(Reads::BODY),
    })
}

/// What an expression answers for a message: `answer`, or null and the `failure`; and the variables that
/// the message has no value for.
pub(crate) fn answer_json(
    workers: &Workers,
    expression: Arc<Expression>,
    message: &dyn MessageView,
) -> Value {
    let names = &expression.analysis().variables;
    let absent = names.iter().filter(|name| value_of(message, name).is_none());
    let absent: Vec<String> = absent.map(|name| name.to_string()).collect();
    let mut json = json!({ "answer": null, "failure": null, "absent_variables": absent });
    let question = Question { message: 0, expression, asker: () };
    ask(workers, &[message], &[question], &mut |_, outcome| match outcome {
        Ok(answer) => json["answer"] = (*answer).into(),
        Err(failure) => json["failure"] = failure.to_string().into(),
    });
    json
}
