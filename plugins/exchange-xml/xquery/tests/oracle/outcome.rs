//! What a query gives, in a form that both engines have.
//!
//! Invariant: maps, arrays and functions are told apart, no more; the queries look into them
//! themselves.

use philter_xquery::{Atomic, Environment, NodeKind, Query, Result, Value};

/// A result, item by item, or an error's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Items(Vec<String>),
    Error(String),
}

impl Outcome {
    /// What this engine makes of a query that it compiled or refused.
    pub(crate) fn of(query: Result<Query>, environment: &Environment) -> Self {
        match query.and_then(|query| query.evaluate(environment)) {
            Ok(values) => Self::Items(values.iter().map(item).collect()),
            Err(error) => Self::Error(error.code().to_string()),
        }
    }

    /// The items in an order of their own.
    pub(crate) fn in_order(&self) -> Self {
        let mut sorted = self.clone();
        if let Self::Items(items) = &mut sorted {
            items.sort_unstable();
        }
        sorted
    }

    /// Whether it is an error.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }
}

fn item(value: &Value) -> String {
    match value {
        Value::Atomic(value) => atomic(&kind(value), &value.to_text()),
        Value::Node(value) => {
            let node = value.node();
            let (namespace, local) = node.expanded().unwrap_or_default();
            let kind = match node.kind() {
                NodeKind::Document => "document",
                NodeKind::Element => "element",
                NodeKind::Attribute => "attribute",
                NodeKind::Text => "text",
                NodeKind::Comment => "comment",
                NodeKind::ProcessingInstruction => "processing-instruction",
                NodeKind::Namespace => "namespace",
            };
            self::node(kind, namespace, local, node.string_value())
        }
        Value::Map(_) => "map".to_owned(),
        Value::Array(_) => "array".to_owned(),
        Value::Function(_) => "function".to_owned(),
    }
}

/// The type as far as it tells values apart; types derived from a string or an integer do not.
fn kind(value: &Atomic) -> String {
    match value {
        Atomic::String(..) => "string".to_owned(),
        Atomic::Integer(..) => "integer".to_owned(),
        _ => value.type_of().local_name().to_owned(),
    }
}

/// An atomic value. Of a double the last digits are left out: an engine may write more of them.
pub(crate) fn atomic(kind: &str, text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if matches!(kind, "double" | "float") => format!("{kind} {number:.12e}"),
        _ => format!("{kind} {text:?}"),
    }
}

/// A node.
pub(crate) fn node(kind: &str, namespace: &str, local: &str, text: &str) -> String {
    format!("{kind} {{{namespace}}}{local} {text:?}")
}
