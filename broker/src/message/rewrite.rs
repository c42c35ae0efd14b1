//! Headers with something changed, in the encoding that they are in.
//!
//! Invariant: what is not to be changed says what it said before, in its order; a header that is
//! not understood stays as it is.

use std::borrow::Cow;

use philter_model::message::{Format, Message, NewMessage};
use philter_plugin_api::Value;
use philter_protocol::reader::Reader;
use philter_protocol::v0_9_1::{Properties, ShortStr};
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{MessageProperties, decode_struct};
use philter_protocol::v0_10::value::FieldMap;

use crate::message::v0_9_1::read_table;
use crate::message::{fields, reply_to, values};

/// What is to be different in a header.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes<'c> {
    /// Application headers: a new value, or none where the header is to go.
    pub(super) headers: Vec<(&'c str, Option<Value>)>,
    /// Where an answer goes.
    pub(super) reply_to: Option<&'c str>,
    /// No time to live.
    pub(super) is_lasting: bool,
    /// Another exchange and key, where the header says them.
    pub(super) address: Option<(&'c str, &'c str)>,
    /// What the body is.
    pub(super) content_type: Option<&'c str>,
    /// The body's length, where the header says it.
    pub(super) body_bytes: Option<u64>,
}

impl Changes<'_> {
    /// One application header with a new value.
    pub(super) fn header(name: &str, value: Value) -> Changes<'_> {
        Changes { headers: vec![(name, Some(value))], ..Changes::default() }
    }

    /// A header with these changes.
    pub(super) fn apply(&self, format: Format, header: &[u8]) -> Vec<u8> {
        let changed = match format {
            Format::V0_9_1 => self.apply_v0_9_1(header),
            Format::V0_10 => self.apply_v0_10(header),
            Format::V1_0 => None,
        };
        changed.unwrap_or_else(|| header.to_vec())
    }

    fn is_changed(&self, name: &str) -> bool {
        self.headers.iter().any(|(changed, _)| *changed == name)
    }

    fn apply_v0_9_1(&self, list: &[u8]) -> Option<Vec<u8>> {
        let mut properties = Properties::parse(list).ok()?;
        let entries = properties.headers.filter(|_| !self.headers.is_empty());
        let mut table = vec![0; 4];
        for (name, value) in entries.iter().flat_map(|table| table.iter()) {
            if !name.as_str().is_some_and(|name| self.is_changed(name)) {
                name.encode(&mut table);
                value.encode(&mut table);
            }
        }
        for (name, value) in &self.headers {
            if let Some(value) = value {
                ShortStr::new(name).encode(&mut table);
                fields::from_plugin(value).encode(&mut table);
            }
        }
        if !self.headers.is_empty() {
            let length = u32::try_from(table.len() - 4).ok()?;
            table.first_chunk_mut::<4>()?.copy_from_slice(&length.to_be_bytes());
            properties.headers = (length > 0).then_some(read_table(&table)?);
        }
        properties.reply_to = self.reply_to.map(ShortStr::new).or(properties.reply_to);
        properties.expiration = properties.expiration.filter(|_| !self.is_lasting);
        properties.content_type = self.content_type.map(ShortStr::new).or(properties.content_type);
        let mut changed = Vec::with_capacity(list.len() + table.len());
        properties.encode(&mut changed);
        Some(changed)
    }

    fn apply_v0_10(&self, segment: &[u8]) -> Option<Vec<u8>> {
        let mut changed = Vec::with_capacity(segment.len() + 64);
        let mut found = None;
        let mut reader = Reader::new(segment);
        while !reader.is_empty() {
            let start = reader.offset();
            let content = reader.bytes32().ok()?;
            match decode_struct::<MessageProperties>(content) {
                Ok(properties) => found = Some(properties),
                Err(_) => self.copy_v0_10(segment.get(start..reader.offset())?, &mut changed),
            }
        }
        let mut properties = found.unwrap_or_default();
        self.change_map(&mut properties.application_headers);
        properties.reply_to = self.reply_to.map(reply_to::from_text).or(properties.reply_to);
        let content_type = self.content_type.map(str::to_owned);
        properties.content_type = content_type.or(properties.content_type);
        properties.content_length =
            properties.content_length.map(|before| self.body_bytes.unwrap_or(before));
        properties.write_struct32(&mut changed);
        Some(changed)
    }

    /// A struct that is not the message-properties: delivery-properties are changed, others copied.
    fn copy_v0_10(&self, packed: &[u8], into: &mut Vec<u8>) {
        let is_same = self.address.is_none() && !self.is_lasting;
        let headers = if is_same { None } else { Headers::parse(packed).ok() };
        let Some(headers) = headers.filter(|headers| !headers.delivery_range.is_empty()) else {
            return into.extend_from_slice(packed);
        };
        let mut delivery = headers.delivery;
        delivery.ttl = delivery.ttl.filter(|_| !self.is_lasting);
        delivery.expiration = delivery.expiration.filter(|_| !self.is_lasting);
        if let Some((exchange, routing_key)) = self.address {
            delivery.exchange = Some(exchange);
            delivery.routing_key = Some(routing_key);
        }
        delivery.encode(into);
    }

    fn change_map(&self, headers: &mut Option<FieldMap>) {
        for (name, value) in &self.headers {
            let map = headers.get_or_insert_with(FieldMap::new);
            match value {
                Some(value) => map.insert(name, values::to_wire(value)),
                None => {
                    let kept = map.iter().filter(|(have, _)| have != name);
                    *map = kept.map(|(have, value)| (have, value.clone())).collect();
                }
            }
        }
    }
}

/// What is different in a message beside its header.
#[derive(Clone, Debug)]
pub(super) struct Envelope<'e> {
    pub(super) header: Cow<'e, [u8]>,
    pub(super) exchange: std::sync::Arc<str>,
    pub(super) routing_key: &'e str,
    pub(super) expires_at_ms: Option<u64>,
}

impl<'e> Envelope<'e> {
    /// The envelope of a message with this header, and nothing else different.
    pub(super) fn of(message: &'e Message, header: Cow<'e, [u8]>) -> Self {
        Self {
            header,
            exchange: message.exchange().clone(),
            routing_key: message.routing_key(),
            expires_at_ms: message.expires_at_ms(),
        }
    }

    /// What a message is made from that has this envelope, this body, and the rest of another.
    pub(super) fn around<'n>(
        &'n self,
        message: &Message,
        body: &'n [bytes::Bytes],
    ) -> NewMessage<'n> {
        NewMessage {
            format: message.format(),
            exchange: self.exchange.clone(),
            routing_key: self.routing_key,
            publisher: message.publisher().clone(),
            header: &self.header,
            body,
            is_durable: message.is_durable(),
            priority: message.priority(),
            expires_at_ms: self.expires_at_ms,
        }
    }
}

/// A message with the body, the publisher and the rest of another. A large body is shared.
pub(super) fn with_envelope(message: &Message, envelope: &Envelope<'_>) -> Message {
    let body = message.body();
    let new = envelope.around(message, body.large);
    let is_small = message.has_body() && body.large.is_empty();
    let made = if is_small { Message::copied(&new, body.small) } else { Message::new(&new) };
    made.over(message.connection())
}
