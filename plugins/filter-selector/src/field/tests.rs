//! What each identifier reads of a message.

use philter_plugin_api::Value as Amqp;
use philter_plugin_api::testing::MockMessage;

use super::*;

fn value<'m>(message: &'m MockMessage, name: &str) -> Value<'m> {
    Field::of(name).unwrap().value(message)
}

#[test]
fn headers_of_each_type_have_a_value_or_are_unknown() {
    for (amqp, expected) in [
        (Amqp::Bool(false), Value::Bool(false)),
        (Amqp::Ubyte(255), Value::Integer(255)),
        (Amqp::Ushort(65_535), Value::Integer(65_535)),
        (Amqp::Uint(u32::MAX), Value::Integer(4_294_967_295)),
        (Amqp::Ulong(9_223_372_036_854_775_807), Value::Integer(i64::MAX)),
        (Amqp::Ulong(9_223_372_036_854_775_808), Value::Double(9_223_372_036_854_775_808.0)),
        (Amqp::Byte(-1), Value::Integer(-1)),
        (Amqp::Short(-1), Value::Integer(-1)),
        (Amqp::Int(i32::MIN), Value::Integer(-2_147_483_648)),
        (Amqp::Long(i64::MIN), Value::Integer(i64::MIN)),
        (Amqp::Float(0.5), Value::Double(0.5)),
        (Amqp::Double(0.1), Value::Double(0.1)),
        (Amqp::String("5".into()), text("5")),
        (Amqp::Symbol("a".into()), text("a")),
        (Amqp::Null, Value::Unknown),
        (Amqp::Binary("ä".into()), text("ä")),
        (Amqp::Binary(vec![0xff]), Value::Unknown),
        (Amqp::Timestamp(1), Value::Unknown),
        (Amqp::Char('a'), Value::Unknown),
        (Amqp::Uuid([0; 16]), Value::Unknown),
        (Amqp::Decimal32([0; 4]), Value::Unknown),
        (Amqp::List(Vec::new()), Value::Unknown),
        (Amqp::Map(Vec::new()), Value::Unknown),
    ] {
        let message = MockMessage::new("k").header("h", amqp.clone());
        assert_eq!(value(&message, "h"), expected, "{amqp:?}");
    }
    assert_eq!(value(&MockMessage::new("k"), "h"), Value::Unknown);
}

#[test]
fn jms_and_amqp_names_read_the_properties() {
    let uuid = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4, 5, 6, 7, 8];
    let message = MockMessage::new("key")
        .property(Property::MessageId, Amqp::Uuid(uuid))
        .property(Property::CorrelationId, Amqp::Binary(b"c".to_vec()))
        .property(Property::Durable, true)
        .property(Property::Priority, Amqp::Ubyte(7))
        .property(Property::Timestamp, Amqp::Timestamp(1_000))
        .property(Property::Expiration, Amqp::Timestamp(2_000))
        .property(Property::ReplyTo, "amq.direct/answer")
        .property(Property::Exchange, "orders")
        .property(Property::Type, "t")
        .property(Property::Subject, "s")
        .property(Property::UserId, Amqp::Binary(b"jo".to_vec()))
        .property(Property::ContentType, "text/plain")
        .property(Property::ContentEncoding, "gzip")
        .property(Property::GroupId, "g")
        .property(Property::AppId, "app")
        .property(Property::TimeToLive, Amqp::Ulong(9));
    for (name, expected) in [
        ("JMSMessageID", text("ID:12345678-9abc-def0-0102-030405060708")),
        ("amqp.message_id", text("12345678-9abc-def0-0102-030405060708")),
        ("JMSCorrelationID", text("c")),
        ("amqp.correlation_id", text("c")),
        ("JMSDeliveryMode", text("PERSISTENT")),
        ("amqp.delivery_mode", text("PERSISTENT")),
        ("amqp.durable", Value::Bool(true)),
        ("JMSPriority", Value::Integer(7)),
        ("amqp.priority", Value::Integer(7)),
        ("JMSTimestamp", Value::Integer(1_000)),
        ("amqp.creation_time", Value::Integer(1_000)),
        ("JMSExpiration", Value::Integer(2_000)),
        ("amqp.absolute_expiry_time", Value::Integer(2_000)),
        ("JMSReplyTo", text("amq.direct/answer")),
        ("amqp.reply_to", text("amq.direct/answer")),
        ("JMSDestination", text("orders")),
        ("amqp.to", text("orders")),
        ("JMSType", text("t")),
        ("amqp.jms_type", text("t")),
        ("amqp.subject", text("s")),
        ("qpid.subject", text("s")),
        ("amqp.user_id", text("jo")),
        ("JMSXUserID", text("jo")),
        ("amqp.content_type", text("text/plain")),
        ("amqp.content_encoding", text("gzip")),
        ("amqp.group_id", text("g")),
        ("JMSXGroupID", text("g")),
        ("JMSXAppID", text("app")),
        ("amqp.ttl", Value::Integer(9)),
    ] {
        assert_eq!(value(&message, name), expected, "{name}");
    }
}

