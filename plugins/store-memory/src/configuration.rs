//! The store's configuration, parsed once.

use philter_plugin_api::{Error, Result, read_configuration};

use crate::limits::BYTES_MAX_DEFAULT;

/// JSON Schema of [`Configuration`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "bytes_max": {
      "type": "integer",
      "minimum": 1,
      "default": 1073741824,
      "description": "Bytes to keep, overhead included; beyond that publishers are held back"
    }
  }
}"#;

/// What an operator may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Bytes to keep, overhead included.
    #[serde(default = "default_bytes_max")]
    pub(crate) bytes_max: u64,
}

impl Configuration {
    /// Reads the JSON object that the broker hands over.
    ///
    /// # Errors
    /// [`philter_plugin_api::ErrorKind::InvalidArgument`], naming the field.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        let configuration: Self = read_configuration("memory", json)?;
        if configuration.bytes_max == 0 {
            return Err(Error::invalid("configuration of 'memory': bytes_max is at least 1"));
        }
        Ok(configuration)
    }
}

fn default_bytes_max() -> u64 {
    BYTES_MAX_DEFAULT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_a_default_that_the_schema_says() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let default = Configuration::parse("{}").unwrap();
        assert_eq!(schema["properties"]["bytes_max"]["default"], default.bytes_max);
    }

    #[test]
    fn refuses_by_name() {
        for (configuration, word) in [
            (r#"{"bytes_max": 0}"#, "bytes_max"),
            (r#"{"bytes_max": -1}"#, "-1"),
            (r#"{"size": 1}"#, "size"),
            ("[]", "configuration of 'memory'"),
        ] {
            let error = Configuration::parse(configuration).unwrap_err();
            assert!(error.text().contains(word), "{configuration}: {error}");
        }
    }
}
