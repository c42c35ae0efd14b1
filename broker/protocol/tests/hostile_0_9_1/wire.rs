//! What a client writes, byte by byte, so that it can be written wrongly.

use philter_protocol::preface::Preface;
use philter_protocol::v0_9_1::method::{basic, channel, connection};
use philter_protocol::v0_9_1::{FieldValue, Method, Table};

/// The maximum frame size that [`handshake`] asks for.
pub(crate) const FRAME_BYTES_MAX: u32 = 4_096;

/// The highest channel that [`handshake`] asks for.
pub(crate) const CHANNEL_MAX: u16 = 5;

/// A frame.
pub(crate) fn frame(kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    let [high, low] = channel.to_be_bytes();
    let mut bytes = vec![kind, high, low];
    bytes.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes.push(0xce);
    bytes
}

/// A method in its frame.
pub(crate) fn method(channel: u16, method: impl Into<Method>) -> Vec<u8> {
    let mut payload = Vec::new();
    method.into().encode(&mut payload);
    frame(1, channel, &payload)
}

/// A content header without properties in its frame.
pub(crate) fn header(channel: u16, body_bytes: u64) -> Vec<u8> {
    let mut payload = vec![0, 60, 0, 0];
    payload.extend(body_bytes.to_be_bytes());
    payload.extend([0, 0]);
    frame(2, channel, &payload)
}

/// The protocol header.
pub(crate) fn preface() -> Vec<u8> {
    Preface::V0_9_1.bytes().to_vec()
}

/// connection.start-ok for `mechanism`, of a client that reads why it was refused.
pub(crate) fn start_ok(mechanism: &str) -> Vec<u8> {
    let capabilities = Table::new().with("authentication_failure_close", true);
    let client_properties = Table::new().with("capabilities", FieldValue::Table(capabilities));
    let locale = "en_US".into();
    let start = connection::StartOk {
        client_properties,
        mechanism: mechanism.into(),
        response: b"\0guest\0guest".to_vec(),
        locale,
    };
    method(0, start)
}

/// connection.tune-ok.
pub(crate) fn tune_ok(channel_max: u16, frame_max: u32, heartbeat: u16) -> Vec<u8> {
    method(0, connection::TuneOk { channel_max, frame_max, heartbeat })
}

/// Everything from the protocol header to connection.open.
pub(crate) fn handshake() -> Vec<u8> {
    let open = connection::Open { virtual_host: "/".into(), ..connection::Open::default() };
    let tune = tune_ok(CHANNEL_MAX, FRAME_BYTES_MAX, 10);
    [preface(), start_ok("PLAIN"), tune, method(0, open)].concat()
}

/// channel.open.
pub(crate) fn open(channel: u16) -> Vec<u8> {
    method(channel, channel::Open::default())
}

/// The handshake and channel 1.
pub(crate) fn opened() -> Vec<u8> {
    [handshake(), open(1)].concat()
}

/// basic.publish to an exchange.
pub(crate) fn publish(channel: u16, exchange: &str) -> Vec<u8> {
    let exchange = exchange.to_owned();
    method(channel, basic::Publish { exchange, ..basic::Publish::default() })
}
