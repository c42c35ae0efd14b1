//! The header segment of a message, read in place: delivery-properties and message-properties
//! (0-10, class message).
//!
//! [`Headers::parse`] checks every field once, on receipt. Afterwards nothing can fail, and nothing
//! is decoded that nobody asks for.

use std::ops::Range;

use crate::limits::NESTING_MAX;
use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_10::map::MapRef;
use crate::v0_10::packed::FieldFault;

const DELIVERY_PROPERTIES: [u8; 2] = [4, 1];
const MESSAGE_PROPERTIES: [u8; 2] = [4, 3];

/// A checked header segment.
#[derive(Clone, Debug, Default)]
pub struct Headers<'a> {
    /// How it is delivered.
    pub delivery: Delivery<'a>,
    /// What it says of itself.
    pub message: Properties<'a>,
    /// Where the delivery-properties stand in the segment, length included; empty where absent.
    pub delivery_range: Range<usize>,
}

/// delivery-properties.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are the specification's")]
pub struct Delivery<'a> {
    pub discard_unroutable: bool,
    pub immediate: bool,
    pub redelivered: bool,
    pub priority: Option<u8>,
    pub delivery_mode: Option<u8>,
    pub ttl: Option<u64>,
    pub timestamp: Option<u64>,
    pub expiration: Option<u64>,
    pub exchange: Option<&'a str>,
    pub routing_key: Option<&'a str>,
    pub resume_id: Option<&'a str>,
    pub resume_ttl: Option<u64>,
}

/// message-properties.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are the specification's")]
pub struct Properties<'a> {
    pub content_length: Option<u64>,
    pub message_id: Option<[u8; 16]>,
    pub correlation_id: Option<&'a [u8]>,
    pub reply_to: Option<ReplyToRef<'a>>,
    pub content_type: Option<&'a str>,
    pub content_encoding: Option<&'a str>,
    pub user_id: Option<&'a [u8]>,
    pub app_id: Option<&'a [u8]>,
    pub application_headers: MapRef<'a>,
}

/// reply-to, in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplyToRef<'a> {
    /// The exchange.
    pub exchange: Option<&'a str>,
    /// The routing key.
    pub routing_key: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// Reads and checks a header segment. Structs of other kinds are skipped.
    ///
    /// # Errors
    /// A struct that runs past the end, or a field that is wrong.
    pub fn parse(segment: &'a [u8]) -> Result<Self, FieldFault> {
        let mut headers = Self::default();
        let mut reader = Reader::new(segment);
        while !reader.is_empty() {
            let start = reader.offset();
            let fail = |fault| FieldFault { of: "header", field: "struct", index: 0, fault };
            let content = reader.bytes32().map_err(fail)?;
            let inner = reader.within(content);
            match content.first_chunk() {
                Some(&DELIVERY_PROPERTIES) => {
                    headers.delivery = Delivery::parse(inner)?;
                    headers.delivery_range = start..reader.offset();
                }
                Some(&MESSAGE_PROPERTIES) => {
                    headers.message = Properties::parse(inner)?;
                }
                Some(_) => {}
                None => {
                    let kind = FaultKind::Truncated { wanted: 2, found: content.len() };
                    return Err(fail(inner.fault(kind)));
                }
            }
        }
        Ok(headers)
    }
}

/// Reads the fields that the flags announce, in order, with names for errors.
struct Fields<'a> {
    of: &'static str,
    flags: u16,
    bit: u8,
    reader: Reader<'a>,
}

impl<'a> Fields<'a> {
    fn begin(of: &'static str, mut reader: Reader<'a>, count: u8) -> Result<Self, FieldFault> {
        let fail = |fault| FieldFault { of, field: "packing flags", index: 0, fault };
        let [_, _, low, high] = reader.array().map_err(fail)?;
        let flags = u16::from_le_bytes([low, high]);
        if flags >> count != 0 {
            return Err(fail(reader.fault(FaultKind::InvalidValue(u64::from(flags)))));
        }
        Ok(Self { of, flags, bit: 0, reader })
    }

