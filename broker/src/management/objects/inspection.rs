//! What a plugin says of its exchange or of a binding, as values of the schema.
//!
//! Invariants: a plugin is asked only for an object that somebody asked for; a member that is
//! absent or of another kind than the schema has is no value, whatever the plugin is.

use philter_management::value::Value;
use philter_plugin_api::BindingId;
use serde_json::{Map, Value as Json};

use crate::virtual_host::Exchange;

/// The members of an answer; none where the plugin gave none.
#[derive(Debug, Default)]
pub(super) struct Inspection(Map<String, Json>);

impl Inspection {
    /// Of an exchange, or of one of its bindings.
    pub(super) fn of(exchange: &Exchange, binding: Option<BindingId>) -> Self {
        exchange.inspect(binding).map_or_else(Self::default, |answer| Self::parse(&answer))
    }

    fn parse(answer: &str) -> Self {
        Self(serde_json::from_str(answer).unwrap_or_default())
    }

    /// The value of an exchange's statistic.
    pub(super) fn of_exchange(&self, statistic: &str) -> Option<Value> {
        self.count(match statistic {
            "bindingsConstant" => "constant",
            "bindingsIndexed" => "indexed",
            "bindingsResidual" => "residual",
            "bindingsScanned" => "scanned",
            "bindingsEvaluated" => "always_evaluated",
            "bodiesUnreadable" => "unreadable_bodies",
            _ => return None,
        })
    }

    /// The value of a binding's property or statistic.
    pub(super) fn of_binding(&self, column: &str) -> Option<Value> {
        match column {
            "evaluations" => self.count("evaluated"),
            "evaluationFailures" => self.count("failed"),
            "evaluationTime" => {
                let us = self.0.get("engine_us")?.as_u64()?;
                Some(Value::Duration(us.saturating_mul(1_000)))
            }
            "decidedBy" => self.text("decided"),
            "lastFailure" => self.text("last_failure"),
            _ => None,
        }
    }

    fn count(&self, member: &str) -> Option<Value> {
        self.0.get(member)?.as_u64().map(Value::Unsigned)
    }

    fn text(&self, member: &str) -> Option<Value> {
        self.0.get(member)?.as_str().map(Value::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_columns_in_the_schemas_units() {
        let binding = Inspection::parse(
            r#"{"matched": 9, "evaluated": 5, "failed": 1, "engine_us": 7, "decided": "residual",
                "last_failure": "FORG0001"}"#,
        );
        for (column, value) in [
            ("evaluations", Value::Unsigned(5)),
            ("evaluationFailures", Value::Unsigned(1)),
            ("evaluationTime", Value::Duration(7_000)),
            ("decidedBy", "residual".into()),
            ("lastFailure", "FORG0001".into()),
        ] {
            assert_eq!(binding.of_binding(column), Some(value), "{column}");
        }
        assert_eq!(binding.of_binding("matched"), None);
        let exchange = Inspection::parse(r#"{"indexed": 3, "always_evaluated": 2}"#);
        assert_eq!(exchange.of_exchange("bindingsIndexed"), Some(Value::Unsigned(3)));
        assert_eq!(exchange.of_exchange("bindingsEvaluated"), Some(Value::Unsigned(2)));
        assert_eq!(exchange.of_exchange("bindingsResidual"), None);
    }

    #[test]
    fn what_is_no_answer_of_that_kind_has_no_values() {
        for answer in ["", "[]", "7", r#"{"evaluated": -1}"#, r#"{"evaluated": "5"}"#, "{"] {
            assert_eq!(Inspection::parse(answer).of_binding("evaluations"), None, "{answer}");
        }
        let no_failure = Inspection::parse(r#"{"last_failure": null}"#);
        assert_eq!(no_failure.of_binding("lastFailure"), None);
    }
}
