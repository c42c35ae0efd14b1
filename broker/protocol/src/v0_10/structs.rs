//! Structs that stand in headers and in results of commands (0-10, classes message, exchange,
//! queue, dtx).

use crate::reader::{Fault, FaultKind, Reader};
use crate::v0_10::packed::{FieldFault, Packed, packed};
use crate::v0_10::range_set::RangeSet;
use crate::v0_10::value::{FieldMap, put_bytes8};

packed! {
    /// How a message is delivered.
    DeliveryProperties = 0x4, 0x1, "message.delivery-properties" {
        discard_unroutable: bit,
        immediate: bit,
        redelivered: bit,
        priority: Option<u8> as Uint8,
        delivery_mode: Option<u8> as Uint8,
        ttl: Option<u64> as Uint64,
        timestamp: Option<u64> as Uint64,
        expiration: Option<u64> as Uint64,
        exchange: Option<String> as Str8,
        routing_key: Option<String> as Str8,
        resume_id: Option<String> as Str16,
        resume_ttl: Option<u64> as Uint64,
    }
    /// What a message says of itself.
    MessageProperties = 0x4, 0x3, "message.message-properties" {
        content_length: Option<u64> as Uint64,
        message_id: Option<[u8; 16]> as Uuid,
        correlation_id: Option<Vec<u8>> as Vbin16,
        reply_to: Option<ReplyTo> as Reply,
        content_type: Option<String> as Str8,
        content_encoding: Option<String> as Str8,
        user_id: Option<Vec<u8>> as Vbin16,
        app_id: Option<Vec<u8>> as Vbin16,
        application_headers: Option<FieldMap> as Map,
    }
    /// The answer to message.acquire.
    MessageAcquireResult = 0x4, 0x4, "message.acquire result" {
        transfers: RangeSet as Ranges,
    }
    /// How a command of class dtx ended: one of [`xa_status`].
    XaResult = 0x6, 0x1, "dtx.xa-result" {
        status: u16 as Uint16,
    }
    /// The answer to dtx.get-timeout, in seconds.
    GetTimeoutResult = 0x6, 0x2, "dtx.get-timeout result" {
        timeout: u32 as Uint32,
    }
    /// The answer to dtx.recover: branches as the contents of their struct32.
    RecoverResult = 0x6, 0x3, "dtx.recover result" {
        in_doubt: Vec<Vec<u8>> as Struct32Array,
    }
    /// The name of a branch of a distributed transaction.
    Xid = 0x6, 0x4, "dtx.xid" {
        format: u32 as Uint32,
        global_id: Vec<u8> as Vbin8,
        branch_id: Vec<u8> as Vbin8,
    }
    /// The answer to exchange.query.
    ExchangeQueryResult = 0x7, 0x1, "exchange.query result" {
        type_: Option<String> as Str8,
        durable: bit,
        not_found: bit,
        arguments: Option<FieldMap> as Map,
    }
    /// The answer to exchange.bound.
    ExchangeBoundResult = 0x7, 0x2, "exchange.bound result" {
        exchange_not_found: bit,
        queue_not_found: bit,
        queue_not_matched: bit,
        key_not_matched: bit,
        args_not_matched: bit,
    }
    /// The answer to queue.query; one without a queue where there is none.
    QueueQueryResult = 0x8, 0x1, "queue.query result" {
        queue: Option<String> as Str8,
        alternate_exchange: Option<String> as Str8,
        durable: bit,
        exclusive: bit,
        auto_delete: bit,
        arguments: Option<FieldMap> as Map,
        message_count: Option<u32> as Uint32,
        subscriber_count: Option<u32> as Uint32,
    }
}

/// What [`XaResult::status`] says.
#[allow(missing_docs, reason = "the names are the specification's")]
pub mod xa_status {
    pub const OK: u16 = 0;
    pub const RBROLLBACK: u16 = 1;
    pub const RBTIMEOUT: u16 = 2;
}

