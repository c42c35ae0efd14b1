//! What the kit gives a plugin to work on: candidates that suit the exchanges and filters of the
//! field, and what the plugin's author adds.
//!
//! Invariant: a candidate that a plugin refuses is not held against it; it is only not used.

mod binding;
mod expression;
mod hostile;
mod login;
mod message;

use thiserror::Error;

pub use binding::SampleBinding;
pub use login::Login;
pub use message::SampleMessage;

pub(crate) use hostile::hostile_messages;

/// Everything that the kit gives a plugin.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Bindings that the exchange may take.
    pub bindings: Vec<SampleBinding>,
    /// Bindings that the exchange must refuse.
    pub bad_bindings: Vec<SampleBinding>,
    /// Messages to route and to match.
    pub messages: Vec<SampleMessage>,
    /// Expressions that the filter may take.
    pub expressions: Vec<String>,
    /// Expressions that the filter must refuse.
    pub bad_expressions: Vec<String>,
    /// Logins that must succeed.
    pub logins: Vec<Login>,
}

impl Default for Samples {
    /// The candidates, and nothing that must be refused or must succeed.
    fn default() -> Self {
        Self {
            bindings: binding::candidates(),
            bad_bindings: Vec::new(),
            messages: message::candidates(),
            expressions: expression::candidates(),
            bad_expressions: Vec::new(),
            logins: Vec::new(),
        }
    }
}

/// Why a sample cannot be read; whoever typed it is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadSample {
    /// What follows the key is no JSON object.
    #[error("'{given}': what follows the key is no JSON object: {reason}")]
    Json {
        /// The sample.
        given: String,
        /// What the parser says.
        reason: String,
    },
    /// A message has a part that is none.
    #[error("'{given}': a message has headers, properties and body, not '{part}'")]
    Part {
        /// The sample.
        given: String,
        /// The part.
        part: String,
    },
    /// A property that no protocol has.
    #[error("'{given}': there is no property '{name}'; they are {}", message::property_names())]
    Property {
        /// The sample.
        given: String,
        /// The property's name.
        name: String,
    },
    /// A login without a message.
    #[error("'{given}': a login is a mechanism, a space, and its first message")]
    Login {
        /// The sample.
        given: String,
    },
}

/// Splits `KEY {"json": "object"}`; without an object it is empty.
fn key_and_object(
    given: &str,
) -> Result<(&str, serde_json::Map<String, serde_json::Value>), BadSample> {
    let Some((key, json)) = given.split_once(" {") else {
        return Ok((given, serde_json::Map::new()));
    };
    let object = serde_json::from_str(&format!("{{{json}"))
        .map_err(|error| BadSample::Json { given: given.to_owned(), reason: error.to_string() })?;
    Ok((key, object))
}
