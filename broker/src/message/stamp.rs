//! Headers that the broker writes into messages: sequence numbers and the trace of a message's way.
//!
//! Invariant: a stamped header differs from the one that came in that one header alone; what is not
//! understood stays as it is.

use std::sync::Arc;

use philter_model::message::{Format, Message};
use philter_plugin_api::{MessageView, Value, ValueRef};

use super::View;
use super::rewrite::{Changes, Envelope, with_envelope};

/// The header of a message's way: identities in the order in which it met them, by comma.
const TRACE: &str = "x-qpid.trace";

/// A header in which one of the application's headers has this value.
pub(crate) fn stamp_header(format: Format, header: &[u8], name: &str, value: Value) -> Vec<u8> {
    Changes::header(name, value).apply(format, header)
}

/// The same message with this header.
pub(crate) fn stamp(message: &Arc<Message>, name: &str, value: Value) -> Arc<Message> {
    let header = stamp_header(message.format(), message.header(), name, value);
    let envelope = Envelope::of(message, header.into());
    Arc::new(with_envelope(message, &envelope))
}

/// The same message with this header, for one that goes on so many milliseconds after it came: its
/// time to live begins now.
pub(crate) fn stamp_later(
    message: &Arc<Message>,
    name: &str,
    value: Value,
    waited_ms: u64,
) -> Arc<Message> {
    let header = stamp_header(message.format(), message.header(), name, value);
    let envelope = Envelope {
        expires_at_ms: message.expires_at_ms().map(|at_ms| at_ms.saturating_add(waited_ms)),
        ..Envelope::of(message, header.into())
    };
    Arc::new(with_envelope(message, &envelope))
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
    stamp(message, TRACE, Value::String(trace))
}

/// The message with an empty trace, for one that begins its way anew; the same where it has none.
pub(crate) fn clear_trace(message: &Arc<Message>) -> Arc<Message> {
    match View::new(message, "").header(TRACE) {
        Some(ValueRef::String(trace)) if !trace.is_empty() => {
            stamp(message, TRACE, Value::String(String::new()))
        }
        _ => Arc::clone(message),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use philter_model::message::NewMessage;
    use philter_protocol::v0_9_1::Properties;
    use philter_protocol::v0_10::headers::Headers;

    use super::*;

    const FORMATS: [Format; 2] = [Format::V0_9_1, Format::V0_10];

    fn message(format: Format, headers: &[(&str, Value)], body: &[u8]) -> Arc<Message> {
        let mut header = Vec::new();
        if format == Format::V0_9_1 {
            Properties { priority: Some(7), ..Properties::default() }.encode(&mut header);
        }
        for (name, value) in headers {
            header = stamp_header(format, &header, name, value.clone());
        }
        Arc::new(Message::new(&NewMessage {
            format,
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
        let headers = [("a", Value::Short(1)), ("n", Value::Short(2))];
        for (format, body) in
            FORMATS.into_iter().flat_map(|f| [&b"body"[..], &[7; 10_000], b""].map(|b| (f, b)))
        {
            let stamped = stamp(&message(format, &headers, body), "n", Value::Long(5));
            assert_eq!(header_of(&stamped, "a").unwrap(), "Short(1)");
            assert_eq!(header_of(&stamped, "n").unwrap(), "Long(5)");
            assert_eq!(stamped.body().iter().collect::<Vec<_>>().concat(), body);
            assert!(stamped.has_body() && stamped.is_durable());
            assert_eq!((stamped.priority(), stamped.expires_at_ms()), (7, Some(9)));
        }
    }

    #[test]
    fn a_segment_without_message_properties_gets_them() {
        let stamped = stamp_header(Format::V0_10, &[], "n", Value::Long(1));
        let parsed = Headers::parse(&stamped).unwrap();
        assert_eq!(parsed.message.application_headers.len(), 1);
        let other = [0, 0, 0, 4, 9, 9, 0, 0];
        let stamped = stamp_header(Format::V0_10, &other, "n", Value::Long(1));
        assert!(stamped.starts_with(&other));
    }

    #[test]
    fn properties_of_0_9_1_stay_beside_a_new_header() {
        let mut list = Vec::new();
        Properties { message_id: Some("m".into()), ..Properties::default() }.encode(&mut list);
        let stamped = stamp_header(Format::V0_9_1, &list, "n", Value::Long(1));
        let parsed = Properties::parse(&stamped).unwrap();
        assert_eq!(parsed.message_id, Some("m".into()));
        assert_eq!(parsed.headers.unwrap().iter().count(), 1);
    }

    #[test]
    fn a_trace_grows_by_what_it_does_not_have_and_is_cleared() {
        for format in FORMATS {
            let one = add_trace(&message(format, &[], b""), "A");
            let two = add_trace(&add_trace(&one, "B"), "A");
            assert_eq!(header_of(&two, TRACE).unwrap(), "String(\"A,B\")");
            let view = View::new(&two, "");
            assert!(has_met(&view, &["B".to_owned()]));
            assert!(!has_met(&view, &["C".to_owned()]));
            assert_eq!(header_of(&clear_trace(&two), TRACE).unwrap(), "String(\"\")");
            let none = message(format, &[], b"");
            assert!(Arc::ptr_eq(&clear_trace(&none), &none));
        }
    }
}
