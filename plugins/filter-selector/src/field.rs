//! What an identifier names in a message: a header of that name, or one of the fields that JMS
//! (3.1, section 3.8.1.1) and Qpid name in ways of their own.
//!
//! Invariant: what a field reads of a message is what [`Field::reads`] says.

use std::borrow::Cow;

use philter_plugin_api::{MessageView, Property, Reads, ValueRef};

use crate::error::{Fault, quoted};
use crate::value::Value;

/// What an identifier names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    name: Box<str>,
    source: Source,
}

/// Where the value is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Source {
    Header,
    /// The header of that name, else the property.
    HeaderOr(Property),
    Property(Property),
    /// A property that names something; other types are told as text.
    Id(Property),
    /// The message's id as JMS clients show it: a UUID begins with `ID:`.
    JmsId,
    /// `PERSISTENT` or `NON_PERSISTENT`.
    DeliveryMode,
    /// The exchange, or for the default exchange the queue.
    To,
    /// The subject, or the key that the message was published with to an exchange.
    Subject,
    /// JMS's message type where it has a place of its own.
    Type,
    /// The same, and where there is none the subject.
    TypeOrSubject,
    /// When it expires; 0 for never.
    Expiration,
}

/// The header in which Qpid's JMS client for 0-10 sends the message type.
const TYPE_HEADER: &str = "x-jms-type";

/// Identifiers that are not, or not only, the name of a header.
const NAMED: [(&str, Source); 29] = [
    ("JMSCorrelationID", Source::Id(Property::CorrelationId)),
    ("JMSDeliveryMode", Source::DeliveryMode),
    ("JMSDestination", Source::To),
    ("JMSExpiration", Source::Expiration),
    ("JMSMessageID", Source::JmsId),
    ("JMSPriority", Source::Property(Property::Priority)),
    ("JMSReplyTo", Source::Property(Property::ReplyTo)),
    ("JMSTimestamp", Source::Property(Property::Timestamp)),
    ("JMSType", Source::TypeOrSubject),
    ("JMSXAppID", Source::HeaderOr(Property::AppId)),
    ("JMSXGroupID", Source::HeaderOr(Property::GroupId)),
    ("JMSXUserID", Source::HeaderOr(Property::UserId)),
    ("amqp.absolute_expiry_time", Source::Expiration),
    ("amqp.content_encoding", Source::Property(Property::ContentEncoding)),
    ("amqp.content_type", Source::Property(Property::ContentType)),
    ("amqp.correlation_id", Source::Id(Property::CorrelationId)),
    ("amqp.creation_time", Source::Property(Property::Timestamp)),
    ("amqp.delivery_mode", Source::DeliveryMode),
    ("amqp.durable", Source::Property(Property::Durable)),
    ("amqp.group_id", Source::Property(Property::GroupId)),
    ("amqp.jms_type", Source::Type),
    ("amqp.message_id", Source::Id(Property::MessageId)),
    ("amqp.priority", Source::Property(Property::Priority)),
    ("amqp.reply_to", Source::Property(Property::ReplyTo)),
    ("amqp.subject", Source::Subject),
    ("amqp.to", Source::To),
    ("amqp.ttl", Source::Property(Property::TimeToLive)),
    ("amqp.user_id", Source::Id(Property::UserId)),
    ("qpid.subject", Source::HeaderOr(Property::Subject)),
];

impl Field {
    /// The field of this name. Names that are reserved for fields of the message, and that no
    /// message has a value for, are refused: a condition on one would never hold.
    pub(crate) fn of(name: &str) -> Result<Self, Fault> {
        let named = NAMED.iter().find(|(other, _)| *other == name).map(|(_, source)| *source);
        let source = match named {
            Some(source) => source,
            None => match refusal(name) {
                Some(why) => return Err(Fault::UnknownField { found: quoted(name), why }),
                None => Source::Header,
            },
        };
        Ok(Self { name: name.into(), source })
    }

    /// As it is written in a selector, without quotes.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What of a message [`Field::value`] reads.
    pub(crate) fn reads(&self) -> Reads {
        match self.source {
            Source::Header => Reads::HEADERS,
            Source::Property(_)
            | Source::Id(_)
            | Source::JmsId
            | Source::DeliveryMode
            | Source::Expiration => Reads::PROPERTIES,
            Source::HeaderOr(_) | Source::Type => Reads::PROPERTIES | Reads::HEADERS,
            Source::To | Source::Subject => Reads::PROPERTIES | Reads::KEY,
            Source::TypeOrSubject => Reads::PROPERTIES | Reads::HEADERS | Reads::KEY,
        }
    }

    /// Its value for a message.
    pub(crate) fn value<'m>(&self, message: &'m dyn MessageView) -> Value<'m> {
        match self.source {
            Source::Header => header(message, &self.name),
            Source::HeaderOr(other) => match message.header(&self.name) {
                Some(found) => plain(found),
                None => property(message, other),
            },
            Source::Property(id) => property(message, id),
            Source::Id(id) => {
                message.property(id).map_or(Value::Unknown, |found| id_text(found, ""))
            }
            Source::JmsId => message
                .property(Property::MessageId)
                .map_or(Value::Unknown, |id| id_text(id, "ID:")),
            Source::DeliveryMode => match property(message, Property::Durable) {
                Value::Bool(true) => text("PERSISTENT"),
                Value::Bool(false) => text("NON_PERSISTENT"),
                _ => Value::Unknown,
            },
            Source::To => exchange(message).map_or_else(|| key(message), text),
            Source::Subject => subject(message),
            Source::Type => message_type(message),
            Source::TypeOrSubject => match message_type(message) {
                Value::Unknown => subject(message),
                found => found,
            },
            Source::Expiration => expiration(message),
        }
    }
}

