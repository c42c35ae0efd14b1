//! A message's properties by name, each with the type that the broker gives it.

use philter_plugin_api::{Property, Value};
use serde_json::Value as Json;

use super::Fault;
use super::value;

/// Which types a property has.
#[derive(Clone, Copy, Debug)]
enum Takes {
    Text,
    TextOrBytes,
    /// Text, bytes, a uuid or a ulong.
    Id,
    Timestamp,
    Ubyte,
    Ulong,
    Bool,
}

const PROPERTIES: [(&str, Property, Takes); 19] = [
    ("exchange", Property::Exchange, Takes::Text),
    ("virtual-host", Property::VirtualHost, Takes::Text),
    ("publisher", Property::Publisher, Takes::Text),
    ("message-id", Property::MessageId, Takes::Id),
    ("correlation-id", Property::CorrelationId, Takes::Id),
    ("user-id", Property::UserId, Takes::TextOrBytes),
    ("content-type", Property::ContentType, Takes::Text),
    ("content-encoding", Property::ContentEncoding, Takes::Text),
    ("timestamp", Property::Timestamp, Takes::Timestamp),
    ("expiration", Property::Expiration, Takes::Timestamp),
    ("priority", Property::Priority, Takes::Ubyte),
    ("durable", Property::Durable, Takes::Bool),
    ("reply-to", Property::ReplyTo, Takes::Text),
    ("type", Property::Type, Takes::Text),
    ("subject", Property::Subject, Takes::Text),
    ("app-id", Property::AppId, Takes::TextOrBytes),
    ("group-id", Property::GroupId, Takes::Text),
    ("time-to-live", Property::TimeToLive, Takes::Ulong),
    ("protocol", Property::Protocol, Takes::Text),
];

/// The property of this name, with its value.
///
/// # Errors
/// No such property, or a value of another type than it has.
pub(super) fn read(name: &str, json: &Json) -> Result<(Property, Value), Fault> {
    let Some((_, property, takes)) = PROPERTIES.iter().find(|(known, _, _)| *known == name) else {
        let known = PROPERTIES.map(|(name, _, _)| name);
        return Err(Fault::unknown(name, &known));
    };
    takes.read(json).map(|value| (*property, value)).map_err(|fault| fault.in_field(name))
}

impl Takes {
    fn read(self, json: &Json) -> Result<Value, Fault> {
        let value = match (self, json) {
            (Self::Timestamp, Json::Number(_)) => Value::Timestamp(value::integer(json, "long")?),
            (Self::Ubyte, Json::Number(_)) => Value::Ubyte(value::integer(json, "ubyte")?),
            (Self::Ulong | Self::Id, Json::Number(_)) => {
                Value::Ulong(value::integer(json, "ulong")?)
            }
            _ => value::value(json)?,
        };
        if self.has(&value) {
            return Ok(value);
        }
        Err(Fault::new(format!("{json} is no {}", self.wanted())))
    }

    fn has(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Text | Self::TextOrBytes | Self::Id, Value::String(_))
                | (Self::TextOrBytes | Self::Id, Value::Binary(_))
                | (Self::Id, Value::Uuid(_) | Value::Ulong(_))
                | (Self::Timestamp, Value::Timestamp(_))
                | (Self::Ubyte, Value::Ubyte(_))
                | (Self::Ulong, Value::Ulong(_))
                | (Self::Bool, Value::Bool(_))
        )
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::TextOrBytes => "text or $binary",
            Self::Id => "text, $binary, $uuid or whole number",
            Self::Timestamp => "number of milliseconds since 1970",
            Self::Ubyte => "whole number from 0 to 255",
            Self::Ulong => "whole number",
            Self::Bool => "true or false",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_property_has_a_name() {
        for property in Property::ALL {
            assert!(PROPERTIES.iter().any(|(_, named, _)| *named == property), "{property:?}");
        }
    }

    #[test]
    fn numbers_take_the_propertys_type() {
        for (name, json, value) in [
            ("priority", json!(4), Value::Ubyte(4)),
            ("timestamp", json!(-1), Value::Timestamp(-1)),
            ("time-to-live", json!(60), Value::Ulong(60)),
            ("message-id", json!(7), Value::Ulong(7)),
            ("message-id", json!("7"), Value::String("7".to_owned())),
            ("user-id", json!({ "$binary": "AAE=" }), Value::Binary(vec![0, 1])),
        ] {
            assert_eq!(read(name, &json).unwrap().1, value, "{name}");
        }
    }

    #[test]
    fn another_type_is_refused_with_the_wanted_one() {
        let error = |name, json| read(name, &json).unwrap_err().to_string();
        assert_eq!(
            error("priority", json!("4")),
            "priority: \"4\" is no whole number from 0 to 255"
        );
        assert_eq!(error("durable", json!(1)), "durable: 1 is no true or false");
        assert_eq!(
            error("content-type", json!({ "$symbol": "a" })).split(": ").next(),
            Some("content-type")
        );
        assert!(
            error("contenttype", json!("")).starts_with("contenttype: no such field; there are ")
        );
    }
}
