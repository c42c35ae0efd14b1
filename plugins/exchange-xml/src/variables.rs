//! What of a message a query sees as external variables: its application headers by their own
//! names, and where there is no such header, some properties by the names of AMQP 1.0 (part 3,
//! section 2).
//!
//! Invariants: booleans stay booleans, integers keep all their bits; what is no boolean, number or
//! text is absent.

use philter_plugin_api::{MessageView, Property, Reads, ValueRef};

use crate::engine::{Analysis, Value};

/// Properties by the names that queries use. Qpid's clients send the subject as a header of that
/// name over 0-10, so the same query works whatever the publisher speaks.
const PROPERTIES: [(&str, Property); 14] = [
    ("qpid.subject", Property::Subject),
    ("subject", Property::Subject),
    ("message-id", Property::MessageId),
    ("correlation-id", Property::CorrelationId),
    ("user-id", Property::UserId),
    ("content-type", Property::ContentType),
    ("content-encoding", Property::ContentEncoding),
    ("priority", Property::Priority),
    ("durable", Property::Durable),
    ("reply-to", Property::ReplyTo),
    ("type", Property::Type),
    ("app-id", Property::AppId),
    ("group-id", Property::GroupId),
    ("ttl", Property::TimeToLive),
];

/// The value of a variable for a message; none where the message has none that a query could see.
pub(crate) fn value_of(message: &dyn MessageView, name: &str) -> Option<Value> {
    if let Some(header) = message.header(name) {
        return value(header);
    }
    match message.property(property(name)?)? {
        // Where a protocol has bytes for what others have text for, text is what people mean.
        ValueRef::Binary(bytes) => std::str::from_utf8(bytes).ok().map(string),
        other => value(other),
    }
}

/// What the answer of a query depends on.
pub(crate) fn reads(analysis: &Analysis) -> Reads {
    let mut reads = Reads::KEY;
    if analysis.constant.is_some() {
        return reads;
    }
    if !analysis.variables.is_empty() {
        reads = reads | Reads::HEADERS;
    }
    if analysis.variables.iter().any(|name| property(name).is_some()) {
        reads = reads | Reads::PROPERTIES;
    }
    if analysis.reads_document {
        reads = reads | Reads::BODY;
    }
    reads
}

fn property(name: &str) -> Option<Property> {
    PROPERTIES.iter().find(|(known, _)| *known == name).map(|(_, property)| *property)
}

fn value(value: ValueRef<'_>) -> Option<Value> {
    let integer = |number: i128| Some(Value::Integer(number));
    match value {
        ValueRef::Bool(it) => Some(Value::Boolean(it)),
        ValueRef::Ubyte(it) => integer(it.into()),
        ValueRef::Ushort(it) => integer(it.into()),
        ValueRef::Uint(it) => integer(it.into()),
        ValueRef::Ulong(it) => integer(it.into()),
        ValueRef::Byte(it) => integer(it.into()),
        ValueRef::Short(it) => integer(it.into()),
        ValueRef::Int(it) => integer(it.into()),
        ValueRef::Long(it) => integer(it.into()),
        ValueRef::Float(it) => Some(Value::Double(it.into())),
        ValueRef::Double(it) => Some(Value::Double(it)),
        ValueRef::String(it) | ValueRef::Symbol(it) => Some(string(it)),
        _ => None,
    }
}

fn string(text: &str) -> Value {
    Value::String(text.into())
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value as Amqp;
    use philter_plugin_api::testing::MockMessage;

    use super::*;

    #[test]
    fn every_number_keeps_its_bits() {
        for (amqp, expected) in [
            (Amqp::Bool(false), Some(Value::Boolean(false))),
            (Amqp::Ubyte(255), Some(Value::Integer(255))),
            (Amqp::Ushort(65535), Some(Value::Integer(65535))),
            (Amqp::Uint(u32::MAX), Some(Value::Integer(4_294_967_295))),
            (Amqp::Ulong(u64::MAX), Some(Value::Integer(18_446_744_073_709_551_615))),
            (Amqp::Byte(-1), Some(Value::Integer(-1))),
            (Amqp::Short(-1), Some(Value::Integer(-1))),
            (Amqp::Int(i32::MIN), Some(Value::Integer(-2_147_483_648))),
            (Amqp::Long(i64::MIN), Some(Value::Integer(-9_223_372_036_854_775_808))),
            (Amqp::Float(0.5), Some(Value::Double(0.5))),
            (Amqp::Double(0.1), Some(Value::Double(0.1))),
            (Amqp::String("a".into()), Some(string("a"))),
            (Amqp::Symbol("a".into()), Some(string("a"))),
            (Amqp::Null, None),
            (Amqp::Binary(b"a".to_vec()), None),
            (Amqp::Timestamp(1), None),
            (Amqp::List(Vec::new()), None),
        ] {
            let message = MockMessage::new("k").header("h", amqp.clone());
            assert_eq!(value_of(&message, "h"), expected, "{amqp:?}");
        }
    }

    #[test]
    fn a_header_goes_before_the_property_of_its_name() {
        let message = MockMessage::new("k")
            .property(Property::Subject, Amqp::String("property".into()))
            .property(Property::AppId, Amqp::Binary(b"app".to_vec()));
        assert_eq!(value_of(&message, "qpid.subject"), Some(string("property")));
        assert_eq!(value_of(&message, "app-id"), Some(string("app")));
        assert_eq!(value_of(&message, "unknown"), None);
        let message = message.header("qpid.subject", Amqp::String("header".into()));
        assert_eq!(value_of(&message, "qpid.subject"), Some(string("header")));
    }

    #[test]
    fn reads_no_more_than_the_query() {
        let analysis = |names: &[&str], reads_document| Analysis {
            variables: names.iter().map(|name| (*name).into()).collect(),
            reads_document,
            constant: None,
        };
        assert_eq!(reads(&analysis(&[], false)), Reads::KEY);
        assert_eq!(reads(&analysis(&["a"], false)), Reads::KEY | Reads::HEADERS);
        let subject = Reads::KEY | Reads::HEADERS | Reads::PROPERTIES;
        assert_eq!(reads(&analysis(&["qpid.subject"], false)), subject);
        assert_eq!(reads(&analysis(&[], true)), Reads::KEY | Reads::BODY);
    }
}
