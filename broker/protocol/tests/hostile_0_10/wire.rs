//! What a client writes, byte by byte, so that it can be written wrongly.

use philter_protocol::preface::Preface;
use philter_protocol::v0_10::CommandId;
use philter_protocol::v0_10::command::{Command, CommandSegment};
use philter_protocol::v0_10::control::{self, Control};

/// Flags of a frame that is a whole segment, and the only one.
pub(crate) const WHOLE: u8 = 0x0f;

/// The maximum frame size that [`handshake`] asks for.
pub(crate) const FRAME_BYTES_MAX: u16 = 4_096;

/// The highest channel that [`handshake`] asks for.
pub(crate) const CHANNEL_MAX: u16 = 10;

/// A frame on the track that its kind belongs to.
pub(crate) fn frame(flags: u8, kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    let size = u16::try_from(payload.len() + 12).unwrap().to_be_bytes();
    let [high, low] = channel.to_be_bytes();
    let mut bytes = vec![flags, kind, size[0], size[1], 0, kind.min(1), high, low, 0, 0, 0, 0];
    bytes.extend_from_slice(payload);
    bytes
}

/// A control in one frame.
pub(crate) fn control(channel: u16, control: impl Into<Control>) -> Vec<u8> {
    frame(WHOLE, 0, channel, &control.into().encode())
}

/// A command without content in one frame.
pub(crate) fn command(channel: u16, command: impl Into<Command>) -> Vec<u8> {
    let segment = CommandSegment { sync: false, command: command.into() };
    frame(WHOLE, 1, channel, &segment.encode())
}

/// The protocol header.
pub(crate) fn preface() -> Vec<u8> {
    Preface::V0_10.bytes().to_vec()
}

/// connection.start-ok for `mechanism`.
pub(crate) fn start_ok(mechanism: &str) -> Vec<u8> {
    control(0, control::StartOk { mechanism: mechanism.into(), ..Default::default() })
}

/// connection.tune-ok.
pub(crate) fn tune_ok(channel_max: u16, max_frame_size: u16, heartbeat: u16) -> Vec<u8> {
    let tune = control::TuneOk {
        channel_max: Some(channel_max),
        max_frame_size: Some(max_frame_size),
        heartbeat: Some(heartbeat),
    };
    control(0, tune)
}

/// Everything from the protocol header to connection.open.
pub(crate) fn handshake() -> Vec<u8> {
    let open = control(0, control::Open::default());
    [preface(), start_ok("ANONYMOUS"), tune_ok(CHANNEL_MAX, FRAME_BYTES_MAX, 10), open].concat()
}

/// A new session on a channel, its first command being 0.
pub(crate) fn attach(channel: u16) -> Vec<u8> {
    let name = channel.to_string().into_bytes();
    let point = control::CommandPoint { command_id: CommandId(0), command_offset: 0 };
    [control(channel, control::Attach { name, force: false }), control(channel, point)].concat()
}

/// The handshake and a session on channel 1.
pub(crate) fn attached() -> Vec<u8> {
    [handshake(), attach(1)].concat()
}
