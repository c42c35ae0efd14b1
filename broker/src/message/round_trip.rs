//! Headers through the other protocol and back: what `broker/docs/cross-version.md` keeps is kept,
//! and no bytes whatever end in a panic.

use philter_model::message::{Format, Message, NewMessage};
use philter_plugin_api::{MessageView, Property};
use philter_protocol::v0_9_1::{FieldValue, Properties, ShortStr, Table};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{
    DeliveryProperties, MessageProperties, ReplyTo, decode_struct,
};
use philter_protocol::v0_10::value::{FieldMap, Value as Wire};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::fields::TIMESTAMP_S_MAX;
use super::rewrite::Changes;
use super::v0_9_1::read_table;
use super::{View, header_for_v0_9_1, header_for_v0_10};

fn message(format: Format, header: &[u8]) -> Message {
    Message::new(&NewMessage {
        format,
        exchange: "x".into(),
        routing_key: "k",
        publisher: "me".into(),
        header,
        body: &[],
        is_durable: false,
        priority: 0,
        expires_at_ms: None,
    })
}

/// Properties of 0-9-1 as somebody owns them.
#[derive(Clone, Debug, Default)]
struct Owned {
    texts: [Option<String>; 8],
    numbers: (Option<u8>, Option<u8>, Option<u64>, Option<u64>),
    headers: Table,
}

impl Owned {
    fn encode(&self) -> Vec<u8> {
        let mut table = Vec::new();
        self.headers.encode(&mut table);
        let [content_type, content_encoding, correlation_id, reply_to, message_id, type_, ..] =
            self.texts.each_ref().map(|text| text.as_deref().map(ShortStr::new));
        let [.., user_id, app_id] =
            self.texts.each_ref().map(|text| text.as_deref().map(ShortStr::new));
        let expiration = self.numbers.2.map(|ms| ms.to_string());
        let mut list = Vec::new();
        Properties {
            content_type,
            content_encoding,
            headers: read_table(&table).filter(|table| !table.is_empty()),
            delivery_mode: self.numbers.0,
            priority: self.numbers.1,
            correlation_id,
            reply_to,
            expiration: expiration.as_deref().map(ShortStr::new),
            message_id,
            timestamp: self.numbers.3,
            type_,
            user_id,
            app_id,
            ..Properties::default()
        }
        .encode(&mut list);
        list
    }
}

fn owned() -> impl Strategy<Value = Owned> {
    let id = prop_oneof![
        "[a-z0-9]{1,20}",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    ];
    let reply_to = prop_oneof!["[a-z.]{1,20}", "[a-z.]{1,20}/[a-z.]{1,20}", "/[a-z/]{1,9}"];
    let text = || of(".{1,30}");
    let texts = (text(), text(), text(), of(reply_to), of(id), text(), text(), text());
    let mode = prop_oneof![Just(1u8), Just(2)];
    let numbers = (of(mode), of(0..=9u8), of(1..u64::MAX), of(0..=TIMESTAMP_S_MAX));
    let value = prop_oneof![
        any::<bool>().prop_map(FieldValue::Bool),
        any::<i8>().prop_map(FieldValue::Int8),
        any::<u32>().prop_map(FieldValue::Uint32),
        any::<i64>().prop_map(FieldValue::Int64),
        ".{0,20}".prop_map(|text| FieldValue::from(text.as_str())),
        (any::<u8>(), any::<u32>())
            .prop_map(|(scale, unscaled)| FieldValue::Decimal { scale, unscaled }),
        vec("[a-z]{0,5}".prop_map(|text| FieldValue::from(text.as_str())), 0..4)
            .prop_map(FieldValue::Array),
        (0..=TIMESTAMP_S_MAX).prop_map(FieldValue::Timestamp),
        vec(any::<u8>(), 0..20).prop_map(FieldValue::Bytes),
        Just(FieldValue::Void),
    ];
    let headers = prop::collection::btree_map("[a-z]{1,9}", value, 0..6);
    (texts, numbers, headers).prop_map(|(t, numbers, headers)| Owned {
        texts: [t.0, t.1, t.2, t.3, t.4, t.5, t.6, t.7],
        numbers,
        headers: headers.into_iter().collect(),
    })
}

