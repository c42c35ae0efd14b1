//! JSON, as options give it and as a plugin answers with it.

use philter_plugin_api::Error;
use philter_plugin_api::ErrorKind;
use philter_plugin_api::value::Value;

use crate::rule::{Stop, described, fails};

/// The value that stands for a JSON value: text is a string, a whole number a long, null is null (a
/// presence test of the headers exchange).
pub(crate) fn to_value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::Long(value),
            (None, Some(value)) => Value::Ulong(value),
            (None, None) => Value::Double(number.as_f64().unwrap_or(0.0)),
        },
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(values) => Value::List(values.iter().map(to_value).collect()),
        serde_json::Value::Object(fields) => {
            let pair = |(name, value): (&String, _)| (Value::String(name.clone()), to_value(value));
            Value::Map(fields.iter().map(pair).collect())
        }
    }
}

/// Names of entries for people.
pub(crate) fn listed(entries: &[&str]) -> String {
    if entries.is_empty() { "none".to_owned() } else { entries.join(", ") }
}

/// An answer that must be JSON; false where the plugin has no such entry.
pub(crate) fn is_offered(entry: &str, answer: Result<String, Error>) -> Result<bool, Stop> {
    let text = match answer {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(false),
        Err(error) => return fails(format!("{entry} failed: {}", described(&error))),
    };
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(_) => Ok(true),
        Err(error) => fails(format!("{entry} answered with something else than JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_kind() {
        let value = to_value(&serde_json::json!({"a": 1, "b": 1.5, "c": null, "d": ["x"]}));
        let pair = |name: &str, value| (Value::String(name.to_owned()), value);
        let expected = vec![
            pair("a", Value::Long(1)),
            pair("b", Value::Double(1.5)),
            pair("c", Value::Null),
            pair("d", Value::List(vec![Value::String("x".to_owned())])),
        ];
        assert_eq!(value, Value::Map(expected));
    }

    #[test]
    fn an_answer_is_json_or_not_offered() {
        assert_eq!(is_offered("inspect", Ok("{}".to_owned())), Ok(true));
        assert_eq!(is_offered("inspect", Err(Error::unsupported("inspect"))), Ok(false));
        assert!(is_offered("inspect", Ok("well".to_owned())).is_err());
        assert!(is_offered("inspect", Err(Error::internal("x"))).is_err());
    }
}
