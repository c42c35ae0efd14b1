//! Values of headers, bodies and expressions, as they are compared with each other.

use std::cmp::Ordering;

use philter_plugin_api::ValueRef;
use serde_json::Value;

use crate::expression::Comparison;

/// A value as it is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    /// Null, or not there.
    Null,
    Bool(bool),
    /// Numbers of any type: past 2 to the 53rd not all whole numbers are told apart.
    Number(f64),
    Text(&'a str),
    /// A list, an object or bytes: there, and equal to nothing.
    Other,
}

impl Scalar<'_> {
    /// Whether a condition that is nothing but this value is true.
    pub(crate) fn holds(self) -> bool {
        !matches!(self, Scalar::Null | Scalar::Bool(false))
    }

    /// Values of different types are unequal, and neither is the smaller one.
    pub(crate) fn compares(self, comparison: Comparison, right: Scalar<'_>) -> bool {
        let ordering = match (self, right) {
            (Scalar::Null, Scalar::Null) => Some(Ordering::Equal),
            (Scalar::Bool(left), Scalar::Bool(right)) => Some(left.cmp(&right)),
            (Scalar::Number(left), Scalar::Number(right)) => left.partial_cmp(&right),
            (Scalar::Text(left), Scalar::Text(right)) => Some(left.cmp(right)),
            _ => None,
        };
        match comparison {
            Comparison::Equal => ordering == Some(Ordering::Equal),
            Comparison::NotEqual => ordering != Some(Ordering::Equal),
            Comparison::Less => ordering == Some(Ordering::Less),
            Comparison::LessOrEqual => ordering.is_some_and(Ordering::is_le),
            Comparison::Greater => ordering == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => ordering.is_some_and(Ordering::is_ge),
        }
    }

    /// For people.
    pub(crate) fn to_json(self) -> Value {
        match self {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => value.into(),
            Scalar::Number(value) => value.into(),
            Scalar::Text(text) => text.into(),
            Scalar::Other => "(no scalar)".into(),
        }
    }
}

impl<'a> From<Option<ValueRef<'a>>> for Scalar<'a> {
    fn from(header: Option<ValueRef<'a>>) -> Self {
        let Some(header) = header else { return Scalar::Null };
        match header {
            ValueRef::Null => Scalar::Null,
            ValueRef::Bool(value) => Scalar::Bool(value),
            ValueRef::Timestamp(ms) => Scalar::Number(ms as f64),
            ValueRef::Ulong(value) => Scalar::Number(value as f64),
            other => {
                let number = other.as_i64().map(|value| value as f64).or(other.as_f64());
                let text = || other.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
                number
                    .map(Scalar::Number)
                    .or_else(|| text().map(Scalar::Text))
                    .unwrap_or(Scalar::Other)
            }
        }
    }
}
