//! The header of a message as one of AMQP 0-10, for a consumer of that protocol. The table is in
//! `broker/docs/cross-version.md`.
//!
//! Invariant: whatever the header says, what is written is a header of 0-10; what has no place in
//! one is left out.

use std::borrow::Cow;

use foldhash::{HashSet, HashSetExt};
use philter_model::message::{Format, Message};
use philter_plugin_api::{Property, ValueRef};
use philter_protocol::v0_10::headers::Delivery;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::MessageProperties;
use philter_protocol::v0_10::value::FieldMap;

use crate::message::header::{Header, MESSAGE_ID, TYPE};
use crate::message::values::{NAME_BYTES_MAX, to_wire};
use crate::message::{identifier, reply_to};

/// The highest priority in 0-10 (message.delivery-properties).
const PRIORITY_MAX: u8 = 9;

/// Bytes of a text whose length field has 8 bits.
const STR8_BYTES_MAX: usize = 255;

/// The header segment with which a message goes to a consumer of 0-10: its own, or one made of it.
pub(crate) fn header_for_v0_10(message: &Message) -> Cow<'_, [u8]> {
    if message.format() == Format::V0_10 {
        return Cow::Borrowed(message.header());
    }
    let header = Header::new(message);
    let mut segment = Vec::with_capacity(message.header().len() + message.routing_key().len() + 64);
    let delivery = Delivery {
        exchange: Some(message.exchange()),
        routing_key: Some(message.routing_key()),
        ..delivery(&header)
    };
    delivery.encode(&mut segment);
    properties(&header).write_struct32(&mut segment);
    Cow::Owned(segment)
}

fn delivery(header: &Header<'_>) -> Delivery<'static> {
    let mut delivery = Delivery::default();
    if let Some(ValueRef::Bool(is_durable)) = header.property(Property::Durable) {
        delivery.delivery_mode = Some(if is_durable { 2 } else { 1 });
    }
    if let Some(ValueRef::Ubyte(priority)) = header.property(Property::Priority) {
        delivery.priority = Some(priority.min(PRIORITY_MAX));
    }
    if let Some(ValueRef::Ulong(ttl_ms)) = header.property(Property::TimeToLive) {
        // To clients of 0-10 a time to live of 0 is none.
        delivery.ttl = Some(ttl_ms).filter(|ttl_ms| *ttl_ms > 0);
    }
    if let Some(ValueRef::Timestamp(ms)) = header.property(Property::Timestamp) {
        delivery.timestamp = u64::try_from(ms.div_euclid(1_000)).ok();
    }
    delivery
}

fn properties(header: &Header<'_>) -> MessageProperties {
    let short_text = |id| {
        let text = header.property(id).and_then(|value| value.as_str())?;
        (text.len() <= STR8_BYTES_MAX).then(|| text.to_owned())
    };
    let bytes = |id| header.property(id).and_then(|value| value.as_bytes()).map(<[u8]>::to_vec);
    let reply_to = header.property(Property::ReplyTo).and_then(|value| value.as_str());
    let message_id = header.property(Property::MessageId);
    let uuid = message_id.and_then(uuid_of);
    let added = [
        (MESSAGE_ID, message_id.filter(|_| uuid.is_none())),
        (TYPE, header.property(Property::Type)),
    ];
    MessageProperties {
        content_length: None,
        message_id: uuid,
        correlation_id: header.property(Property::CorrelationId).and_then(id_bytes),
        reply_to: reply_to.map(reply_to::from_text),
        content_type: short_text(Property::ContentType),
        content_encoding: short_text(Property::ContentEncoding),
        user_id: bytes(Property::UserId),
        app_id: bytes(Property::AppId),
        application_headers: headers(header, added),
    }
}

fn uuid_of(id: ValueRef<'_>) -> Option<[u8; 16]> {
    match id {
        ValueRef::Uuid(uuid) => Some(uuid),
        other => other.as_str().and_then(identifier::text_uuid),
    }
}

fn id_bytes(id: ValueRef<'_>) -> Option<Vec<u8>> {
    Some(match id {
        ValueRef::Uuid(uuid) => identifier::uuid_text(uuid).into_bytes(),
        ValueRef::Ulong(number) => number.to_string().into_bytes(),
        other => identifier::text_binary(other.as_bytes()?).into_owned(),
    })
}

/// The application's headers behind those that stand for properties; none where there is none. Of
/// equal names the first one counts, as it does in 0-9-1.
fn headers(
    header: &Header<'_>,
    added: [(&'static str, Option<ValueRef<'_>>); 2],
) -> Option<FieldMap> {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    let mut known: HashSet<String> = HashSet::new();
    let mut push = |name: &str, value: ValueRef<'_>| {
        let Ok(value) = value.to_value() else { return };
        if name.len() <= NAME_BYTES_MAX && known.insert(name.to_owned()) {
            names.push(name.to_owned());
            values.push(to_wire(&value));
        }
    };
    added.iter().filter_map(|(name, value)| Some((name, (*value)?))).for_each(|(n, v)| push(n, v));
    header.headers(&mut push);
    let pairs = names.iter().map(String::as_str).zip(values);
    Some(pairs.collect::<FieldMap>()).filter(|map| !map.is_empty())
}

#[cfg(test)]
mod tests;
