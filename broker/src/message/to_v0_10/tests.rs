//! Headers of 0-9-1 as consumers of 0-10 get them.

use philter_model::message::NewMessage;
use philter_protocol::v0_9_1::{FieldValue, Properties, ShortStr, Table};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::value::Value as Wire;

use super::*;
use crate::message::v0_9_1::read_table;

/// A message of 0-9-1 with these properties and headers.
fn message(properties: Properties<'_>, headers: &Table) -> Message {
    let mut table = Vec::new();
    headers.encode(&mut table);
    let mut list = Vec::new();
    Properties { headers: read_table(&table), ..properties }.encode(&mut list);
    Message::new(&NewMessage {
        format: Format::V0_9_1,
        exchange: "amq.direct".into(),
        routing_key: "k",
        publisher: "me".into(),
        header: &list,
        body: &[],
        is_durable: false,
        priority: 0,
        expires_at_ms: None,
    })
}

fn id(id: &str) -> Properties<'_> {
    Properties { message_id: Some(id.into()), ..Properties::default() }
}

#[test]
fn a_message_of_0_9_1_has_a_header_of_0_10() {
    let headers = Table::new().with("a", FieldValue::Int32(-1)).with("b", "text");
    let message = message(
        Properties {
            content_type: Some("text/plain".into()),
            content_encoding: Some("utf-8".into()),
            delivery_mode: Some(2),
            priority: Some(200),
            correlation_id: Some("AMQP_BINARY:ff00".into()),
            reply_to: Some("amq.topic/answers".into()),
            expiration: Some("60000".into()),
            message_id: Some("00010203-0405-0607-0809-0a0b0c0d0eff".into()),
            timestamp: Some(1_700_000_000),
            type_: Some("order".into()),
            user_id: Some("guest".into()),
            app_id: Some("app".into()),
            ..Properties::default()
        },
        &headers,
    );
    let segment = header_for_v0_10(&message);
    let Headers { delivery, message, .. } = Headers::parse(&segment).unwrap();
    assert_eq!((delivery.exchange, delivery.routing_key), (Some("amq.direct"), Some("k")));
    assert_eq!((delivery.delivery_mode, delivery.priority), (Some(2), Some(9)));
    assert_eq!((delivery.ttl, delivery.timestamp), (Some(60_000), Some(1_700_000_000)));
    assert_eq!(message.content_type, Some("text/plain"));
    assert_eq!(message.content_encoding, Some("utf-8"));
    assert_eq!(message.correlation_id, Some(&[0xff, 0][..]));
    let reply_to = message.reply_to.unwrap();
    assert_eq!((reply_to.exchange, reply_to.routing_key), (Some("amq.topic"), Some("answers")));
    let uuid = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255];
    assert_eq!(message.message_id, Some(uuid));
    assert_eq!((message.user_id, message.app_id), (Some(&b"guest"[..]), Some(&b"app"[..])));
    let headers = message.application_headers.to_map().unwrap();
    let expected = FieldMap::new()
        .with("x-jms-type", Wire::Str16("order".into()))
        .with("a", Wire::Int32(-1))
        .with("b", Wire::Str16("text".into()));
    assert_eq!(headers, expected);
}

/// Written down by hand: delivery-properties with exchange and key, and nothing else.
#[test]
fn a_message_without_properties_says_where_it_was_published_and_no_more() {
    let message = message(Properties::default(), &Table::new());
    let segment = header_for_v0_10(&message);
    let mut expected = vec![0, 0, 0, 17, 4, 1, 0, 3, 10];
    expected.extend(b"amq.direct\x01k");
    expected.extend([0, 0, 0, 4, 4, 3, 0, 0]);
    assert_eq!(&*segment, expected);
}

#[test]
fn what_has_no_place_is_left_out_or_a_header() {
    let latin_1 = Some(ShortStr::from_bytes(b"caf\xe9"));
    let message = message(
        Properties {
            content_type: latin_1,
            reply_to: latin_1,
            correlation_id: latin_1,
            expiration: Some("soon".into()),
            timestamp: Some(u64::MAX),
            cluster_id: Some("c".into()),
            ..id("not a uuid")
        },
        &Table::new(),
    );
    let segment = header_for_v0_10(&message);
    let Headers { delivery, message, .. } = Headers::parse(&segment).unwrap();
    assert_eq!((message.content_type, message.reply_to, delivery.ttl), (None, None, None));
    assert_eq!(message.correlation_id, Some(&b"caf\xe9"[..]));
    let headers = message.application_headers.to_map().unwrap();
    assert_eq!(headers.get(MESSAGE_ID), Some(&Wire::Str16("not a uuid".into())));
}

#[test]
fn a_time_to_live_of_0_is_none_in_0_10() {
    let expired = Properties { expiration: Some("0".into()), ..Properties::default() };
    let message = message(expired, &Table::new());
    assert_eq!(Headers::parse(&header_for_v0_10(&message)).unwrap().delivery.ttl, None);
}

#[test]
fn of_equal_names_the_first_one_goes_over() {
    let pairs = [("a", 1), ("b", 2), ("a", 3)];
    let table = pairs.map(|(name, value)| (name.to_owned(), FieldValue::Int8(value)));
    let message = message(Properties::default(), &table.into_iter().collect());
    let segment = header_for_v0_10(&message);
    let headers = Headers::parse(&segment).unwrap().message.application_headers;
    let headers: Vec<_> = headers.iter().map(|(name, _)| name).collect();
    assert_eq!(headers, ["a", "b"]);
    let segment = Headers::parse(&segment).unwrap().message.application_headers.to_map().unwrap();
    assert_eq!(segment.get("a"), Some(&Wire::Int8(1)));
}

#[test]
fn text_longer_than_any_of_0_10_is_bytes() {
    let text = "x".repeat(70_000);
    let message = message(Properties::default(), &Table::new().with("long", text.as_str()));
    let segment = header_for_v0_10(&message);
    let headers = Headers::parse(&segment).unwrap().message.application_headers.to_map().unwrap();
    assert_eq!(headers.get("long"), Some(&Wire::Vbin32(text.into_bytes())));
}