fn refusal(name: &str) -> Option<&'static str> {
    match name {
        "JMSRedelivered" | "JMSXDeliveryCount" | "amqp.redelivered" | "amqp.delivery_count" => {
            Some("how often it was delivered is no part of a message")
        }
        _ if name.starts_with("amqp.") => {
            Some("names that begin with amqp. are those of the fields of a message")
        }
        _ => {
            let behind = name.strip_prefix("JMS")?;
            // JMSX… and JMS_… are names of headers (JMS 3.1, sections 3.5.9 and 3.5.10).
            let is_header = behind.starts_with(['X', '_']);
            (!is_header).then_some("names that begin with JMS are those of the fields of a message")
        }
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(Cow::Borrowed(text))
}

fn header<'m>(message: &'m dyn MessageView, name: &str) -> Value<'m> {
    message.header(name).map_or(Value::Unknown, plain)
}

fn key(message: &dyn MessageView) -> Value<'_> {
    match message.routing_key() {
        "" => Value::Unknown,
        key => text(key),
    }
}

/// The exchange, unless it is the default one.
fn exchange(message: &dyn MessageView) -> Option<&str> {
    match message.property(Property::Exchange)? {
        ValueRef::String(name) if !name.is_empty() => Some(name),
        _ => None,
    }
}

fn subject(message: &dyn MessageView) -> Value<'_> {
    match property(message, Property::Subject) {
        Value::Unknown if exchange(message).is_some() => key(message),
        found => found,
    }
}

fn message_type(message: &dyn MessageView) -> Value<'_> {
    match property(message, Property::Type) {
        Value::Unknown => header(message, TYPE_HEADER),
        found => found,
    }
}

fn expiration(message: &dyn MessageView) -> Value<'_> {
    match property(message, Property::Expiration) {
        // With a time to live it does expire; nobody wrote down when.
        Value::Unknown if message.property(Property::TimeToLive).is_none() => Value::Integer(0),
        found => found,
    }
}

/// A property; times are milliseconds.
fn property(message: &dyn MessageView, id: Property) -> Value<'_> {
    match message.property(id) {
        Some(ValueRef::Timestamp(milliseconds)) => Value::Integer(milliseconds),
        Some(other) => plain(other),
        None => Value::Unknown,
    }
}

/// A header's value; types that selectors have no word for are unknown. Bytes that are UTF-8 are
/// text: Qpid's C++ clients send text as bytes.
fn plain(value: ValueRef<'_>) -> Value<'_> {
    match value {
        ValueRef::Bool(it) => Value::Bool(it),
        ValueRef::Ubyte(it) => Value::Integer(it.into()),
        ValueRef::Ushort(it) => Value::Integer(it.into()),
        ValueRef::Uint(it) => Value::Integer(it.into()),
        ValueRef::Ulong(it) => ulong(it),
        ValueRef::Byte(it) => Value::Integer(it.into()),
        ValueRef::Short(it) => Value::Integer(it.into()),
        ValueRef::Int(it) => Value::Integer(it.into()),
        ValueRef::Long(it) => Value::Integer(it),
        ValueRef::Float(it) => Value::Double(it.into()),
        ValueRef::Double(it) => Value::Double(it),
        ValueRef::String(it) | ValueRef::Symbol(it) => text(it),
        ValueRef::Binary(it) => std::str::from_utf8(it).map_or(Value::Unknown, text),
        _ => Value::Unknown,
    }
}

/// What is too great for an exact number is an approximate one, as with Qpid.
fn ulong<'m>(value: u64) -> Value<'m> {
    #[allow(clippy::cast_precision_loss, reason = "it becomes an approximate number")]
    i64::try_from(value).map_or(Value::Double(value as f64), Value::Integer)
}

/// Ids are text whatever type a protocol gives them; `uuid_prefix` stands before a UUID.
fn id_text<'m>(value: ValueRef<'m>, uuid_prefix: &str) -> Value<'m> {
    match value {
        ValueRef::Ulong(number) => Value::Text(Cow::Owned(number.to_string())),
        ValueRef::Uuid(bytes) => Value::Text(Cow::Owned(uuid_text(bytes, uuid_prefix))),
        other => plain(other),
    }
}

/// A UUID as RFC 9562, section 4, writes it.
fn uuid_text(bytes: [u8; 16], prefix: &str) -> String {
    let number = u128::from_be_bytes(bytes);
    let part = |from: u32, digits: u32| number >> (128 - 4 * (from + digits)) & mask(digits);
    let parts = [part(0, 8), part(8, 4), part(12, 4), part(16, 4), part(20, 12)];
    let [a, b, c, d, e] = parts;
    format!("{prefix}{a:08x}-{b:04x}-{c:04x}-{d:04x}-{e:012x}")
}

fn mask(hexadecimal_digits: u32) -> u128 {
    (1 << (4 * hexadecimal_digits)) - 1
}

#[cfg(test)]
mod tests;
