//! Bindings to try.

use std::str::FromStr;

use philter_plugin_api::Value;
use philter_plugin_api::value::encode_map;

use super::{BadSample, key_and_object};
use crate::json::to_value;

/// A binding: a key and arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleBinding {
    /// The binding key.
    pub key: String,
    /// The arguments.
    pub arguments: Vec<(String, Value)>,
}

impl SampleBinding {
    /// A binding without arguments.
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), arguments: Vec::new() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.arguments.push((name.to_owned(), value.into()));
        self
    }

    /// The arguments as a binding has them: an AMQP 1.0 map.
    pub(crate) fn encoded_arguments(&self) -> Vec<u8> {
        encode_map(self.arguments.iter().map(|(name, value)| (name.as_str(), value)))
    }
}

impl std::fmt::Display for SampleBinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "'{}'", self.key)?;
        match &self.arguments[..] {
            [] => Ok(()),
            arguments => {
                let names: Vec<_> = arguments.iter().map(|(name, _)| name.as_str()).collect();
                write!(f, " with {}", names.join(", "))
            }
        }
    }
}

impl FromStr for SampleBinding {
    type Err = BadSample;

    /// Reads `KEY` or `KEY {"argument": value}`.
    fn from_str(given: &str) -> Result<Self, BadSample> {
        let (key, arguments) = key_and_object(given)?;
        let arguments = arguments.iter().map(|(name, value)| (name.clone(), to_value(value)));
        Ok(Self { key: key.to_owned(), arguments: arguments.collect() })
    }
}

/// Bindings that the exchanges of the field take, a few for each, and some that one or the other
/// refuses.
pub(super) fn candidates() -> Vec<SampleBinding> {
    let plain = ["a.b", "a.c", "a.*", "a.#", "#", "1", "2", "", "not a number"];
    let headers = |key: &str, how: &str| SampleBinding::new(key).argument("x-match", how);
    let query = |key: &str, query: &str| SampleBinding::new(key).argument("xquery", query);
    let mut candidates: Vec<_> = plain.into_iter().map(SampleBinding::new).collect();
    candidates.extend([
        headers("all", "all").argument("color", "red").argument("size", Value::Long(3)),
        headers("any", "any").argument("color", "blue").argument("size", Value::Long(3)),
        headers("present", "all").argument("color", Value::Null),
        headers("nonsense", "nonsense").argument("color", "red"),
        query("a.b", "true()"),
        query("a.b", "./weather/temperature > 20"),
        query("a.b", "declare variable $color external; $color = 'red'"),
        query("a.c", "((("),
    ]);
    candidates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_from_a_key_and_json() {
        let plain: SampleBinding = "a.b".parse().unwrap();
        assert_eq!(plain, SampleBinding::new("a.b"));
        let with_arguments: SampleBinding = r#"k {"x-match": "all", "n": 1}"#.parse().unwrap();
        let expected = SampleBinding::new("k").argument("n", 1_i64).argument("x-match", "all");
        assert_eq!(with_arguments, expected);
        assert_eq!(with_arguments.to_string(), "'k' with n, x-match");
        assert!(matches!("k {x".parse::<SampleBinding>(), Err(BadSample::Json { .. })));
    }
}
