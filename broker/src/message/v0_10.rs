//! The header of a message of AMQP 0-10, read where it lies.

use std::cell::OnceCell;

use philter_plugin_api::{Property, ValueRef};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::map;

use crate::message::values;

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
            Property::MessageId => message.message_id.map(ValueRef::Uuid),
            Property::CorrelationId => message.correlation_id.map(text_or_binary),
            Property::UserId => message.user_id.map(ValueRef::Binary),
            Property::ContentType => message.content_type.map(ValueRef::String),
            Property::ContentEncoding => message.content_encoding.map(ValueRef::String),
            Property::Timestamp => delivery.timestamp.map(timestamp),
            Property::Expiration => delivery.expiration.map(timestamp),
            Property::ReplyTo => self.reply_to(),
            Property::Subject => self.header("qpid.subject"),
            Property::AppId => message.app_id.map(text_or_binary),
            Property::TimeToLive => delivery.ttl.map(ValueRef::Ulong),
            _ => None,
        }
    }

    /// `exchange/key`, or the key alone for the default exchange.
    fn reply_to(&self) -> Option<ValueRef<'_>> {
        let reply_to = self.parsed().message.reply_to?;
        let key = reply_to.routing_key.unwrap_or("");
        let text = self.reply_to.get_or_init(|| match reply_to.exchange {
            None | Some("") => key.to_owned(),
            Some(exchange) => format!("{exchange}/{key}"),
        });
        Some(ValueRef::String(text))
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

/// Seconds of 0-10 as milliseconds.
fn timestamp(seconds: u64) -> ValueRef<'static> {
    ValueRef::Timestamp(i64::try_from(seconds.saturating_mul(1_000)).unwrap_or(i64::MAX))
}

fn text_or_binary(bytes: &[u8]) -> ValueRef<'_> {
    std::str::from_utf8(bytes).map_or(ValueRef::Binary(bytes), ValueRef::String)
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
