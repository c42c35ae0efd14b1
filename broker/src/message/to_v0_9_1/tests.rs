//! Headers of 0-10 as consumers of 0-9-1 get them.

use philter_model::message::NewMessage;
use philter_protocol::v0_9_1::{FieldValue, Table};
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties, ReplyTo};
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};

use super::*;

fn message(delivery: &DeliveryProperties, properties: &MessageProperties) -> Message {
    let mut header = Vec::new();
    delivery.write_struct32(&mut header);
    properties.write_struct32(&mut header);
    Message::new(&NewMessage {
        format: Format::V0_10,
        exchange: "x".into(),
        routing_key: "k",
        publisher: "me".into(),
        header: &header,
        body: &[],
        is_durable: false,
        priority: 4,
        expires_at_ms: None,
    })
}

fn with_headers(headers: FieldMap) -> Message {
    let properties =
        MessageProperties { application_headers: Some(headers), ..MessageProperties::default() };
    message(&DeliveryProperties::default(), &properties)
}

fn table_of(message: &Message) -> Table {
    let list = header_for_v0_9_1(message);
    let headers = Properties::parse(&list).unwrap().headers;
    headers.map(|table| table.to_table()).unwrap_or_default()
}

#[test]
fn a_message_of_0_10_has_the_properties_of_0_9_1() {
    let delivery = DeliveryProperties {
        priority: Some(5),
        delivery_mode: Some(2),
        ttl: Some(60_000),
        timestamp: Some(1_700_000_000),
        exchange: Some("x".into()),
        ..DeliveryProperties::default()
    };
    let properties = MessageProperties {
        message_id: Some([0x11; 16]),
        correlation_id: Some(vec![0xff, 0]),
        reply_to: Some(ReplyTo { exchange: None, routing_key: Some("me".into()) }),
        content_type: Some("text/plain".into()),
        content_encoding: Some("utf-8".into()),
        user_id: Some(b"guest".to_vec()),
        app_id: Some(b"app".to_vec()),
        application_headers: Some(
            FieldMap::new()
                .with("x-jms-type", Wire::Str16("order".into()))
                .with("qpid.subject", Wire::Str16("news".into()))
                .with("n", Wire::Int64(5)),
        ),
        ..MessageProperties::default()
    };
    let message = message(&delivery, &properties);
    let list = header_for_v0_9_1(&message);
    let found = Properties::parse(&list).unwrap();
    let expected = Properties {
        content_type: Some("text/plain".into()),
        content_encoding: Some("utf-8".into()),
        headers: found.headers,
        delivery_mode: Some(2),
        priority: Some(5),
        correlation_id: Some("AMQP_BINARY:ff00".into()),
        reply_to: Some("me".into()),
        expiration: Some("60000".into()),
        message_id: Some("11111111-1111-1111-1111-111111111111".into()),
        timestamp: Some(1_700_000_000),
        type_: Some("order".into()),
        user_id: Some("guest".into()),
        app_id: Some("app".into()),
        cluster_id: None,
        headers_range: found.headers_range.clone(),
    };
    assert_eq!(found, expected);
    let table = Table::new().with("qpid.subject", "news").with("n", FieldValue::Int64(5));
    assert_eq!(found.headers.unwrap().to_table(), table);
}

/// Written down by hand.
#[test]
fn a_message_of_0_10_without_properties_has_none() {
    let message = message(&DeliveryProperties::default(), &MessageProperties::default());
    assert_eq!(&*header_for_v0_9_1(&message), [0, 0]);
}

#[test]
fn what_has_no_place_is_left_out() {
    let delivery = DeliveryProperties {
        ttl: Some(0),
        timestamp: Some(u64::MAX),
        expiration: Some(5),
        resume_id: Some("r".into()),
        ..DeliveryProperties::default()
    };
    let long = "x".repeat(200);
    let properties = MessageProperties {
        correlation_id: Some(vec![0xff; 200]),
        reply_to: Some(ReplyTo { exchange: Some(long.clone()), routing_key: Some(long) }),
        user_id: Some(vec![0xff]),
        app_id: Some(vec![b'a'; 300]),
        ..MessageProperties::default()
    };
    assert_eq!(&*header_for_v0_9_1(&message(&delivery, &properties)), [0, 0]);
}

#[test]
fn a_message_id_that_travelled_as_a_header_is_one_again() {
    let message = with_headers(FieldMap::new().with(MESSAGE_ID, Wire::Str16("m".into())));
    let list = header_for_v0_9_1(&message);
    let found = Properties::parse(&list).unwrap();
    assert_eq!((found.message_id, found.headers), (Some("m".into()), None));
    let no_text = with_headers(FieldMap::new().with(MESSAGE_ID, Wire::Int8(1)));
    assert_eq!(table_of(&no_text), Table::new().with(MESSAGE_ID, FieldValue::Int8(1)));
}

#[test]
fn headers_that_do_not_fit_a_frame_stay_behind() {
    let half = Wire::Vbin32(vec![0; HEADERS_BYTES_MAX / 2]);
    let map = FieldMap::new().with("a", half.clone()).with("b", half).with("c", Wire::Bool(true));
    let table = table_of(&with_headers(map));
    let names: Vec<_> = table.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a", "c"]);
}
