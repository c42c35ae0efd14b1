//! Messages whose body is replaced by another one.
//!
//! Invariant: beside the body, its length and its type nothing is different.

use bytes::Bytes;
use philter_model::message::Message;
use philter_plugin_api::Property;

use super::header::Header;
use super::rewrite::{Changes, Envelope};

/// The same message with this body, and with this type of it where one is given.
pub(crate) fn with_body(message: &Message, body: &Bytes, content_type: Option<&str>) -> Message {
    let body_bytes = Some(body.len() as u64);
    let changes = Changes { content_type, body_bytes, ..Changes::default() };
    let header = changes.apply(message.format(), message.header());
    let envelope = Envelope::of(message, header.into());
    let new = envelope.around(message, std::slice::from_ref(body));
    Message::new(&new).over(message.connection())
}

/// What a message says its body is.
pub(crate) fn content_type(message: &Message) -> Option<String> {
    let header = Header::new(message);
    header.property(Property::ContentType).and_then(|value| Some(value.as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use philter_model::message::{Format, NewMessage};
    use philter_protocol::v0_9_1::Properties;
    use philter_protocol::v0_10::headers::Headers;
    use philter_protocol::v0_10::packed::Packed;
    use philter_protocol::v0_10::structs::{DeliveryProperties, MessageProperties};

    use super::*;

    fn message(format: Format, header: &[u8]) -> Message {
        let new = NewMessage {
            format,
            exchange: "x".into(),
            routing_key: "k",
            publisher: "me".into(),
            header,
            body: &[Bytes::from_static(b"body")],
            is_durable: true,
            priority: 7,
            expires_at_ms: Some(9),
        };
        Message::new(&new).over(3)
    }

    fn replaced(message: &Message, body: &'static [u8], content_type: Option<&str>) -> Message {
        let made = with_body(message, &Bytes::from_static(body), content_type);
        assert_eq!(made.body().iter().collect::<Vec<_>>().concat(), body);
        assert!(made.has_body() && made.is_durable());
        assert_eq!((&**made.exchange(), made.routing_key(), made.connection()), ("x", "k", 3));
        assert_eq!((made.priority(), made.expires_at_ms()), (7, Some(9)));
        made
    }

    #[test]
    fn a_header_of_0_10_has_the_new_type_and_length_and_all_else_as_before() {
        let mut header = Vec::new();
        DeliveryProperties { ttl: Some(5), ..DeliveryProperties::default() }
            .write_struct32(&mut header);
        MessageProperties {
            content_length: Some(4),
            content_type: Some("text/plain".into()),
            app_id: Some(b"app".to_vec()),
            ..MessageProperties::default()
        }
        .write_struct32(&mut header);
        let before = message(Format::V0_10, &header);
        for (given, expected) in [(Some("text/new"), "text/new"), (None, "text/plain")] {
            let made = replaced(&before, b"longer body", given);
            let parsed = Headers::parse(made.header()).unwrap();
            assert_eq!(parsed.message.content_type, Some(expected));
            assert_eq!(parsed.message.content_length, Some(11));
            assert_eq!(parsed.message.app_id, Some(&b"app"[..]));
            assert_eq!(parsed.delivery.ttl, Some(5));
        }
        let made = replaced(&message(Format::V0_10, &[]), b"", Some("t"));
        let parsed = Headers::parse(made.header()).unwrap();
        assert_eq!((parsed.message.content_type, parsed.message.content_length), (Some("t"), None));
    }

    #[test]
    fn properties_of_0_9_1_have_the_new_type_and_all_else_as_before() {
        let mut list = Vec::new();
        let before = Properties {
            content_type: Some("text/plain".into()),
            content_encoding: Some("utf-8".into()),
            message_id: Some("m".into()),
            ..Properties::default()
        };
        before.encode(&mut list);
        let message = message(Format::V0_9_1, &list);
        assert_eq!(content_type(&message).as_deref(), Some("text/plain"));
        for (given, expected) in [(Some("text/new"), "text/new"), (None, "text/plain")] {
            let made = replaced(&message, b"new", given);
            let found = Properties::parse(made.header()).unwrap();
            let expected = Properties { content_type: Some(expected.into()), ..before.clone() };
            assert_eq!(Properties { headers_range: 0..0, ..found }, expected);
        }
    }
}