    fn bit(&mut self) -> bool {
        let is_set = self.flags & (1 << self.bit) != 0;
        self.bit += 1;
        is_set
    }

    fn get<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
    ) -> Result<Option<T>, FieldFault> {
        if !self.bit() {
            return Ok(None);
        }
        let (of, index) = (self.of, self.bit);
        read(&mut self.reader).map(Some).map_err(|fault| FieldFault { of, field, index, fault })
    }

    fn finish(&self) -> Result<(), FieldFault> {
        self.reader.finish().map_err(|fault| FieldFault {
            of: self.of,
            field: "end",
            index: 0,
            fault,
        })
    }
}

impl<'a> Delivery<'a> {
    fn parse(content: Reader<'a>) -> Result<Self, FieldFault> {
        let mut fields = Fields::begin("message.delivery-properties", content, 12)?;
        let properties = Self {
            discard_unroutable: fields.bit(),
            immediate: fields.bit(),
            redelivered: fields.bit(),
            priority: fields.get("priority", Reader::u8)?,
            delivery_mode: fields.get("delivery-mode", Reader::u8)?,
            ttl: fields.get("ttl", Reader::u64)?,
            timestamp: fields.get("timestamp", Reader::u64)?,
            expiration: fields.get("expiration", Reader::u64)?,
            exchange: fields.get("exchange", Reader::str8)?,
            routing_key: fields.get("routing-key", Reader::str8)?,
            resume_id: fields.get("resume-id", Reader::str16)?,
            resume_ttl: fields.get("resume-ttl", Reader::u64)?,
        };
        fields.finish()?;
        Ok(properties)
    }

    /// Writes the struct with its length.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let start = into.len();
        into.extend_from_slice(&[0, 0, 0, 0, 4, 1, 0, 0]);
        let mut flags = 0u16;
        for (bit, is_set) in
            [self.discard_unroutable, self.immediate, self.redelivered].into_iter().enumerate()
        {
            flags |= u16::from(is_set) << bit;
        }
        let mut put = |bit: u16, bytes: Option<&[u8]>| {
            if let Some(bytes) = bytes {
                flags |= 1 << bit;
                into.extend_from_slice(bytes);
            }
        };
        let u64s = |value: Option<u64>| value.map(u64::to_be_bytes);
        put(3, self.priority.map(|value| [value]).as_ref().map(|b| &b[..]));
        put(4, self.delivery_mode.map(|value| [value]).as_ref().map(|b| &b[..]));
        put(5, u64s(self.ttl).as_ref().map(|b| &b[..]));
        put(6, u64s(self.timestamp).as_ref().map(|b| &b[..]));
        put(7, u64s(self.expiration).as_ref().map(|b| &b[..]));
        for (bit, text) in [(8, self.exchange), (9, self.routing_key)] {
            if let Some(text) = text {
                let text = text.as_bytes();
                let text = text.get(..255).unwrap_or(text);
                put(bit, Some(&[u8::try_from(text.len()).unwrap_or(u8::MAX)]));
                put(bit, Some(text));
            }
        }
        if let Some(text) = self.resume_id {
            let text = text.as_bytes();
            put(10, Some(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes()));
            put(10, Some(text));
        }
        put(11, u64s(self.resume_ttl).as_ref().map(|b| &b[..]));
        let length = u32::try_from(into.len() - start - 4).unwrap_or(u32::MAX).to_be_bytes();
        if let Some(slot) = into.get_mut(start..start + 4) {
            slot.copy_from_slice(&length);
        }
        if let Some(slot) = into.get_mut(start + 6..start + 8) {
            slot.copy_from_slice(&flags.to_le_bytes());
        }
    }
}

