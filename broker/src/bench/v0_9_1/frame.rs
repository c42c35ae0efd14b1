//! Frames of AMQP 0-9-1 in place: read without taking them out, written without a state.

use philter_protocol::v0_9_1::Method;
pub(super) use philter_protocol::v0_9_1::frame::FRAME_HEADER_BYTES;
use philter_protocol::v0_9_1::frame::{FRAME_END, FRAME_OVERHEAD_BYTES, FrameHeader};

use super::CHANNEL;
use super::rare::broke;
use crate::bench::error::BenchError;

/// Bytes of a whole frame at the most, as the bench asks for it: so that any fits into what is read
/// of a connection at a time.
pub(super) const FRAME_BYTES_MAX: u32 = 64 * 1024;

/// Bytes of a frame's payload at the most.
pub(super) const PAYLOAD_BYTES_MAX: usize = FRAME_BYTES_MAX as usize - FRAME_OVERHEAD_BYTES;

pub(super) const METHOD: u8 = 1;
pub(super) const HEADER: u8 = 2;
pub(super) const BODY: u8 = 3;
pub(super) const HEARTBEAT: u8 = 8;

/// A frame that stands in what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    pub(super) kind: u8,
    pub(super) channel: u16,
    pub(super) payload: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the front, and how long it is; none where it is not there in full.
    ///
    /// # Errors
    /// A frame that is larger than was agreed on, or that does not end where it says.
    pub(super) fn read(peer: &str, input: &'a [u8]) -> Result<Option<(Self, usize)>, BenchError> {
        let Some(FrameHeader { kind, channel, size }) = FrameHeader::read(input) else {
            return Ok(None);
        };
        if size > FRAME_BYTES_MAX {
            return Err(broke(peer, &format!("a frame of {size} bytes")));
        }
        let end = FRAME_HEADER_BYTES + size as usize;
        let (Some(payload), Some(&last)) = (input.get(FRAME_HEADER_BYTES..end), input.get(end))
        else {
            return Ok(None);
        };
        if last != FRAME_END {
            return Err(broke(peer, &format!("0x{last:02x} where a frame ends")));
        }
        Ok(Some((Self { kind, channel, payload }, end + 1)))
    }

    /// Whether this is the method of this class and number.
    pub(super) fn is_method(&self, (class, method): (u16, u16)) -> bool {
        let ([a, b], [c, d]) = (class.to_be_bytes(), method.to_be_bytes());
        self.kind == METHOD && self.payload.first_chunk() == Some(&[a, b, c, d])
    }
}

/// Appends a frame of the channel that everything is on, or of channel 0.
pub(super) fn put(output: &mut Vec<u8>, kind: u8, channel: u16, payload: &[u8]) {
    let size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    output.push(kind);
    output.extend_from_slice(&channel.to_be_bytes());
    output.extend_from_slice(&size.to_be_bytes());
    output.extend_from_slice(payload);
    output.push(FRAME_END);
}

/// Appends a method of the one channel.
pub(super) fn put_method(output: &mut Vec<u8>, method: impl Into<Method>) {
    put_method_on(output, CHANNEL, &method.into());
}

/// Appends a method.
pub(super) fn put_method_on(output: &mut Vec<u8>, channel: u16, method: &Method) {
    let mut payload = Vec::new();
    method.encode(&mut payload);
    put(output, METHOD, channel, &payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_read_and_half_of_it_is_not() {
        let mut output = Vec::new();
        put(&mut output, METHOD, 7, &[0, 60, 0, 80, 1]);
        put(&mut output, BODY, 7, b"");
        let (frame, size) = Frame::read("b", &output).unwrap().unwrap();
        assert!(frame.is_method((60, 80)) && !frame.is_method((60, 81)));
        assert_eq!((frame.kind, frame.channel, frame.payload.len()), (METHOD, 7, 5));
        let (frame, rest) = Frame::read("b", &output[size..]).unwrap().unwrap();
        assert_eq!((frame.kind, frame.payload, size + rest), (BODY, &b""[..], output.len()));
        for cut in 0..size {
            assert_eq!(Frame::read("b", &output[..cut]).unwrap(), None, "{cut}");
        }
    }

    #[test]
    fn what_is_no_frame_is_named() {
        let error = Frame::read("b", &[1, 0, 0, 0, 0, 0, 0, 7]).unwrap_err().to_string();
        assert!(error.contains("0x07"), "{error}");
        let error = Frame::read("b", &[1, 0, 0, 1, 0, 0, 0]).unwrap_err().to_string();
        assert!(error.contains("16777216"), "{error}");
    }
}
