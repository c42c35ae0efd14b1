//! The provider's configuration, parsed once.

use std::path::{Path, PathBuf};

use philter_plugin_api::{Context, Error, Result, read_configuration};

use crate::limits::{ITERATIONS, ITERATIONS_DEFAULT};
use crate::mechanism::Mechanism;
use crate::realm::Realm;

/// JSON Schema of [`Configuration`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "path": {
      "type": "string",
      "default": "users",
      "description": "The users file; a relative path begins at the data directory"
    },
    "realm": {
      "type": "string",
      "default": "QPID",
      "description": "What follows the @ of an identity; empty for identities without one"
    },
    "iterations": {
      "type": "integer",
      "minimum": 4096,
      "maximum": 10000000,
      "default": 600000,
      "description": "Iterations of PBKDF2 for passwords that are set from now on"
    },
    "mechanisms": {
      "type": "array",
      "items": { "enum": ["SCRAM-SHA-256", "PLAIN"] },
      "minItems": 1,
      "default": ["SCRAM-SHA-256", "PLAIN"],
      "description": "What is on offer"
    }
  }
}"#;

/// The users file's name in the data directory.
const FILE_NAME: &str = "users";

/// What an operator may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Configuration {
    /// Where the users file is; none: no data directory, and nowhere else to look.
    pub(crate) users_path: Option<PathBuf>,
    /// What follows the `@` of an identity.
    pub(crate) realm: Realm,
    /// Iterations for new passwords, in [`ITERATIONS`].
    pub(crate) iterations: u32,
    /// What is on offer, strongest first, not empty.
    pub(crate) mechanisms: Vec<Mechanism>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    path: Option<PathBuf>,
    #[serde(default)]
    realm: Realm,
    #[serde(default = "default_iterations")]
    iterations: u32,
    #[serde(default = "default_mechanisms")]
    mechanisms: Vec<Mechanism>,
}

impl Configuration {
    /// Reads the JSON object that the broker hands over, and the data directory beside it.
    ///
    /// # Errors
    /// [`philter_plugin_api::ErrorKind::InvalidArgument`], naming the field.
    pub(crate) fn parse(context: &Context<'_>) -> Result<Self> {
        let fields: Fields = read_configuration("file", context.configuration)?;
        if !ITERATIONS.contains(&fields.iterations) {
            let (least, most) = (ITERATIONS.start(), ITERATIONS.end());
            let text = format!("configuration of 'file': iterations are from {least} to {most}");
            return Err(Error::invalid(text));
        }
        let mut mechanisms = fields.mechanisms;
        mechanisms.sort();
        mechanisms.dedup();
        if mechanisms.is_empty() {
            return Err(Error::invalid("configuration of 'file': mechanisms names none"));
        }
        Ok(Self {
            users_path: users_path(fields.path, context.data_dir),
            realm: fields.realm,
            iterations: fields.iterations,
            mechanisms,
        })
    }
}

fn users_path(path: Option<PathBuf>, data_dir: Option<&str>) -> Option<PathBuf> {
    match (path, data_dir) {
        (path, Some(data_dir)) => {
            Some(Path::new(data_dir).join(path.unwrap_or_else(|| PathBuf::from(FILE_NAME))))
        }
        (path, None) => path,
    }
}

fn default_iterations() -> u32 {
    ITERATIONS_DEFAULT
}

fn default_mechanisms() -> Vec<Mechanism> {
    vec![Mechanism::ScramSha256, Mechanism::Plain]
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::testing;

    use super::*;

    fn parse(configuration: &str, data_dir: Option<&str>) -> Result<Configuration> {
        Configuration::parse(&Context { configuration, data_dir, ..testing::context("file") })
    }

    fn path_of(configuration: &str, data_dir: Option<&str>) -> Option<PathBuf> {
        parse(configuration, data_dir).unwrap().users_path
    }

    #[test]
    fn the_file_is_in_the_data_directory() {
        assert_eq!(path_of("{}", Some("/data")), Some("/data/users".into()));
        assert_eq!(path_of(r#"{"path": "staff"}"#, Some("/data")), Some("/data/staff".into()));
        assert_eq!(path_of(r#"{"path": "/etc/u"}"#, Some("/data")), Some("/etc/u".into()));
        assert_eq!(path_of(r#"{"path": "/etc/u"}"#, None), Some("/etc/u".into()));
        assert_eq!(path_of("{}", None), None);
    }

    #[test]
    fn mechanisms_are_offered_strongest_first() {
        let mechanisms = r#"{"mechanisms": ["PLAIN", "SCRAM-SHA-256", "PLAIN"]}"#;
        assert_eq!(parse(mechanisms, None).unwrap().mechanisms, default_mechanisms());
    }

    #[test]
    fn refuses_by_name() {
        for (configuration, word) in [
            (r#"{"iterations": 4095}"#, "iterations"),
            (r#"{"iterations": 10000001}"#, "iterations"),
            (r#"{"mechanisms": []}"#, "mechanisms"),
            (r#"{"mechanisms": ["LOGIN"]}"#, "LOGIN"),
            (r#"{"file": "x"}"#, "file"),
            ("[]", "configuration of 'file'"),
        ] {
            let error = parse(configuration, None).unwrap_err();
            assert!(error.text().contains(word), "{configuration}: {error}");
        }
    }

    #[test]
    fn the_schema_says_what_the_limits_say() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        let iterations = &schema["properties"]["iterations"];
        assert_eq!(iterations["minimum"], *ITERATIONS.start());
        assert_eq!(iterations["maximum"], *ITERATIONS.end());
        assert_eq!(iterations["default"], ITERATIONS_DEFAULT);
    }
}
