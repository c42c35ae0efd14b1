//! The header of a message of AMQP 0-10, read where it lies.

use std::cell::OnceCell;

use philter_plugin_api::{Property, ValueRef};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::map;

use crate::message::header::{MESSAGE_ID, SUBJECT, TYPE, text_or_binary, timestamp};
use crate::message::{reply_to, values};

/// The delivery mode of messages that outlive the broker.
const PERSISTENT: u8 = 2;

/// A header segment. It was checked when the message came in.
pub(super) struct Header<'m> {
    segment: &'m [u8],
    parsed: OnceCell<Headers<'m>>,
    /// Maps, lists and arrays among the headers in the encoding that plugins read, by place.
    encoded: OnceCell<Vec<(usize, Vec<u8>)>>,
    reply_to: OnceCell<String>,
}

impl<'m> Header<'m> {
    pub(super) fn new(segment: &'m [u8]) -> Self {
        Self {
            segment,
            parsed: OnceCell::new(),
            encoded: OnceCell::new(),
            reply_to: OnceCell::new(),
        }
    }

    fn parsed(&self) -> &Headers<'m> {
        self.parsed.get_or_init(|| Headers::parse(self.segment).unwrap_or_default())
    }

    pub(super) fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        let Headers { delivery, message, .. } = self.parsed();
        match id {
            Property::MessageId => {
                message.message_id.map(ValueRef::Uuid).or_else(|| self.text_header(MESSAGE_ID))
            }
            Property::CorrelationId => message.correlation_id.map(text_or_binary),
            Property::UserId => message.user_id.map(ValueRef::Binary),
            Property::ContentType => message.content_type.map(ValueRef::String),
            Property::ContentEncoding => message.content_encoding.map(ValueRef::String),
            Property::Timestamp => delivery.timestamp.map(timestamp),
            Property::Expiration => delivery.expiration.map(timestamp),
            Property::Priority => delivery.priority.map(ValueRef::Ubyte),
            Property::Durable => {
                delivery.delivery_mode.map(|mode| ValueRef::Bool(mode == PERSISTENT))
            }
            Property::ReplyTo => self.reply_to(),
            Property::Type => self.text_header(TYPE),
            Property::Subject => self.header(SUBJECT),
            Property::AppId => message.app_id.map(text_or_binary),
            Property::TimeToLive => delivery.ttl.map(ValueRef::Ulong),
            _ => None,
        }
    }

    fn reply_to(&self) -> Option<ValueRef<'_>> {
        let to = self.parsed().message.reply_to?;
        let text = self.reply_to.get_or_init(|| reply_to::to_text(to.exchange, to.routing_key));
        Some(ValueRef::String(text))
    }

    /// A header that stands for a property: text, or the bytes of what should be.
    fn text_header(&self, name: &str) -> Option<ValueRef<'_>> {
        self.header(name).filter(|value| value.as_bytes().is_some())
    }

    pub(super) fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        let headers = self.parsed().message.application_headers;
        let (place, (_, value)) =
            headers.iter().enumerate().find(|(_, (have, _))| *have == name)?;
        self.value(place, value)
    }

    pub(super) fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        let headers = self.parsed().message.application_headers;
        for (place, (name, value)) in headers.iter().enumerate() {
            if let Some(value) = self.value(place, value) {
                visit(name, value);
            }
        }
    }

    fn value(&self, place: usize, value: map::ValueRef<'m>) -> Option<ValueRef<'_>> {
        if let Some(scalar) = values::scalar(value) {
            return Some(scalar);
        }
        let encoded = self.encoded.get_or_init(|| self.encode_composites());
        let (_, bytes) = encoded.iter().find(|(have, _)| *have == place)?;
        Some(ValueRef::Encoded(bytes))
    }

    fn encode_composites(&self) -> Vec<(usize, Vec<u8>)> {
        let headers = self.parsed().message.application_headers;
        headers
            .iter()
            .enumerate()
            .filter(|(_, (_, value))| values::scalar(*value).is_none())
            .map(|(place, (_, value))| (place, values::to_plugin(value).encode()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::MapRef;
    use philter_protocol::v0_10::packed::Packed;
    use philter_protocol::v0_10::structs::{MessageProperties, ReplyTo};
    use philter_protocol::v0_10::value::{FieldMap, Value};

    use super::*;

    #[test]
    fn headers_and_properties_are_read_in_the_words_of_plugins() {
        let inner = FieldMap::new().with("n", Value::Int16(-3));
        let headers = FieldMap::new()
            .with("text", Value::Str16("x".into()))
            .with("map", Value::Map(inner))
            .with("big", Value::Int64(1 << 40));
        let mut segment = Vec::new();
        MessageProperties {
            correlation_id: Some(b"id".to_vec()),
            reply_to: Some(ReplyTo {
                exchange: Some("amq.direct".into()),
                routing_key: Some("me".into()),
            }),
            application_headers: Some(headers),
            ..MessageProperties::default()
        }
        .write_struct32(&mut segment);
        let header = Header::new(&segment);
        assert_eq!(header.header("text"), Some(ValueRef::String("x")));
        assert_eq!(header.header("big"), Some(ValueRef::Long(1 << 40)));
        assert_eq!(header.header("none"), None);
        let Some(ValueRef::Encoded(map)) = header.header("map") else { panic!() };
        assert_eq!(MapRef::parse(map).unwrap().get("n"), Some(ValueRef::Short(-3)));
        assert_eq!(header.property(Property::ReplyTo), Some(ValueRef::String("amq.direct/me")));
        assert_eq!(header.property(Property::CorrelationId), Some(ValueRef::String("id")));
        let mut names = Vec::new();
        header.headers(&mut |name, _| names.push(name.to_owned()));
        assert_eq!(names, ["text", "map", "big"]);
    }
}
