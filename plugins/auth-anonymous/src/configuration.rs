//! The provider's configuration, parsed once.

use philter_plugin_api::{Result, read_configuration};

use crate::accept::Accept;

/// JSON Schema of [`Configuration`].
pub(crate) const SCHEMA: &str = r#"{
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "accept": {
      "enum": ["loopback", "everyone", "nobody"],
      "default": "loopback",
      "description": "Whom to let in without a password"
    },
    "realm": {
      "type": "string",
      "default": "QPID",
      "description": "What follows the @ of an identity; empty for identities without one"
    },
    "guest": {
      "type": "boolean",
      "default": false,
      "description": "Whether whom ANONYMOUS lets in may come by PLAIN as guest, password guest"
    }
  }
}"#;

/// What an operator may say.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Whom to let in.
    #[serde(default)]
    pub(crate) accept: Accept,
    /// What follows the `@` of an identity; Qpid's own default, so that its ACL files fit.
    #[serde(default = "default_realm")]
    pub(crate) realm: String,
    /// Whether who is let in by ANONYMOUS may come as guest, password guest, as well: clients of
    /// RabbitMQ know no other way to come without a user.
    #[serde(default)]
    pub(crate) guest: bool,
}

impl Configuration {
    /// Reads the JSON object that the broker hands over.
    ///
    /// # Errors
    /// [`philter_plugin_api::ErrorKind::InvalidArgument`], naming the field and where it stands.
    pub(crate) fn parse(json: &str) -> Result<Self> {
        read_configuration("anonymous", json)
    }
}

fn default_realm() -> String {
    "QPID".to_owned()
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::ErrorKind;

    use super::*;

    #[test]
    fn an_empty_object_accepts_loopback_in_qpids_realm() {
        let configuration = Configuration::parse("{}").unwrap();
        assert_eq!(configuration.accept, Accept::Loopback);
        assert_eq!(configuration.realm, "QPID");
        assert!(!configuration.guest);
    }

    #[test]
    fn refuses_unknown_words_by_name() {
        let unknown_field = Configuration::parse(r#"{"acept": "everyone"}"#).unwrap_err();
        assert_eq!(unknown_field.kind(), ErrorKind::InvalidArgument);
        assert!(unknown_field.text().contains("acept"), "{unknown_field}");
        let unknown_value = Configuration::parse(r#"{"accept": "friends"}"#).unwrap_err();
        assert!(unknown_value.text().contains("friends"), "{unknown_value}");
        assert!(Configuration::parse("[]").is_err(), "an array is no configuration");
    }

    #[test]
    fn its_schema_is_json() {
        let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
        assert_eq!(schema["properties"]["accept"]["default"], "loopback");
    }
}
