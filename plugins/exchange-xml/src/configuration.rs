//! The plugin's configuration: limits and threads, read from JSON once and checked once.
//!
//! Invariant: a value that exists is inside its range; whoever has a `Configuration` checks
//! nothing.

use philter_plugin_api::{Error, Result};
use serde::Deserialize;

use crate::engine::Limits;

/// JSON Schema of the configuration, with every default.
pub(crate) const SCHEMA: &str = include_str!("configuration.schema.json");

/// Longer than this, a query is no filter.
const DEADLINE_MS_MAX: u64 = 60_000;

/// Evaluations are short; more threads than this only wait for each other.
const WORKERS_MAX: usize = 64;

/// What can be set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Bytes of a query.
    pub(crate) query_bytes_max: usize,
    /// Parentheses, brackets and braces open at a time in a query.
    pub(crate) nesting_max: usize,
    /// Bytes of a body that is read.
    pub(crate) document_bytes_max: usize,
    /// Elements open at a time in a document.
    pub(crate) depth_max: usize,
    /// Attributes of one element.
    pub(crate) attributes_max: usize,
    /// How long one step may take: compiling a query, reading a body, evaluating a query.
    pub(crate) deadline_ms: u64,
    /// Threads that compile and evaluate.
    pub(crate) workers: usize,
}

impl Default for Configuration {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            query_bytes_max: limits.query_bytes_max,
            nesting_max: limits.nesting_max,
            document_bytes_max: limits.document_bytes_max,
            depth_max: limits.depth_max,
            attributes_max: limits.attributes_max,
            // A query over the largest document takes a tenth of it on a slow machine.
            deadline_ms: 1000,
            // One for publishers and one for whoever binds meanwhile; more where queries are many.
            workers: 2,
        }
    }
}

impl Configuration {
    /// Reads a configuration.
    ///
    /// # Errors What is no JSON object, has an unknown name, or a value outside its range, which
    /// the text names.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let wrong = |error| Error::invalid(format!("the configuration is wrong: {error}"));
        let object: serde_json::Map<_, _> = serde_json::from_str(json).map_err(wrong)?;
        let read: Self = serde_json::from_value(object.into()).map_err(wrong)?;
        let most = Limits::CEILING;
        in_range("query_bytes_max", read.query_bytes_max, most.query_bytes_max)?;
        in_range("nesting_max", read.nesting_max, most.nesting_max)?;
        in_range("document_bytes_max", read.document_bytes_max, most.document_bytes_max)?;
        in_range("depth_max", read.depth_max, most.depth_max)?;
        in_range("attributes_max", read.attributes_max, most.attributes_max)?;
        in_range("deadline_ms", read.deadline_ms, DEADLINE_MS_MAX)?;
        in_range("workers", read.workers, WORKERS_MAX)?;
        Ok(read)
    }

    /// The part that the engine keeps.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            query_bytes_max: self.query_bytes_max,
            nesting_max: self.nesting_max,
            document_bytes_max: self.document_bytes_max,
            depth_max: self.depth_max,
            attributes_max: self.attributes_max,
        }
    }
}

fn in_range<N: PartialOrd + From<u8> + std::fmt::Display>(
    name: &str,
    value: N,
    most: N,
) -> Result<()> {
    if value < N::from(1) || value > most {
        let text = format!("the configuration's {name} is {value}; it must be from 1 to {most}");
        return Err(Error::invalid(text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_object_gives_the_defaults() {
        assert_eq!(Configuration::parse("{}").unwrap(), Configuration::default());
    }

    #[test]
    fn the_schema_says_the_defaults_and_the_ranges() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        let mut defaults = serde_json::Map::new();
        for (name, property) in properties {
            defaults.insert(name.clone(), property["default"].clone());
            let beyond = property["maximum"].as_u64().unwrap() + 1;
            for value in [0, beyond] {
                let refused = Configuration::parse(&format!("{{\"{name}\": {value}}}"));
                assert!(refused.unwrap_err().text().contains(name.as_str()), "{name} {value}");
            }
            let most = format!("{{\"{name}\": {}}}", property["maximum"]);
            assert!(Configuration::parse(&most).is_ok(), "{name}");
        }
        let written = serde_json::Value::Object(defaults).to_string();
        assert_eq!(Configuration::parse(&written).unwrap(), Configuration::default());
        assert_eq!(properties.len(), 7);
    }

    #[test]
    fn refuses_unknown_names_and_wrong_types() {
        for json in ["[]", "{\"nesting\": 1}", "{\"workers\": \"2\"}", "{\"workers\": -1}", "{"] {
            assert!(Configuration::parse(json).is_err(), "{json}");
        }
    }
}
