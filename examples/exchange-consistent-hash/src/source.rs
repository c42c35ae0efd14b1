//! What of a message is hashed: its routing key, a header or a property, as the exchange was
//! declared.
//!
//! Invariants: equal values hash alike whatever their width or text type; a value that is not
//! there hashes like the empty text, so those messages stay together.

use std::borrow::Cow;

use philter_plugin_api::{MapRef, MessageView, Property, Reads, ValueRef};

use crate::error::HashError;

const HASH_HEADER: &str = "hash-header";
const HASH_PROPERTY: &str = "hash-property";

/// What of a message is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The routing key.
    RoutingKey,
    /// An application header by its name.
    Header(String),
    /// One of `message_id`, `correlation_id` and `timestamp`.
    Property(Property),
}

impl Source {
    /// Reads the arguments of the exchange's declare.
    ///
    /// # Errors
    /// Both arguments, one that is no text, or a property that cannot be hashed.
    pub(crate) fn parse(arguments: MapRef<'_>) -> Result<Self, HashError> {
        let header = text(arguments, HASH_HEADER)?;
        let property = text(arguments, HASH_PROPERTY)?;
        match (header, property) {
            (Some(_), Some(_)) => Err(HashError::TwoSources),
            (Some(""), None) => Err(HashError::NoHeader),
            (Some(name), None) => Ok(Source::Header(name.to_owned())),
            (None, Some("message_id")) => Ok(Source::Property(Property::MessageId)),
            (None, Some("correlation_id")) => Ok(Source::Property(Property::CorrelationId)),
            (None, Some("timestamp")) => Ok(Source::Property(Property::Timestamp)),
            (None, Some(name)) => Err(HashError::UnknownProperty { name: name.to_owned() }),
            (None, None) => Ok(Source::RoutingKey),
        }
    }

    /// The bytes that are hashed.
    pub(crate) fn bytes<'a>(&self, message: &'a dyn MessageView) -> Cow<'a, [u8]> {
        let value = match self {
            Source::RoutingKey => return Cow::Borrowed(message.routing_key().as_bytes()),
            Source::Header(name) => message.header(name),
            Source::Property(property) => message.property(*property),
        };
        value.map_or(Cow::Borrowed(&[]), value_bytes)
    }

    /// What the exchange reads of a message.
    pub(crate) fn reads(&self) -> Reads {
        match self {
            Source::RoutingKey => Reads::KEY,
            Source::Header(_) => Reads::HEADERS,
            Source::Property(_) => Reads::PROPERTIES,
        }
    }

    /// What is hashed, in words.
    pub(crate) fn describe(&self) -> &str {
        match self {
            Source::RoutingKey => "routing key",
            Source::Header(name) => name,
            Source::Property(Property::MessageId) => "message_id",
            Source::Property(Property::CorrelationId) => "correlation_id",
            Source::Property(_) => "timestamp",
        }
    }
}

/// Texts and bytes as they are, integers and timestamps as decimal digits, the rest by its
/// encoding.
fn value_bytes(value: ValueRef<'_>) -> Cow<'_, [u8]> {
    if let Some(bytes) = value.as_bytes() {
        return Cow::Borrowed(bytes);
    }
    match (value, value.as_i64()) {
        (ValueRef::Null, _) => Cow::Borrowed(&[]),
        (_, Some(number)) | (ValueRef::Timestamp(number), _) => digits(number),
        (ValueRef::Ulong(number), _) => digits(number),
        _ => Cow::Owned(value.to_value().map(|value| value.encode()).unwrap_or_default()),
    }
}

fn digits(number: impl ToString) -> Cow<'static, [u8]> {
    Cow::Owned(number.to_string().into_bytes())
}

fn text<'a>(arguments: MapRef<'a>, name: &'static str) -> Result<Option<&'a str>, HashError> {
    let Some(value) = arguments.get(name) else { return Ok(None) };
    let text = value.as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.map(Some).ok_or(HashError::NotText { name })
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value;
    use philter_plugin_api::testing::{MockMessage, arguments};

    use super::*;

    fn parse(pairs: &[(&str, Value)]) -> Result<Source, HashError> {
        Source::parse(arguments(pairs.iter().map(|(name, value)| (*name, value.clone()))).as_ref())
    }

    #[test]
    fn hashes_the_routing_key_unless_told_otherwise() {
        assert_eq!(parse(&[]), Ok(Source::RoutingKey));
        assert_eq!(parse(&[("hash-header", "h".into())]), Ok(Source::Header("h".into())));
        let property = parse(&[("hash-property", "correlation_id".into())]);
        assert_eq!(property, Ok(Source::Property(Property::CorrelationId)));
    }

    #[test]
    fn refuses_arguments_by_name() {
        let both = [("hash-header", "h".into()), ("hash-property", "timestamp".into())];
        assert_eq!(parse(&both), Err(HashError::TwoSources));
        let unknown = parse(&[("hash-property", "body".into())]);
        assert_eq!(unknown, Err(HashError::UnknownProperty { name: "body".into() }));
        let number = parse(&[("hash-header", Value::Int(1))]);
        assert_eq!(number, Err(HashError::NotText { name: "hash-header" }));
        assert_eq!(parse(&[("hash-header", "".into())]), Err(HashError::NoHeader));
    }

    #[test]
    fn takes_equal_values_of_other_widths_and_types_for_equal() {
        let bytes = |value: Value| {
            let message = MockMessage::new("").header("h", value);
            Source::Header("h".into()).bytes(&message).into_owned()
        };
        assert_eq!(bytes(Value::Int(7)), bytes(Value::Ulong(7)));
        assert_eq!(bytes(Value::from("a")), bytes(Value::Symbol("a".into())));
        assert_eq!(bytes(Value::Ulong(u64::MAX)), b"18446744073709551615");
        assert_eq!(bytes(Value::Timestamp(-5)), b"-5");
        assert_eq!(bytes(Value::Null), b"");
    }

    #[test]
    fn takes_what_is_not_there_for_empty() {
        let message = MockMessage::new("key");
        assert!(Source::Header("h".into()).bytes(&message).is_empty());
        assert!(Source::Property(Property::MessageId).bytes(&message).is_empty());
    }
}
