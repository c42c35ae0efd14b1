//! Recorded messages: a file of JSON lines, a message a line.
//!
//! `{"routing_key": "a.b", "properties": {"content-type": "text/plain"}, "headers": {"n": 1},
//! "body": "text"}`, each field of which may be left out; `body_base64` for a body that is no text,
//! and `expect` for what is to be answered. `broker/docs/plugin-authoring.md` has the whole of it.
//!
//! Invariant: a message that was read is one that a broker could hand over: every value of it is
//! within the limits of an encoded value.

mod fault;
mod property;
mod read;
pub(super) mod value;

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use philter_plugin_api::testing::MockMessage;
use serde::Serialize;
use serde_json::Value as Json;

pub(crate) use fault::Fault;
pub(crate) use read::read;

/// What is wrong with a line.
pub(crate) type LineFault = Fault;

/// The fields of a message.
const FIELDS: [&str; 6] = ["routing_key", "properties", "headers", "body", "body_base64", "expect"];

/// A message of the file.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// What the plugin sees.
    pub(crate) message: MockMessage,
    /// What it shall answer, where the file says so.
    pub(crate) expected: Option<Answer>,
}

/// What a plugin answers for a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    /// A filter: whether it matches.
    Matches(bool),
    /// An exchange: the ids of the bindings that it matches, sorted, each once.
    Bindings(Vec<u64>),
}

impl Recorded {
    /// Reads a line.
    ///
    /// # Errors
    /// The field, what was found and what is wanted.
    pub(crate) fn parse(line: usize, text: &str) -> Result<Self, Fault> {
        let json = serde_json::from_str::<Json>(text)
            .map_err(|error| Fault::new(format!("no JSON: {error}")))?;
        let mut routing_key = String::new();
        let mut rest: Vec<(&String, &Json)> = Vec::new();
        for (name, field) in value::object(&json)? {
            match name.as_str() {
                "routing_key" => {
                    routing_key = value::text(field).map_err(|it| it.in_field(name))?
                }
                _ => rest.push((name, field)),
            }
        }
        let empty = Self { line, message: MockMessage::new(routing_key), expected: None };
        rest.into_iter().try_fold(empty, |read, (name, field)| {
            read.with(name, field).map_err(|fault| match FIELDS.contains(&name.as_str()) {
                true => fault.in_field(name),
                false => fault,
            })
        })
    }

    /// The message with one more field.
    fn with(mut self, name: &str, field: &Json) -> Result<Self, Fault> {
        match name {
            "properties" => {
                for (name, field) in value::object(field)? {
                    let (property, value) = property::read(name, field)?;
                    self.message = self.message.property(property, value);
                }
            }
            "headers" => {
                for (name, field) in value::object(field)? {
                    let value = value::value(field).map_err(|it| it.in_field(name))?;
                    self.message = self.message.header(name, value);
                }
            }
            "body" => self.message = self.message.body(value::text(field)?),
            "body_base64" => {
                let bytes = BASE64_STANDARD.decode(value::text(field)?);
                let bytes = bytes.map_err(|error| Fault::new(format!("no base64: {error}")))?;
                self.message = self.message.body(bytes);
            }
            "expect" => self.expected = Some(expected(field)?),
            _ => return Err(Fault::unknown(name, &FIELDS)),
        }
        Ok(self)
    }
}

fn expected(field: &Json) -> Result<Answer, Fault> {
    let wanted = || Fault::new(format!("{field} is neither true, false nor a list of binding ids"));
    match field {
        Json::Bool(matches) => Ok(Answer::Matches(*matches)),
        Json::Array(ids) => {
            let ids: Option<Vec<u64>> = ids.iter().map(Json::as_u64).collect();
            ids.map(Answer::bindings).ok_or_else(wanted)
        }
        _ => Err(wanted()),
    }
}

impl Answer {
    /// Binding ids in any order.
    pub(crate) fn bindings(mut ids: Vec<u64>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self::Bindings(ids)
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Matches(true) => f.write_str("match"),
            Self::Matches(false) => f.write_str("no match"),
            Self::Bindings(ids) if ids.is_empty() => f.write_str("no binding"),
            Self::Bindings(ids) => {
                let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
                write!(f, "binding {}", ids.join(", "))
            }
        }
    }
}

/// Where a line of a file is at fault.
pub(super) fn at(file: &Path, line: usize, fault: Fault) -> super::AuthoringError {
    super::AuthoringError::Line { file: PathBuf::from(file), line, fault }
}

#[cfg(test)]
mod tests;