#[test]
fn what_a_message_has_not_is_unknown_but_no_expiration_is_0() {
    let message = MockMessage::new("");
    for (name, _) in NAMED {
        let expected = match name {
            "JMSExpiration" | "amqp.absolute_expiry_time" => Value::Integer(0),
            _ => Value::Unknown,
        };
        assert_eq!(value(&message, name), expected, "{name}");
    }
    let message = message.property(Property::TimeToLive, Amqp::Ulong(5));
    assert_eq!(value(&message, "JMSExpiration"), Value::Unknown);
}

#[test]
fn ids_are_text_and_transient_messages_say_so() {
    let message = MockMessage::new("k")
        .property(Property::MessageId, Amqp::Ulong(5))
        .property(Property::Durable, false);
    assert_eq!(value(&message, "JMSMessageID"), text("5"));
    assert_eq!(value(&message, "JMSDeliveryMode"), text("NON_PERSISTENT"));
    let message = MockMessage::new("k").property(Property::MessageId, "ID:a");
    assert_eq!(value(&message, "JMSMessageID"), text("ID:a"));
}

#[test]
fn the_default_exchange_gives_way_to_its_queue() {
    let message = MockMessage::new("q").property(Property::Exchange, "");
    assert_eq!(value(&message, "JMSDestination"), text("q"));
    assert_eq!(value(&message, "amqp.subject"), Value::Unknown);
    let message = MockMessage::new("news.eu").property(Property::Exchange, "amq.topic");
    assert_eq!(value(&message, "amqp.to"), text("amq.topic"));
    assert_eq!(value(&message, "amqp.subject"), text("news.eu"));
    assert_eq!(value(&message, "JMSType"), text("news.eu"));
    let message = message.header("x-jms-type", "t");
    assert_eq!(value(&message, "JMSType"), text("t"));
    assert_eq!(value(&message, "amqp.jms_type"), text("t"));
}

#[test]
fn a_header_goes_before_the_property_that_stands_in_for_it() {
    let message = MockMessage::new("k")
        .property(Property::Subject, "property")
        .property(Property::GroupId, "property")
        .header("qpid.subject", "header")
        .header("JMSXGroupID", "header");
    assert_eq!(value(&message, "qpid.subject"), text("header"));
    assert_eq!(value(&message, "JMSXGroupID"), text("header"));
}

#[test]
fn names_of_fields_that_no_message_has_are_refused() {
    for name in
        ["JMSRedelivered", "JMSFoo", "JMS", "JMSXDeliveryCount", "amqp.", "amqp.redelivered"]
    {
        assert!(matches!(Field::of(name), Err(Fault::UnknownField { .. })), "{name}");
    }
    let message = MockMessage::new("k").header("JMS_vendor", 1_i64).header("JMSXown", 2_i64);
    assert_eq!(value(&message, "JMS_vendor"), Value::Integer(1));
    assert_eq!(value(&message, "JMSXown"), Value::Integer(2));
    assert_eq!(value(&message, "jmspriority"), Value::Unknown);
}
