//! Patterns and values as JSON, for `explain` and `try`.
//!
//! Invariant: this is for people; nothing reads it back.

use philter_plugin_api::{MessageView, ValueRef};
use serde_json::{Value as Json, json};

use crate::comparable::Fixed;
use crate::condition::{Condition, Expected};
use crate::pattern::{Decision, Pattern};

/// A pattern's rule in one sentence.
pub(crate) fn rule(pattern: &Pattern) -> &'static str {
    match pattern.decision() {
        Decision::Always => "matches every message: all of no conditions hold",
        Decision::Never => "matches no message: none of its conditions can hold",
        Decision::All => "matches where every condition holds",
        Decision::Any => "matches where at least one condition holds",
    }
}

/// A condition by itself.
pub(crate) fn condition(condition: &Condition) -> Json {
    json!({"header": condition.name, "expected": expected(&condition.expected)})
}

/// A condition beside what a message has.
pub(crate) fn decided(condition: &Condition, message: &dyn MessageView) -> Json {
    let found = message.header(&condition.name);
    json!({
        "header": condition.name,
        "expected": expected(&condition.expected),
        "found": found.map(value),
        "present": found.is_some(),
        "holds": condition.accepts(found),
    })
}

fn expected(expected: &Expected) -> Json {
    match expected {
        Expected::Present => json!("any value"),
        Expected::Nothing => json!("NaN, which nothing equals"),
        Expected::Compound(value) => json!({"equals": format!("{value:?}")}),
        Expected::Bytes(bytes) => json!({"equals": String::from_utf8_lossy(bytes)}),
        Expected::Fixed(fixed) => json!({"equals": self::fixed(*fixed)}),
    }
}

fn fixed(fixed: Fixed) -> Json {
    match fixed {
        Fixed::Bool(value) => json!(value),
        Fixed::Integer(value) => i64::try_from(value)
            .map_or_else(|_| u64::try_from(value).map_or(Json::Null, Json::from), Json::from),
        Fixed::Float(bits) => json!(f64::from_bits(bits)),
        other => json!(format!("{other:?}")),
    }
}

fn value(value: ValueRef<'_>) -> Json {
    if let Some(bytes) = value.as_bytes() {
        return json!(String::from_utf8_lossy(bytes));
    }
    if let Some(integer) = value.as_i64() {
        return json!(integer);
    }
    match value {
        ValueRef::Null => Json::Null,
        ValueRef::Bool(value) => json!(value),
        ValueRef::Ulong(value) => json!(value),
        ValueRef::Float(value) => json!(value),
        ValueRef::Double(value) => json!(value),
        other => other.to_value().map_or(Json::Null, |value| json!(format!("{value:?}"))),
    }
}
