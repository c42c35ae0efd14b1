//! The plugin's configuration: limits, read from JSON once and checked once.
//!
//! Invariant: a value that exists is inside its range; whoever has a `Configuration` checks
//! nothing.

use std::time::Duration;

use philter_plugin_api::{Error, Result, read_configuration};
use philter_xquery::{DocumentLimits, Limits};
use serde::Deserialize;

/// JSON Schema of the configuration, with every default.
pub(crate) const SCHEMA: &str = include_str!("configuration.schema.json");

/// What can be set. Each is the limit of the engine with the same name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Configuration {
    pub(crate) query_bytes_max: usize,
    pub(crate) nesting_max: usize,
    pub(crate) steps_max: u64,
    pub(crate) deadline_ms: u64,
    pub(crate) call_depth_max: usize,
    pub(crate) sequence_items_max: usize,
    pub(crate) built_bytes_max: usize,
    pub(crate) document_bytes_max: usize,
    pub(crate) depth_max: usize,
    pub(crate) attributes_max: usize,
    pub(crate) doctype_allowed: bool,
}

impl Default for Configuration {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            // People write two hundred.
            query_bytes_max: limits.query_bytes_max,
            nesting_max: limits.nesting_max,
            steps_max: limits.steps_max,
            // A query over the largest document takes a tenth of it on a slow machine.
            deadline_ms: 1000,
            call_depth_max: limits.call_depth_max,
            sequence_items_max: limits.sequence_items_max,
            built_bytes_max: limits.built_bytes_max,
            // A message that is routed by its content is a document that somebody reads.
            document_bytes_max: limits.document.document_bytes_max,
            depth_max: limits.document.depth_max,
            // The parser compares every attribute of an element with every other.
            attributes_max: limits.document.attributes_max,
            doctype_allowed: limits.document.doctype_allowed,
        }
    }
}

impl Configuration {
    /// Reads a configuration.
    ///
    /// # Errors What is no JSON object, has an unknown name, or a value outside its range, which
    /// the text names.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let read: Self = read_configuration("xml", json)?;
        in_range("query_bytes_max", read.query_bytes_max, 1024 * 1024)?;
        in_range("nesting_max", read.nesting_max, 4096)?;
        in_range("steps_max", read.steps_max, 1_000_000_000_000)?;
        in_range("deadline_ms", read.deadline_ms, 60_000)?;
        in_range("call_depth_max", read.call_depth_max, 100_000)?;
        in_range("sequence_items_max", read.sequence_items_max, 1_000_000_000)?;
        in_range("built_bytes_max", read.built_bytes_max, 4 * 1024 * 1024 * 1024)?;
        in_range("document_bytes_max", read.document_bytes_max, 64 * 1024 * 1024)?;
        in_range("depth_max", read.depth_max, 1024)?;
        in_range("attributes_max", read.attributes_max, 1024)?;
        Ok(read)
    }

    /// As the engine's limits.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            query_bytes_max: self.query_bytes_max,
            nesting_max: self.nesting_max,
            steps_max: self.steps_max,
            deadline: Duration::from_millis(self.deadline_ms),
            call_depth_max: self.call_depth_max,
            sequence_items_max: self.sequence_items_max,
            built_bytes_max: self.built_bytes_max,
            document: DocumentLimits {
                document_bytes_max: self.document_bytes_max,
                depth_max: self.depth_max,
                attributes_max: self.attributes_max,
                entity_bytes_max: self.document_bytes_max,
                doctype_allowed: self.doctype_allowed,
                ..DocumentLimits::default()
            },
            ..Limits::default()
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
            if property["type"] == "boolean" {
                continue;
            }
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
        assert_eq!(properties.len(), 11);
    }

    #[test]
    fn refuses_unknown_names_and_wrong_types() {
        for json in ["[]", "{\"nesting\": 1}", "{\"depth_max\": \"2\"}", "{\"depth_max\": -1}", "{"]
        {
            assert!(Configuration::parse(json).is_err(), "{json}");
        }
    }
}
