//! What `explain` and `try` say of a selector, as JSON.

use philter_plugin_api::{MessageView, Reads};
use serde_json::{Map, Value as Json, json};

use crate::selector::Selector;
use crate::value::{Truth, Value};

/// How a selector is understood, and what its answer reads.
pub(super) fn explanation(selector: &Selector) -> Json {
    let identifiers: Vec<_> = selector.fields().iter().map(|field| field.name()).collect();
    json!({
        "selector": selector.to_string(),
        "identifiers": identifiers,
        "reads": reads(selector.reads()),
    })
}

/// What a selector answers for a message, null for unknown, and the values that it sees.
pub(super) fn trial(selector: &Selector, message: &dyn MessageView) -> Json {
    let answer = match selector.answer(message) {
        Truth::False => Json::Bool(false),
        Truth::Unknown => Json::Null,
        Truth::True => Json::Bool(true),
    };
    let values = selector.fields().into_iter();
    let values = values.map(|field| (field.name().to_owned(), value(field.value(message))));
    json!({
        "answer": answer,
        "selector": selector.to_string(),
        "identifiers": values.collect::<Map<_, _>>(),
    })
}

fn reads(reads: Reads) -> Vec<&'static str> {
    let parts =
        [(Reads::KEY, "key"), (Reads::PROPERTIES, "properties"), (Reads::HEADERS, "headers")];
    let parts = parts.into_iter().filter(|(part, _)| reads.contains(*part));
    parts.map(|(_, name)| name).collect()
}

fn value(value: Value<'_>) -> Json {
    match value {
        Value::Unknown => Json::Null,
        Value::Bool(it) => it.into(),
        Value::Integer(it) => it.into(),
        // JSON has no number for what is none, and none for infinity.
        Value::Double(it) if !it.is_finite() => it.to_string().into(),
        Value::Double(it) => it.into(),
        Value::Text(it) => it.into_owned().into(),
    }
}
