//! Frames of AMQP 0-10 in place: read without taking them out, written without a state.

use philter_protocol::v0_10::control::Control;
pub(super) use philter_protocol::v0_10::frame::{
    FIRST_FRAME, FIRST_SEGMENT, LAST_FRAME, LAST_SEGMENT,
};
use philter_protocol::v0_10::frame::{FRAME_HEADER_BYTES, FrameHeader};

use super::CHANNEL;

/// Bytes of a frame's payload at the most.
pub(super) const PAYLOAD_BYTES_MAX: usize = u16::MAX as usize - FRAME_HEADER_BYTES;

/// A segment that is an assembly and one frame.
pub(super) const ALONE: u8 = FIRST_SEGMENT | LAST_SEGMENT | FIRST_FRAME | LAST_FRAME;

pub(super) const CONTROL: u8 = 0;
pub(super) const COMMAND: u8 = 1;
pub(super) const HEADER: u8 = 2;
pub(super) const BODY: u8 = 3;

/// A frame that stands in what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) flags: u8,
    pub(super) kind: u8,
    pub(super) payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the front, and how long it is; none where it is not there in full.
    pub(super) fn read(input: &'a [u8]) -> Option<(Self, usize)> {
        let FrameHeader { flags, kind, size, .. } = FrameHeader::read(input)?;
        // A size that can't be: the payload is empty, and the reader stumbles over the next bytes.
        let size = usize::from(size).max(FRAME_HEADER_BYTES);
        let payload = input.get(FRAME_HEADER_BYTES..size)?;
        Some((Self { flags, kind, payload }, size))
    }

    pub(super) fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }
}

/// Appends a frame.
pub(super) fn put(output: &mut Vec<u8>, flags: u8, kind: u8, payload: &[u8]) {
    let size = u16::try_from(payload.len() + FRAME_HEADER_BYTES).unwrap_or(u16::MAX).to_be_bytes();
    let channel = CHANNEL.to_be_bytes();
    let track = u8::from(kind != CONTROL);
    let header = [flags, kind, size[0], size[1], 0, track, channel[0], channel[1], 0, 0, 0, 0];
    output.extend_from_slice(&header);
    output.extend_from_slice(payload);
}

/// Appends a control.
pub(super) fn put_control(output: &mut Vec<u8>, control: impl Into<Control>) {
    put(output, ALONE, CONTROL, &control.into().encode());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_read_and_half_of_it_is_not() {
        let mut output = Vec::new();
        put(&mut output, ALONE, COMMAND, b"ab");
        put(&mut output, LAST_FRAME, BODY, b"");
        let (frame, size) = Frame::read(&output).unwrap();
        assert_eq!((frame.flags, frame.kind, frame.payload), (ALONE, COMMAND, &b"ab"[..]));
        assert!(frame.has(FIRST_FRAME | LAST_SEGMENT));
        let (frame, rest) = Frame::read(&output[size..]).unwrap();
        assert_eq!((frame.kind, frame.payload, size + rest), (BODY, &b""[..], output.len()));
        assert!(!frame.has(FIRST_FRAME));
        for cut in 0..size {
            assert_eq!(Frame::read(&output[..cut]), None, "{cut}");
        }
    }
}
