//! What must hold for any bytes that the decoders of AMQP 0-9-1 are given.
//!
//! The first byte chooses the decoder. What a decoder accepts, it writes so that it reads it again
//! as the same, and what it checked can be walked without a fault.

use bytes::BytesMut;
use philter_protocol::limits::NESTING_MAX;
use philter_protocol::reader::Reader;
use philter_protocol::v0_9_1::frame::Frame;
use philter_protocol::v0_9_1::{FieldRef, Method, Properties, Table, TableRef};

/// Gives `bytes` behind the first to the decoder that the first one chooses.
///
/// # Panics
/// A rule of the decoders does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    match choice % 4 {
        0 => again(bytes, |bytes| {
            let mut again = Vec::new();
            Method::decode(bytes).ok()?.encode(&mut again);
            Some(again)
        }),
        1 => check_table(bytes),
        2 => check_properties(bytes),
        _ => check_frames(bytes),
    }
}

/// What `read_and_write` makes of the bytes, it makes of its own answer as well.
fn again(bytes: &[u8], read_and_write: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    if let Some(written) = read_and_write(bytes) {
        assert_eq!(read_and_write(&written).as_ref(), Some(&written));
    }
}

fn check_table(bytes: &[u8]) {
    if let Ok(table) = TableRef::decode(&mut Reader::new(bytes), NESTING_MAX) {
        walk(table);
        let entries = TableRef::from_entries(table.as_bytes());
        assert_eq!(entries, Ok(table));
        let mut written = Vec::new();
        table.encode(&mut written);
        assert!(bytes.starts_with(&written));
    }
    again(bytes, |bytes| {
        let mut again = Vec::new();
        Table::decode(&mut Reader::new(bytes)).ok()?.encode(&mut again);
        Some(again)
    });
}

/// Visits every value of a table that was accepted; all of its bytes are visited.
fn walk(table: TableRef<'_>) {
    let mut bytes = 0;
    for (name, value) in table.iter() {
        let mut written = Vec::new();
        value.encode(&mut written);
        bytes += 1 + name.as_bytes().len() + written.len();
        walk_value(value);
    }
    assert_eq!(bytes, table.as_bytes().len());
    assert_eq!(table.to_table().len(), table.iter().count());
}

fn walk_value(value: FieldRef<'_>) {
    match value {
        FieldRef::Table(inner) => walk(inner),
        FieldRef::Array(array) => array.iter().for_each(walk_value),
        _ => {}
    }
}

fn check_properties(bytes: &[u8]) {
    let Ok(properties) = Properties::parse(bytes) else { return };
    if let Some(headers) = properties.headers {
        walk(headers);
    }
    let mut written = Vec::new();
    properties.encode(&mut written);
    assert_eq!(written, bytes);
    let headers = Table::new().with("k", true);
    for wanted in [None, Some(&headers)] {
        let mut replaced = Vec::new();
        properties.encode_with_headers(bytes, wanted, &mut replaced);
        let parsed = Properties::parse(&replaced);
        let Ok(parsed) = parsed else { panic!("replaced headers can't be read: {parsed:?}") };
        assert_eq!(parsed.headers.map(TableRef::to_table).as_ref(), wanted);
        let same = Properties {
            headers: properties.headers,
            headers_range: properties.headers_range.clone(),
            ..parsed
        };
        assert_eq!(same, properties);
    }
}

fn check_frames(bytes: &[u8]) {
    let mut inbox = BytesMut::from(bytes);
    while let Ok(Some(frame)) = Frame::take(&mut inbox, 4_096) {
        assert!(frame.payload.len() <= 4_096);
    }
    assert!(bytes.ends_with(&inbox));
}