impl<'a> Properties<'a> {
    fn parse(content: Reader<'a>) -> Result<Self, FieldFault> {
        let mut fields = Fields::begin("message.message-properties", content, 9)?;
        let properties = Self {
            content_length: fields.get("content-length", Reader::u64)?,
            message_id: fields.get("message-id", Reader::array)?,
            correlation_id: fields.get("correlation-id", Reader::bytes16)?,
            reply_to: fields.get("reply-to", ReplyToRef::parse)?,
            content_type: fields.get("content-type", Reader::str8)?,
            content_encoding: fields.get("content-encoding", Reader::str8)?,
            user_id: fields.get("user-id", Reader::bytes16)?,
            app_id: fields.get("app-id", Reader::bytes16)?,
            application_headers: fields
                .get("application-headers", |reader| MapRef::decode(reader, NESTING_MAX))?
                .unwrap_or_default(),
        };
        fields.finish()?;
        Ok(properties)
    }
}

impl<'a> ReplyToRef<'a> {
    fn parse(reader: &mut Reader<'a>) -> Result<Self, Fault> {
        let content = reader.bytes16()?;
        if content.is_empty() {
            return Ok(Self::default());
        }
        let mut inner = reader.within(content);
        let flags = u16::from_le_bytes(inner.array()?);
        if flags > 3 {
            return Err(inner.fault(FaultKind::InvalidValue(u64::from(flags))));
        }
        let exchange = if flags & 1 == 0 { None } else { Some(inner.str8()?) };
        let routing_key = if flags & 2 == 0 { None } else { Some(inner.str8()?) };
        Ok(Self { exchange, routing_key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v0_10::packed::Packed;
    use crate::v0_10::structs::{DeliveryProperties, MessageProperties, ReplyTo};
    use crate::v0_10::value::{FieldMap, Value};

    fn segment() -> Vec<u8> {
        let mut bytes = Vec::new();
        MessageProperties {
            content_type: Some("text/plain".into()),
            reply_to: Some(ReplyTo { exchange: Some("x".into()), routing_key: None }),
            application_headers: Some(FieldMap::new().with("n", Value::Int64(5))),
            ..MessageProperties::default()
        }
        .write_struct32(&mut bytes);
        DeliveryProperties {
            redelivered: true,
            ttl: Some(1_000),
            exchange: Some("e".into()),
            routing_key: Some("k".into()),
            ..DeliveryProperties::default()
        }
        .write_struct32(&mut bytes);
        bytes
    }

    #[test]
    fn reads_in_place_what_the_structs_wrote() {
        let bytes = segment();
        let headers = Headers::parse(&bytes).unwrap();
        assert_eq!(headers.message.content_type, Some("text/plain"));
        assert_eq!(headers.message.reply_to.unwrap().exchange, Some("x"));
        let (name, value) = headers.message.application_headers.iter().next().unwrap();
        assert_eq!((name, value.to_value().unwrap()), ("n", Value::Int64(5)));
        assert_eq!(headers.delivery.routing_key, Some("k"));
        assert!(headers.delivery.redelivered);
        assert_eq!(headers.delivery_range.end, bytes.len());
    }

    #[test]
    fn writes_delivery_properties_as_the_struct_does() {
        let bytes = segment();
        let headers = Headers::parse(&bytes).unwrap();
        let mut again = Vec::new();
        headers.delivery.encode(&mut again);
        assert_eq!(again, bytes[headers.delivery_range.clone()]);
    }

    #[test]
    fn a_wrong_field_is_named() {
        let bytes = [0, 0, 0, 7, 4, 1, 0, 2, 5, b'a', b'b'];
        let fault = Headers::parse(&bytes).unwrap_err();
        assert!(fault.to_string().contains("delivery-properties.routing-key"), "{fault}");
        let fault = Headers::parse(&[0, 0, 0, 9, 4]).unwrap_err();
        assert_eq!(fault.of, "header");
    }
}
