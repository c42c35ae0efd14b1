//! What must hold for any bytes that the decoders of AMQP 0-10 are given.
//!
//! The first byte chooses the decoder. What a decoder accepts, it writes so that it reads it again
//! as the same, and what it checked can be walked without a fault.

use philter_protocol::limits::NESTING_MAX;
use philter_protocol::preface::Preface;
use philter_protocol::reader::Reader;
use philter_protocol::v0_10::command::CommandSegment;
use philter_protocol::v0_10::control::Control;
use philter_protocol::v0_10::headers::Headers;
use philter_protocol::v0_10::map::{MapRef, ValueRef};
use philter_protocol::v0_10::packed::Packed;
use philter_protocol::v0_10::structs::{
    DeliveryProperties, ExchangeBoundResult, ExchangeQueryResult, MessageAcquireResult,
    MessageProperties, QueueQueryResult, decode_struct, encode_struct,
};
use philter_protocol::v0_10::{FieldMap, RangeSet};

/// Gives `bytes` behind the first to the decoder that the first one chooses.
///
/// # Panics
/// A rule of the decoders does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    match choice % 11 {
        0 => again(bytes, |bytes| Some(Control::decode(bytes).ok()?.encode())),
        1 => again(bytes, |bytes| Some(CommandSegment::decode(bytes).ok()?.encode())),
        2 => check_map(bytes),
        3 => check_headers(bytes),
        4 => again(bytes, |bytes| {
            let mut again = Vec::new();
            RangeSet::decode(&mut Reader::new(bytes)).ok()?.encode(&mut again);
            Some(again)
        }),
        5 => check_struct::<DeliveryProperties>(bytes),
        6 => check_struct::<MessageProperties>(bytes),
        7 => check_struct::<QueueQueryResult>(bytes),
        8 => check_struct::<ExchangeQueryResult>(bytes),
        9 => {
            check_struct::<ExchangeBoundResult>(bytes);
            check_struct::<MessageAcquireResult>(bytes);
        }
        _ => {
            if let Some(preface) = Preface::detect(bytes) {
                assert!(bytes.starts_with(&preface.bytes()));
            }
        }
    }
}

/// What `read_and_write` makes of the bytes, it makes of its own answer as well.
fn again(bytes: &[u8], read_and_write: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    if let Some(written) = read_and_write(bytes) {
        assert_eq!(read_and_write(&written).as_ref(), Some(&written));
    }
}

fn check_struct<T: Packed>(bytes: &[u8]) {
    again(bytes, |bytes| Some(encode_struct(&decode_struct::<T>(bytes).ok()?)));
}

fn check_map(bytes: &[u8]) {
    if let Ok(map) = MapRef::decode(&mut Reader::new(bytes), NESTING_MAX) {
        walk(map);
    }
    again(bytes, |bytes| {
        let mut again = Vec::new();
        FieldMap::decode(&mut Reader::new(bytes)).ok()?.encode(&mut again);
        Some(again)
    });
}

/// Visits every value of a map that was accepted.
fn walk(map: MapRef<'_>) {
    assert_eq!(map.iter().count(), map.len());
    for (_, value) in map.iter() {
        match value {
            ValueRef::Map(inner) => walk(inner),
            ValueRef::List(list) | ValueRef::Array(list) => list.iter().for_each(|_| ()),
            _ => {}
        }
    }
}

fn check_headers(bytes: &[u8]) {
    let Ok(headers) = Headers::parse(bytes) else { return };
    walk(headers.message.application_headers);
    let mut written = Vec::new();
    headers.delivery.encode(&mut written);
    let again = Headers::parse(&written).map(|headers| headers.delivery);
    assert_eq!(format!("{again:?}"), format!("{:?}", Ok::<_, ()>(headers.delivery)));
}
