//! Messages to route and to match.

use std::str::FromStr;

use philter_plugin_api::{Property, Value};

use super::{BadSample, key_and_object};
use crate::json::to_value;

/// A message: a routing key, properties, headers and a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleMessage {
    /// The routing key.
    pub key: String,
    /// Properties by id.
    pub properties: Vec<(Property, Value)>,
    /// Application headers, in order.
    pub headers: Vec<(String, Value)>,
    /// The body.
    pub body: Vec<u8>,
}

impl SampleMessage {
    /// A message with a key and nothing else.
    pub fn new(key: &str) -> Self {
        Self { key: key.to_owned(), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn property(mut self, id: Property, value: impl Into<Value>) -> Self {
        self.properties.push((id, value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    /// A message with the same key and nothing else in common.
    pub(crate) fn with_other_content(&self) -> Self {
        let other = Self::new(&self.key)
            .property(Property::ContentType, "application/x-other")
            .property(Property::MessageId, "other")
            .header("philter-other", true)
            .body("other");
        if self.headers.is_empty() {
            return other.header("color", "red").header("size", 3_i64);
        }
        other
    }
}

impl FromStr for SampleMessage {
    type Err = BadSample;

    /// Reads `KEY` or `KEY {"headers": {…}, "properties": {"content-type": "…"}, "body": "…"}`.
    fn from_str(given: &str) -> Result<Self, BadSample> {
        let (key, parts) = key_and_object(given)?;
        let mut message = Self::new(key);
        for (part, json) in &parts {
            match (part.as_str(), json) {
                ("body", serde_json::Value::String(body)) => message = message.body(body),
                ("headers", serde_json::Value::Object(headers)) => {
                    let headers = headers.iter().map(|(name, json)| (name.clone(), to_value(json)));
                    message.headers = headers.collect();
                }
                ("properties", serde_json::Value::Object(properties)) => {
                    for (name, json) in properties {
                        message = message.property(property(given, name)?, to_value(json));
                    }
                }
                _ => {
                    let (given, part) = (given.to_owned(), part.clone());
                    return Err(BadSample::Part { given, part });
                }
            }
        }
        Ok(message)
    }
}

fn property(given: &str, name: &str) -> Result<Property, BadSample> {
    let property = Property::ALL.into_iter().find(|property| property_name(*property) == name);
    property.ok_or_else(|| BadSample::Property { given: given.to_owned(), name: name.to_owned() })
}

/// The names of all properties, for people.
pub(super) fn property_names() -> String {
    Property::ALL.map(property_name).join(", ")
}

/// `ContentType` is `content-type`.
fn property_name(property: Property) -> String {
    let mut name = String::new();
    for letter in format!("{property:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// Messages that match some of the candidates among the bindings, and some that match none.
pub(super) fn candidates() -> Vec<SampleMessage> {
    let keys = ["a.b", "a.c", "a", "a.b.c", "1", "2", "", "all", "any", "present", "zzz"];
    let red = |key: &str| SampleMessage::new(key).header("color", "red").header("size", 3_i64);
    let weather = "<weather><temperature>25</temperature></weather>";
    let mut messages: Vec<_> = keys.into_iter().map(SampleMessage::new).collect();
    messages.extend([
        red("a.b"),
        red("all"),
        SampleMessage::new("any").header("color", "blue"),
        SampleMessage::new("a.b").body(weather).property(Property::ContentType, "text/xml"),
        red("a.b").body("<weather><temperature>5</temperature></weather>"),
        SampleMessage::new("a.b")
            .property(Property::MessageId, "m-1")
            .property(Property::Subject, "news")
            .property(Property::Priority, Value::Ubyte(4))
            .body("plain text"),
    ]);
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_from_a_key_and_json() {
        let given =
            r#"k {"headers": {"a": 1}, "properties": {"content-type": "x/y"}, "body": "b"}"#;
        let expected = SampleMessage::new("k")
            .header("a", 1_i64)
            .property(Property::ContentType, "x/y")
            .body("b");
        assert_eq!(given.parse(), Ok(expected));
        assert_eq!("k".parse(), Ok(SampleMessage::new("k")));
    }

    #[test]
    fn says_what_it_does_not_understand() {
        let part = r#"k {"header": {}}"#.parse::<SampleMessage>();
        assert!(matches!(part, Err(BadSample::Part { part, .. }) if part == "header"));
        let property = r#"k {"properties": {"colour": 1}}"#.parse::<SampleMessage>().unwrap_err();
        assert!(property.to_string().contains("content-type"), "{property}");
    }

    #[test]
    fn every_candidate_has_a_twin_with_other_content() {
        for message in candidates() {
            let other = message.with_other_content();
            assert_eq!(message.key, other.key);
            assert_ne!(message.headers, other.headers);
            assert_ne!(message.body, other.body);
        }
    }
}