fn structs() -> impl Strategy<Value = (DeliveryProperties, MessageProperties)> {
    let bytes = || of(vec(any::<u8>(), 1..60));
    let text = || of(".{1,30}");
    let reply_to = (of("[a-z.]{1,20}"), of("[a-z.]{1,20}"))
        .prop_filter("an answer goes somewhere", |(exchange, key)| {
            exchange.is_some() || key.is_some()
        })
        .prop_map(|(exchange, routing_key)| ReplyTo { exchange, routing_key });
    let value = prop_oneof![
        any::<i16>().prop_map(Wire::Int16),
        any::<u16>().prop_map(Wire::Uint16),
        any::<f64>().prop_filter("comparable", |n| !n.is_nan()).prop_map(Wire::Double),
        ".{0,20}".prop_map(Wire::Str16),
        (0..1i64 << 37).prop_map(Wire::Datetime),
        vec(any::<u8>(), 0..20).prop_map(Wire::Vbin32),
        (any::<u8>(), any::<i32>()).prop_map(|(scale, unscaled)| {
            Wire::Other(0xc8, [&[scale][..], &unscaled.to_be_bytes()].concat())
        }),
        vec((0..9i32).prop_map(Wire::Int32), 0..4).prop_map(Wire::List),
        Just(Wire::Map(FieldMap::new().with("inner", Wire::Void))),
    ];
    let headers = prop::collection::btree_map("[a-z]{1,9}", value, 1..6).prop_map(|map| {
        map.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<FieldMap>()
    });
    let delivery = (of(0..=9u8), of(1..=2u8), of(1..u64::MAX), of(0..=TIMESTAMP_S_MAX));
    let properties =
        (of(any::<[u8; 16]>()), bytes(), of(reply_to), text(), text(), text(), of(headers));
    (delivery, properties).prop_map(|(d, p)| {
        let delivery = DeliveryProperties {
            priority: d.0,
            delivery_mode: d.1,
            ttl: d.2,
            timestamp: d.3,
            exchange: Some("x".into()),
            routing_key: Some("k".into()),
            ..DeliveryProperties::default()
        };
        let properties = MessageProperties {
            message_id: p.0,
            correlation_id: p.1,
            reply_to: p.2,
            content_type: p.3,
            content_encoding: p.4,
            app_id: p.5.map(String::into_bytes),
            application_headers: p.6,
            ..MessageProperties::default()
        };
        (delivery, properties)
    })
}

proptest! {
    #[test]
    fn a_message_of_0_9_1_is_the_same_after_a_way_over_0_10(properties in owned()) {
        let list = properties.encode();
        let there = message(Format::V0_9_1, &list);
        let segment = header_for_v0_10(&there);
        prop_assert!(Headers::parse(&segment).is_ok());
        let back = message(Format::V0_10, &segment);
        let again = header_for_v0_9_1(&back);
        let [again, list] = [&*again, &list].map(|list| Properties::parse(list).unwrap());
        let headers = |list: &Properties<'_>| list.headers.map(|table| table.to_table());
        prop_assert_eq!(headers(&again), headers(&list));
        let bare = |list| Properties { headers: None, headers_range: 0..0, ..list };
        prop_assert_eq!(bare(again), bare(list));
    }

    #[test]
    fn a_message_of_0_10_is_the_same_after_a_way_over_0_9_1(
        (delivery, properties) in structs(),
    ) {
        let mut segment = Vec::new();
        delivery.write_struct32(&mut segment);
        let at = segment.len() + 4;
        properties.write_struct32(&mut segment);
        let there = message(Format::V0_10, &segment);
        let list = header_for_v0_9_1(&there);
        let back = message(Format::V0_9_1, &list);
        let again = header_for_v0_10(&back);
        prop_assert_eq!(&again[..at], &segment[..at]);
        prop_assert_eq!(decode_struct::<MessageProperties>(&again[at..]).unwrap(), properties);
    }

    #[test]
    fn no_bytes_are_too_strange(
        is_0_9_1 in any::<bool>(),
        flags in any::<[u8; 2]>(),
        mut header in vec(any::<u8>(), 0..200),
    ) {
        let format = if is_0_9_1 { Format::V0_9_1 } else { Format::V0_10 };
        header.splice(0..0, flags);
        let message = message(format, &header);
        let view = View::new(&message, "/");
        prop_assert!(Property::ALL.iter().filter_map(|id| view.property(*id)).count() > 0);
        view.headers(&mut |name, _| assert!(view.header(name).is_some()));
        prop_assert!(Properties::parse(&header_for_v0_9_1(&message)).is_ok() || is_0_9_1);
        prop_assert!(Headers::parse(&header_for_v0_10(&message)).is_ok() || !is_0_9_1);
        let changes = Changes {
            headers: vec![("a", Some(1i64.into())), ("b", None)],
            reply_to: Some("me"),
            is_lasting: true,
            address: Some(("y", "l")),
            content_type: Some("text/new"),
            body_bytes: Some(7),
        };
        let changed = changes.apply(format, &header);
        let was_good = match format {
            Format::V0_9_1 => Properties::parse(&header).is_ok(),
            _ => Headers::parse(&header).is_ok(),
        };
        let is_good = match format {
            Format::V0_9_1 => Properties::parse(&changed).is_ok(),
            _ => Headers::parse(&changed).is_ok(),
        };
        prop_assert!(is_good || !was_good);
    }
}
