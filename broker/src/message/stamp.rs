//! Headers that the broker writes into messages: sequence numbers and the trace of a message's way.
//!
//! Invariant: a stamped header differs from the one that came in that one header alone; what is not
//! understood stays as it is.

use std::sync::Arc;

use bytes::Bytes;
use philter_model::message::{Format, Message, NewMessage};
use philter_plugin_api::{MessageView, ValueRef};
use philter_protocol::reader::Reader;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{MessageProperties, decode_struct};
use philter_protocol::v0_10::value::{FieldMap, Value};

use super::View;

/// The header of a message's way: identities in the order in which it met them, by comma.
const TRACE: &str = "x-qpid.trace";

/// A header segment of 0-10 in which one of the application's headers has this value.
pub(crate) fn stamp_header(segment: &[u8], name: &str, value: Value) -> Vec<u8> {
    let mut stamped = Vec::with_capacity(segment.len() + name.len() + 24);
    let mut found = None;
    let mut reader = Reader::new(segment);
    while !reader.is_empty() {
        let start = reader.offset();
        let Ok(content) = reader.bytes32() else { return segment.to_vec() };
        match decode_struct::<MessageProperties>(content) {
            Ok(properties) => found = Some(properties),
            Err(_) => stamped.extend(segment.get(start..reader.offset()).unwrap_or(&[])),
        }
    }
    let mut properties = found.unwrap_or_default();
    properties.application_headers.get_or_insert_with(FieldMap::new).insert(name, value);
    properties.write_struct32(&mut stamped);
    stamped
}

/// The same message with this header. One in an encoding that has no such headers stays as it is.
pub(crate) fn stamp(message: &Arc<Message>, name: &str, value: Value) -> Arc<Message> {
    if message.format() != Format::V0_10 {
        return Arc::clone(message);
    }
    let header = stamp_header(message.header(), name, value);
    let body = message.body();
    let small = [Bytes::copy_from_slice(body.small)];
    let is_small = message.has_body() && body.large.is_empty();
    let stamped = Message::new(&NewMessage {
        format: message.format(),
        exchange: Arc::clone(message.exchange()),
        routing_key: message.routing_key(),
        publisher: Arc::clone(message.publisher()),
        header: &header,
        body: if is_small { &small } else { body.large },
        is_durable: message.is_durable(),
        priority: message.priority(),
        expires_at_ms: message.expires_at_ms(),
    });
    Arc::new(stamped.over(message.connection()))
}

/// Whether a message met one of these identities on its way.
pub(crate) fn has_met(view: &View<'_>, identities: &[String]) -> bool {
    let Some(ValueRef::String(trace)) = view.header(TRACE) else { return false };
    let mut met = trace.split([',', ' ']).filter(|identity| !identity.is_empty());
    met.any(|identity| identities.iter().any(|excluded| excluded == identity))
}

/// The message with one more identity on its way.
pub(crate) fn add_trace(message: &Arc<Message>, identity: &str) -> Arc<Message> {
    let view = View::new(message, "");
    let trace = match view.header(TRACE) {
        Some(ValueRef::String(trace)) if trace.contains(identity) => return Arc::clone(message),
        Some(ValueRef::String(trace)) if !trace.is_empty() => format!("{trace},{identity}"),
        _ => identity.to_owned(),
    };
    stamp(message, TRACE, Value::Str16(trace))
}

/// The message with an empty trace, for one that begins its way anew; the same where it has none.
pub(crate) fn clear_trace(message: &Arc<Message>) -> Arc<Message> {
    match View::new(message, "").header(TRACE) {
        Some(ValueRef::String(trace)) if !trace.is_empty() => {
            stamp(message, TRACE, Value::Str16(String::new()))
        }
        _ => Arc::clone(message),
    }
}

#[cfg(test)]
mod tests {
    use philter_protocol::v0_10::headers::Headers;

    use super::*;

    fn message(headers: Option<FieldMap>, body: &[u8]) -> Arc<Message> {
        let mut header = Vec::new();
        let properties =
            MessageProperties { application_headers: headers, ..MessageProperties::default() };
        properties.write_struct32(&mut header);
        Arc::new(Message::new(&NewMessage {
            format: Format::V0_10,
            exchange: "x".into(),
            routing_key: "k",
            publisher: "me".into(),
            header: &header,
            body: &[Bytes::copy_from_slice(body)],
            is_durable: true,
            priority: 7,
            expires_at_ms: Some(9),
        }))
    }

    fn header_of(message: &Message, name: &str) -> Option<String> {
        View::new(message, "").header(name).map(|value| format!("{value:?}"))
    }

    #[test]
    fn a_stamp_changes_one_header_and_nothing_else() {
        let headers = FieldMap::new().with("a", Value::Int16(1)).with("n", Value::Int16(2));
        for body in [&b"body"[..], &[7; 10_000], b""] {
            let stamped = stamp(&message(Some(headers.clone()), body), "n", Value::Int64(5));
            assert_eq!(header_of(&stamped, "a").unwrap(), "Short(1)");
            assert_eq!(header_of(&stamped, "n").unwrap(), "Long(5)");
            assert_eq!(stamped.body().iter().collect::<Vec<_>>().concat(), body);
            assert!(stamped.has_body() && stamped.is_durable());
            assert_eq!((stamped.priority(), stamped.expires_at_ms()), (7, Some(9)));
        }
    }

    #[test]
    fn a_segment_without_message_properties_gets_them() {
        let stamped = stamp_header(&[], "n", Value::Int64(1));
        let parsed = Headers::parse(&stamped).unwrap();
        assert_eq!(parsed.message.application_headers.len(), 1);
        let other = [0, 0, 0, 4, 9, 9, 0, 0];
        let stamped = stamp_header(&other, "n", Value::Int64(1));
        assert!(stamped.starts_with(&other));
    }

    #[test]
    fn a_trace_grows_by_what_it_does_not_have_and_is_cleared() {
        let one = add_trace(&message(None, b""), "A");
        let two = add_trace(&add_trace(&one, "B"), "A");
        assert_eq!(header_of(&two, TRACE).unwrap(), "String(\"A,B\")");
        let view = View::new(&two, "");
        assert!(has_met(&view, &["B".to_owned()]));
        assert!(!has_met(&view, &["C".to_owned()]));
        assert_eq!(header_of(&clear_trace(&two), TRACE).unwrap(), "String(\"\")");
        let none = message(None, b"");
        assert!(Arc::ptr_eq(&clear_trace(&none), &none));
    }
}
