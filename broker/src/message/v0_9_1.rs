//! The header of a message of AMQP 0-9-1, read where it lies: the flags and the list of properties
//! of class basic.

use std::cell::OnceCell;

use philter_plugin_api::{Property, ValueRef};
use philter_protocol::limits::NESTING_MAX;
use philter_protocol::reader::Reader;
use philter_protocol::v0_9_1::{FieldRef, Properties, ShortStr, TableRef};

use crate::message::fields;
use crate::message::header::{SUBJECT, text_or_binary, timestamp};

/// The delivery mode of messages that outlive the broker.
const PERSISTENT: u8 = 2;

/// A list of properties. It was checked when the message came in.
pub(super) struct Header<'m> {
    list: &'m [u8],
    parsed: OnceCell<Properties<'m>>,
    /// Tables and arrays among the headers in the encoding that plugins read, by place.
    encoded: OnceCell<Vec<(usize, Vec<u8>)>>,
}

impl<'m> Header<'m> {
    pub(super) fn new(list: &'m [u8]) -> Self {
        Self { list, parsed: OnceCell::new(), encoded: OnceCell::new() }
    }

    fn parsed(&self) -> &Properties<'m> {
        self.parsed.get_or_init(|| Properties::parse(self.list).unwrap_or_default())
    }

    pub(super) fn property(&self, id: Property) -> Option<ValueRef<'_>> {
        let properties = self.parsed();
        match id {
            Property::MessageId => properties.message_id.map(text),
            Property::CorrelationId => properties.correlation_id.map(text),
            Property::UserId => properties.user_id.map(text),
            Property::ContentType => properties.content_type.map(text),
            Property::ContentEncoding => properties.content_encoding.map(text),
            Property::Timestamp => properties.timestamp.map(timestamp),
            Property::Priority => properties.priority.map(ValueRef::Ubyte),
            Property::Durable => {
                properties.delivery_mode.map(|mode| ValueRef::Bool(mode == PERSISTENT))
            }
            Property::ReplyTo => properties.reply_to.map(text),
            Property::Type => properties.type_.map(text),
            Property::Subject => self.header(SUBJECT),
            Property::AppId => properties.app_id.map(text),
            Property::TimeToLive => {
                let digits = properties.expiration?.as_str()?;
                digits.parse().ok().map(ValueRef::Ulong)
            }
            _ => None,
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<ValueRef<'_>> {
        let headers = self.parsed().headers?;
        let (place, (_, value)) =
            headers.iter().enumerate().find(|(_, (have, _))| *have == *name)?;
        self.value(place, value)
    }

    pub(super) fn headers(&self, visit: &mut dyn FnMut(&str, ValueRef<'_>)) {
        let headers = self.parsed().headers.unwrap_or_default();
        for (place, (name, value)) in headers.iter().enumerate() {
            if let Some(value) = self.value(place, value) {
                visit(&name.to_text(), value);
            }
        }
    }

    fn value(&self, place: usize, value: FieldRef<'m>) -> Option<ValueRef<'_>> {
        if let Some(scalar) = fields::scalar(value) {
            return Some(scalar);
        }
        let encoded = self.encoded.get_or_init(|| self.encode_composites());
        let (_, bytes) = encoded.iter().find(|(have, _)| *have == place)?;
        Some(ValueRef::Encoded(bytes))
    }

    fn encode_composites(&self) -> Vec<(usize, Vec<u8>)> {
        let headers = self.parsed().headers.unwrap_or_default();
        headers
            .iter()
            .enumerate()
            .filter(|(_, (_, value))| fields::scalar(*value).is_none())
            .map(|(place, (_, value))| (place, fields::to_plugin(value).encode()))
            .collect()
    }
}

/// A table with its length, which was written here.
pub(super) fn read_table(table: &[u8]) -> Option<TableRef<'_>> {
    TableRef::decode(&mut Reader::new(table), NESTING_MAX).ok()
}

fn text(text: ShortStr<'_>) -> ValueRef<'_> {
    text_or_binary(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use philter_plugin_api::{MapRef, Value};
    use philter_protocol::v0_9_1::{FieldValue, Table};

    use super::*;

    #[test]
    fn headers_and_properties_are_read_in_the_words_of_plugins() {
        let inner = Table::new().with("n", FieldValue::Int16(-3));
        let table = Table::new()
            .with("text", "x")
            .with("bytes", FieldValue::LongString(vec![0xff]))
            .with("table", FieldValue::Table(inner))
            .with("array", FieldValue::Array(vec!["k".into(), true.into()]))
            .with("qpid.subject", "news");
        let mut encoded = Vec::new();
        table.encode(&mut encoded);
        let mut list = Vec::new();
        Properties {
            headers: read_table(&encoded),
            delivery_mode: Some(2),
            priority: Some(200),
            correlation_id: Some(ShortStr::from_bytes(b"caf\xe9")),
            reply_to: Some("me".into()),
            expiration: Some("60000".into()),
            timestamp: Some(7),
            type_: Some("order".into()),
            ..Properties::default()
        }
        .encode(&mut list);
        let header = Header::new(&list);
        assert_eq!(header.header("text"), Some(ValueRef::String("x")));
        assert_eq!(header.header("bytes"), Some(ValueRef::Binary(&[0xff])));
        assert_eq!(header.header("none"), None);
        let Some(ValueRef::Encoded(map)) = header.header("table") else { panic!() };
        assert_eq!(MapRef::parse(map).unwrap().get("n"), Some(ValueRef::Short(-3)));
        let array = header.header("array").unwrap().to_value().unwrap();
        assert_eq!(array, Value::List(vec!["k".into(), true.into()]));
        let expected = [
            (Property::Durable, ValueRef::Bool(true)),
            (Property::Priority, ValueRef::Ubyte(200)),
            (Property::CorrelationId, ValueRef::Binary(b"caf\xe9")),
            (Property::ReplyTo, ValueRef::String("me")),
            (Property::TimeToLive, ValueRef::Ulong(60_000)),
            (Property::Timestamp, ValueRef::Timestamp(7_000)),
            (Property::Type, ValueRef::String("order")),
            (Property::Subject, ValueRef::String("news")),
        ];
        for (id, value) in expected {
            assert_eq!(header.property(id), Some(value), "{id:?}");
        }
        let mut names = Vec::new();
        header.headers(&mut |name, _| names.push(name.to_owned()));
        assert_eq!(names, ["text", "bytes", "table", "array", "qpid.subject"]);
    }

    #[test]
    fn a_message_without_properties_has_none() {
        let header = Header::new(&[0, 0]);
        assert!(Property::ALL.iter().all(|id| header.property(*id).is_none()));
        header.headers(&mut |name, _| panic!("{name}"));
    }
}
