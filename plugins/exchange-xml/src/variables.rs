//! What of a message a query sees as external variables: its application headers by their own
//! names, and where there is no such header, some properties by the names of AMQP 1.0 (part 3,
//! section 2).
//!
//! Invariants: booleans stay booleans, integers keep all their bits; what is no boolean, number or
//! text is absent.

use philter_plugin_api::{MessageView, Property, Reads, ValueRef};
use philter_xquery::Atomic;

use crate::queries::Facts;

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
pub(crate) fn value_of(message: &dyn MessageView, name: &str) -> Option<Atomic> {
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
pub(crate) fn reads(facts: &Facts) -> Reads {
    let mut reads = Reads::KEY;
    if facts.constant.is_some() {
        return reads;
    }
    if !facts.variables.is_empty() {
        reads = reads | Reads::HEADERS;
    }
    if facts.variables.iter().any(|name| property(name).is_some()) {
        reads = reads | Reads::PROPERTIES;
    }
    if facts.reads_body {
        reads = reads | Reads::BODY;
    }
    reads
}

fn property(name: &str) -> Option<Property> {
    PROPERTIES.iter().find(|(known, _)| *known == name).map(|(_, property)| *property)
}

fn value(value: ValueRef<'_>) -> Option<Atomic> {
    let integer = |number: i128| Some(Atomic::integer(number));
    match value {
        ValueRef::Bool(it) => Some(Atomic::Boolean(it)),
        ValueRef::Ubyte(it) => integer(it.into()),
        ValueRef::Ushort(it) => integer(it.into()),
        ValueRef::Uint(it) => integer(it.into()),
        ValueRef::Ulong(it) => integer(it.into()),
        ValueRef::Byte(it) => integer(it.into()),
        ValueRef::Short(it) => integer(it.into()),
        ValueRef::Int(it) => integer(it.into()),
        ValueRef::Long(it) => integer(it.into()),
        ValueRef::Float(it) => Some(Atomic::Double(it.into())),
        ValueRef::Double(it) => Some(Atomic::Double(it)),
        ValueRef::String(it) | ValueRef::Symbol(it) => Some(string(it)),
        _ => None,
    }
}

fn string(text: &str) -> Atomic {
    Atomic::string(text)
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::Value as Amqp;
    use philter_plugin_api::testing::MockMessage;

    use super::*;

    #[test]
    fn every_number_keeps_its_bits() {
        for (amqp, expected) in [
            (Amqp::Bool(false), Some(Atomic::Boolean(false))),
            (Amqp::Ubyte(255), Some(Atomic::integer(255_i128))),
            (Amqp::Ushort(65535), Some(Atomic::integer(65535_i128))),
            (Amqp::Uint(u32::MAX), Some(Atomic::integer(4_294_967_295_i128))),
            (Amqp::Ulong(u64::MAX), Some(Atomic::integer(18_446_744_073_709_551_615_i128))),
            (Amqp::Byte(-1), Some(Atomic::integer(-1_i128))),
            (Amqp::Short(-1), Some(Atomic::integer(-1_i128))),
            (Amqp::Int(i32::MIN), Some(Atomic::integer(-2_147_483_648_i128))),
            (Amqp::Long(i64::MIN), Some(Atomic::integer(-9_223_372_036_854_775_808_i128))),
            (Amqp::Float(0.5), Some(Atomic::Double(0.5))),
            (Amqp::Double(0.1), Some(Atomic::Double(0.1))),
            (Amqp::String("a".into()), Some(string("a"))),
            (Amqp::Symbol("a".into()), Some(string("a"))),
            (Amqp::Null, None),
            (Amqp::Binary(b"a".to_vec()), None),
            (Amqp::Timestamp(1), None),
            (Amqp::List(Vec::new()), None),
        ] {
            let message = MockMessage::new("k").header("h", amqp.clone());
            let found = value_of(&message, "h");
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{amqp:?}");
        }
    }

    #[test]
    fn a_header_goes_before_the_property_of_its_name() {
        let message = MockMessage::new("k")
            .property(Property::Subject, Amqp::String("property".into()))
            .property(Property::AppId, Amqp::Binary(b"app".to_vec()));
        let text = |message: &MockMessage, name: &str| {
            value_of(message, name).map(|value| value.to_text().into_owned())
        };
        assert_eq!(text(&message, "qpid.subject").as_deref(), Some("property"));
        assert_eq!(text(&message, "app-id").as_deref(), Some("app"));
        assert_eq!(text(&message, "unknown"), None);
        let message = message.header("qpid.subject", Amqp::String("header".into()));
        assert_eq!(text(&message, "qpid.subject").as_deref(), Some("header"));
    }

    #[test]
    fn reads_no_more_than_the_query() {
        let with = |names: &[&str], reads_body| Facts {
            variables: names.iter().map(|name| (*name).into()).collect(),
            reads_body,
            constant: None,
        };
        assert_eq!(reads(&with(&[], false)), Reads::KEY);
        assert_eq!(reads(&with(&["a"], false)), Reads::KEY | Reads::HEADERS);
        let subject = Reads::KEY | Reads::HEADERS | Reads::PROPERTIES;
        assert_eq!(reads(&with(&["qpid.subject"], false)), subject);
        assert_eq!(reads(&with(&[], true)), Reads::KEY | Reads::BODY);
    }
}