/// Reads the content of a struct32 of a known type: codes, flags, fields.
///
/// # Errors
/// Another struct, or a field that is wrong.
pub fn decode_struct<T: Packed>(content: &[u8]) -> Result<T, FieldFault> {
    let mut reader = Reader::new(content);
    let fail = |fault| FieldFault { of: T::NAME, field: "code", index: 0, fault };
    let [class, code] = reader.array().map_err(fail)?;
    if (class, code) != T::CODE {
        return Err(fail(Fault { offset: 0, kind: FaultKind::UnknownCode(class, code) }));
    }
    let value = T::read(&mut reader)?;
    reader.finish().map_err(|fault| FieldFault { of: T::NAME, field: "end", index: 0, fault })?;
    Ok(value)
}

/// A struct as the content of a struct32: codes, flags, fields, without the length.
pub fn encode_struct<T: Packed>(value: &T) -> Vec<u8> {
    let mut into = vec![T::CODE.0, T::CODE.1];
    value.write(&mut into);
    into
}

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReplyTo {
    /// The exchange.
    pub exchange: Option<String>,
    /// The routing key.
    pub routing_key: Option<String>,
}

impl ReplyTo {
    /// Reads 16 bits of length, flags, and the fields that are there.
    ///
    /// # Errors
    /// A length past the end, unknown flags, or text that is not UTF-8.
    pub fn decode(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let content = reader.bytes16()?;
        if content.is_empty() {
            return Ok(Self::default());
        }
        let mut inner = reader.within(content);
        let flags = u16::from_le_bytes(inner.array()?);
        if flags > 3 {
            return Err(inner.fault(FaultKind::InvalidValue(u64::from(flags))));
        }
        let mut read = |bit: u16| -> Result<Option<String>, Fault> {
            if flags & bit == 0 { Ok(None) } else { inner.str8().map(|text| Some(text.to_owned())) }
        };
        Ok(Self { exchange: read(1)?, routing_key: read(2)? })
    }

    /// Writes 16 bits of length, flags, and the fields that are there.
    pub fn encode(&self, into: &mut Vec<u8>) {
        let mut content = vec![0, 0];
        let mut flags = 0u8;
        for (bit, field) in [(1, &self.exchange), (2, &self.routing_key)] {
            if let Some(text) = field {
                flags |= bit;
                put_bytes8(&mut content, text.as_bytes());
            }
        }
        if let Some(slot) = content.first_mut() {
            *slot = flags;
        }
        into.extend_from_slice(&u16::try_from(content.len()).unwrap_or(0).to_be_bytes());
        into.extend_from_slice(&content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_is_written_as_the_specification_says() {
        let properties = DeliveryProperties {
            redelivered: true,
            priority: Some(4),
            routing_key: Some("k".into()),
            ..DeliveryProperties::default()
        };
        let mut bytes = Vec::new();
        properties.write_struct32(&mut bytes);
        // Flags: bits 2 (redelivered), 3 (priority) and 9 (routing-key), the lowest byte first.
        assert_eq!(bytes, [0, 0, 0, 7, 4, 1, 0b0000_1100, 0b10, 4, 1, b'k']);
        assert_eq!(decode_struct::<DeliveryProperties>(&bytes[4..]).unwrap(), properties);
    }

    #[test]
    fn a_wrong_field_is_named_with_its_place() {
        let bytes = [7, 1, 0b1, 0, 5, b'x'];
        let fault = decode_struct::<ExchangeQueryResult>(&bytes).unwrap_err();
        assert_eq!((fault.field, fault.index), ("type_", 1));
        let unknown = [7, 2, 0, 0x80];
        let fault = decode_struct::<ExchangeBoundResult>(&unknown).unwrap_err();
        assert_eq!(fault.field, "packing flags");
    }

    #[test]
    fn message_properties_come_back() {
        let properties = MessageProperties {
            content_length: Some(3),
            message_id: Some([7; 16]),
            reply_to: Some(ReplyTo { exchange: None, routing_key: Some("reply".into()) }),
            content_type: Some("text/plain".into()),
            application_headers: Some(FieldMap::new()),
            ..MessageProperties::default()
        };
        let content = encode_struct(&properties);
        assert_eq!(decode_struct::<MessageProperties>(&content).unwrap(), properties);
    }
}
