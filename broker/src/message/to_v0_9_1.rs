//! The header of a message as one of AMQP 0-9-1, for a consumer of that protocol. The table is in
//! `broker/docs/cross-version.md`.
//!
//! Invariants: whatever the header says, what is written is a list of properties of 0-9-1, short
//! enough for the one frame it has to stand in; what has no place in one is left out. Text that is
//! written is UTF-8, since there are clients that end their connection over any other.

use std::borrow::Cow;

use philter_model::message::{Format, Message};
use philter_plugin_api::{Property, ValueRef};
use philter_protocol::v0_9_1::short_str::SHORT_STR_BYTES_MAX;
use philter_protocol::v0_9_1::{Properties, ShortStr};

use crate::message::fields::{NAME_BYTES_MAX, TIMESTAMP_S_MAX, from_plugin};
use crate::message::header::{Header, MESSAGE_ID, TYPE};
use crate::message::identifier::{binary_text, uuid_text};
use crate::message::v0_9_1::read_table;

/// Bytes of the headers that are taken over: with the properties they fit into a frame of the size
/// that brokers and clients of 0-9-1 agree on unless told otherwise, 131,072 bytes.
const HEADERS_BYTES_MAX: usize = 120 * 1024;

/// The property flags and list with which a message goes to a consumer of 0-9-1: its own, or one
/// made of it.
pub(crate) fn header_for_v0_9_1(message: &Message) -> Cow<'_, [u8]> {
    if message.format() == Format::V0_9_1 {
        return Cow::Borrowed(message.header());
    }
    let header = Header::new(message);
    let text = |id| header.property(id).and_then(short_text);
    let id_text = |id| header.property(id).and_then(id_text);
    let message_id = id_text(Property::MessageId);
    let correlation_id = id_text(Property::CorrelationId);
    let expiration = expiration(&header);
    let headers = headers(&header);
    let properties = Properties {
        content_type: text(Property::ContentType),
        content_encoding: text(Property::ContentEncoding),
        headers: headers.as_deref().and_then(read_table),
        delivery_mode: delivery_mode(&header),
        priority: priority(&header),
        correlation_id: correlation_id.as_deref().map(ShortStr::new),
        reply_to: text(Property::ReplyTo),
        expiration: expiration.as_deref().map(ShortStr::new),
        message_id: message_id.as_deref().map(ShortStr::new),
        timestamp: timestamp_s(&header),
        type_: text(Property::Type),
        user_id: text(Property::UserId),
        app_id: text(Property::AppId),
        ..Properties::default()
    };
    let mut list = Vec::with_capacity(headers.as_deref().map_or(0, <[u8]>::len) + 64);
    properties.encode(&mut list);
    Cow::Owned(list)
}

fn delivery_mode(header: &Header<'_>) -> Option<u8> {
    match header.property(Property::Durable)? {
        ValueRef::Bool(is_durable) => Some(if is_durable { 2 } else { 1 }),
        _ => None,
    }
}

fn priority(header: &Header<'_>) -> Option<u8> {
    match header.property(Property::Priority)? {
        ValueRef::Ubyte(priority) => Some(priority),
        _ => None,
    }
}

/// A time to live; 0, which is none to clients of 0-10, would end the message at once.
fn expiration(header: &Header<'_>) -> Option<String> {
    match header.property(Property::TimeToLive)? {
        ValueRef::Ulong(ttl_ms) if ttl_ms > 0 => Some(ttl_ms.to_string()),
        _ => None,
    }
}

fn timestamp_s(header: &Header<'_>) -> Option<u64> {
    let ValueRef::Timestamp(ms) = header.property(Property::Timestamp)? else { return None };
    u64::try_from(ms.div_euclid(1_000)).ok().filter(|seconds| *seconds <= TIMESTAMP_S_MAX)
}

/// Text that fits, or bytes that are such text; nothing else.
fn short_text(value: ValueRef<'_>) -> Option<ShortStr<'_>> {
    let text = std::str::from_utf8(value.as_bytes()?).ok()?;
    (text.len() <= SHORT_STR_BYTES_MAX).then(|| ShortStr::new(text))
}

fn id_text(id: ValueRef<'_>) -> Option<Cow<'_, str>> {
    let text = match id {
        ValueRef::Uuid(uuid) => Cow::Owned(uuid_text(uuid)),
        ValueRef::Ulong(number) => Cow::Owned(number.to_string()),
        other => binary_text(other.as_bytes()?),
    };
    Some(text).filter(|text| text.len() <= SHORT_STR_BYTES_MAX)
}

/// The application's headers as a table with its length, without those that became properties and
/// those that do not fit; none where there is none.
fn headers(header: &Header<'_>) -> Option<Vec<u8>> {
    let message_id = header.property(Property::MessageId);
    let is_property = |name: &str, value: ValueRef<'_>| match name {
        TYPE => short_text(value).is_some(),
        MESSAGE_ID => message_id == Some(value) && id_text(value).is_some(),
        _ => false,
    };
    let mut table = vec![0; 4];
    header.headers(&mut |name, value| {
        if name.len() > NAME_BYTES_MAX || is_property(name, value) {
            return;
        }
        let before = table.len();
        ShortStr::new(name).encode(&mut table);
        match value.to_value() {
            Ok(value) => from_plugin(&value).encode(&mut table),
            Err(_) => table.truncate(before),
        }
        if table.len() > HEADERS_BYTES_MAX {
            table.truncate(before);
        }
    });
    let length = table.len().checked_sub(4).filter(|length| *length > 0)?;
    let length = u32::try_from(length).ok()?.to_be_bytes();
    table.first_chunk_mut::<4>()?.copy_from_slice(&length);
    Some(table)
}

#[cfg(test)]
mod tests;
