//! Frames of AMQP 0-9-1 (section 4.2.3): type, channel, size, payload, end octet.
//!
//! Invariants:
//! - a frame's payload is a slice of the bytes that came in;
//! - a content goes out in as few frames as the negotiated size allows, a large body by reference.

use bytes::{Buf, Bytes, BytesMut};

use crate::body::BodyPiece;
use crate::writer::Writer;

/// Bytes of a frame before its payload.
pub const FRAME_HEADER_BYTES: usize = 7;

/// Bytes of a frame beside its payload: its header and its end octet.
pub const FRAME_OVERHEAD_BYTES: usize = FRAME_HEADER_BYTES + 1;

/// The octet behind every payload.
pub const FRAME_END: u8 = 0xce;

/// Bytes of a content header before the property flags: class, weight, body size.
pub(crate) const CONTENT_HEADER_BYTES: usize = 12;

/// What a frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the specification's")]
#[repr(u8)]
pub enum FrameKind {
    Method = 1,
    Header = 2,
    Body = 3,
    Heartbeat = 8,
}

impl FrameKind {
    /// The kind of a code.
    pub fn of(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Method,
            2 => Self::Header,
            3 => Self::Body,
            8 => Self::Heartbeat,
            _ => return None,
        })
    }

    /// The name in errors.
    pub fn name(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Header => "content header",
            Self::Body => "content body",
            Self::Heartbeat => "heartbeat",
        }
    }
}

/// A mistake in framing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum FrameError {
    #[error("frame type {0} where method 1, header 2, body 3 and heartbeat 8 are known")]
    Kind(u8),
    #[error("payload of {size} bytes on channel {channel} where frames have at most {max} bytes")]
    Size { channel: u16, size: u32, max: usize },
    #[error(
        "octet 0x{found:02x} where the frame end 0xce belongs, {offset} bytes into the frame on \
         channel {channel}"
    )]
    End { channel: u16, offset: usize, found: u8 },
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it carries.
    pub kind: FrameKind,
    /// The channel.
    pub channel: u16,
    /// The payload.
    pub payload: Bytes,
}

impl Frame {
    /// Takes a frame from the front; none where it is not there in full.
    ///
    /// # Errors
    /// A header that is no frame's, or no end octet where it belongs.
    pub fn take(inbox: &mut BytesMut, frame_bytes_max: usize) -> Result<Option<Self>, FrameError> {
        let Some(header) = FrameHeader::read(inbox) else { return Ok(None) };
        let Some((kind, size)) = header.check(inbox, frame_bytes_max)? else { return Ok(None) };
        let mut frame = inbox.split_to(size + FRAME_OVERHEAD_BYTES);
        frame.advance(FRAME_HEADER_BYTES);
        frame.truncate(size);
        Ok(Some(Self { kind, channel: header.channel, payload: frame.freeze() }))
    }

    /// Bytes of the whole frame.
    pub fn len(&self) -> usize {
        self.payload.len() + FRAME_OVERHEAD_BYTES
    }

    /// Never: a frame has a header.
    pub fn is_empty(&self) -> bool {
        false
    }
}

/// The fields of a frame's header as they stand there, checked by nobody yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// The code of what it carries.
    pub kind: u8,
    /// The channel.
    pub channel: u16,
    /// Bytes of the payload.
    pub size: u32,
}

impl FrameHeader {
    /// Reads the header at the front; none where it is not there in full.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [kind, high, low, a, b, c, d] = *bytes.first_chunk::<FRAME_HEADER_BYTES>()?;
        let channel = u16::from_be_bytes([high, low]);
        Some(Self { kind, channel, size: u32::from_be_bytes([a, b, c, d]) })
    }

    /// Writes it.
    #[inline]
    pub(crate) fn bytes(kind: FrameKind, channel: u16, size: usize) -> [u8; FRAME_HEADER_BYTES] {
        let [high, low] = channel.to_be_bytes();
        let [a, b, c, d] = u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes();
        [kind as u8, high, low, a, b, c, d]
    }

    /// The kind and the payload's bytes of the frame at the front of `inbox`; none where it is not
    /// there in full. As RabbitMQ does it, a payload may be as long as a whole frame: some clients
    /// forget that the limit counts header and end as well.
    pub(crate) fn check(
        self,
        inbox: &[u8],
        frame_bytes_max: usize,
    ) -> Result<Option<(FrameKind, usize)>, FrameError> {
        let Self { kind, channel, size } = self;
        let kind = FrameKind::of(kind).ok_or(FrameError::Kind(kind))?;
        let payload_bytes = usize::try_from(size).unwrap_or(usize::MAX);
        if payload_bytes > frame_bytes_max {
            return Err(FrameError::Size { channel, size, max: frame_bytes_max });
        }
        let offset = FRAME_HEADER_BYTES + payload_bytes;
        match inbox.get(offset) {
            None => Ok(None),
            Some(&FRAME_END) => Ok(Some((kind, payload_bytes))),
            Some(&found) => Err(FrameError::End { channel, offset, found }),
        }
    }
}

/// Writes a frame with a small payload.
pub(crate) fn write_frame(output: &mut Writer, kind: FrameKind, channel: u16, payload: &[u8]) {
    output.count_frame();
    let header = FrameHeader::bytes(kind, channel, payload.len());
    output.put_pieces([&header, payload, &[FRAME_END]]);
}

/// Writes the end of a method's frame, and its content's header and body; `header` is the property
/// flags and list.
///
/// A header larger than the peer's frames goes out in one frame all the same, as RabbitMQ does it:
/// 0-9-1 has no way to cut it.
pub(crate) fn write_content<'a>(
    output: &mut Writer,
    channel: u16,
    header: &[u8],
    body_bytes: usize,
    body: impl Iterator<Item = BodyPiece<'a>>,
    frame_bytes_max: usize,
) {
    let size = header.len() + CONTENT_HEADER_BYTES;
    let [kind, high, low, a, b, c, d] = FrameHeader::bytes(FrameKind::Header, channel, size);
    let [e, f, g, h, i, j, k, l] = (body_bytes as u64).to_be_bytes();
    let class = 60;
    let end = FRAME_END;
    let head = [end, kind, high, low, a, b, c, d, 0, class, 0, 0, e, f, g, h, i, j, k, l];
    output.count_frame();
    let room = frame_bytes_max - FRAME_OVERHEAD_BYTES;
    let mut body = body.peekable();
    // The usual body: small, and in one piece.
    if let Some(BodyPiece::Slice(piece)) = body.peek()
        && piece.len() == body_bytes
        && (1..=room).contains(&body_bytes)
    {
        let [kind, high, low, a, b, c, d] =
            FrameHeader::bytes(FrameKind::Body, channel, body_bytes);
        let between = [end, kind, high, low, a, b, c, d];
        output.count_frame();
        output.put_pieces([&head, header, &between, piece, &[end]]);
        return;
    }
    output.put_pieces([&head, header, &[end]]);
    write_body(output, channel, body_bytes, body, room);
}

fn write_body<'a>(
    output: &mut Writer,
    channel: u16,
    body_bytes: usize,
    body: impl Iterator<Item = BodyPiece<'a>>,
    room: usize,
) {
    let (mut left, mut frame_left) = (body_bytes, 0);
    for mut piece in body {
        while piece.len() > 0 && left > 0 {
            if frame_left == 0 {
                frame_left = left.min(room);
                output.count_frame();
                output.put(&FrameHeader::bytes(FrameKind::Body, channel, frame_left));
            }
            let taken = piece.len().min(frame_left);
            piece.put_front(taken, output);
            frame_left -= taken;
            left -= taken;
            if frame_left == 0 {
                output.put(&[FRAME_END]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(bytes: &[u8]) -> Result<Option<Frame>, FrameError> {
        Frame::take(&mut BytesMut::from(bytes), 4_096)
    }

    #[test]
    fn a_frame_is_written_as_the_specification_says() {
        let mut output = Writer::new();
        write_frame(&mut output, FrameKind::Method, 0x0102, b"ab");
        let bytes = output.copy_to_bytes(output.remaining());
        assert_eq!(bytes[..], [1, 1, 2, 0, 0, 0, 2, b'a', b'b', 0xce]);
        let payload = Bytes::from_static(b"ab");
        let frame = Frame { kind: FrameKind::Method, channel: 0x0102, payload };
        assert_eq!(take(&bytes), Ok(Some(frame)));
        for cut in 0..bytes.len() {
            assert_eq!(take(&bytes[..cut]), Ok(None));
        }
    }

    #[test]
    fn refuses_what_is_no_frame() {
        assert_eq!(take(&[4, 0, 0, 0, 0, 0, 0, 0xce]), Err(FrameError::Kind(4)));
        let error = take(&[1, 0, 7, 0, 0, 0, 1, 0, 0xcf]);
        assert_eq!(error, Err(FrameError::End { channel: 7, offset: 8, found: 0xcf }));
        let error = take(&[1, 0, 7, 0, 0, 0x10, 1]);
        assert_eq!(error, Err(FrameError::Size { channel: 7, size: 4_097, max: 4_096 }));
        assert_eq!(take(&[1, 0, 7, 0, 0, 0x10, 0]), Ok(None));
    }

    #[test]
    fn a_large_body_is_cut_into_full_frames_and_comes_back() {
        let mut output = Writer::new();
        let body: Vec<u8> = (0..10_000).map(|index| index as u8).collect();
        let pieces =
            [BodyPiece::Slice(&body[..1]), BodyPiece::Shared(Bytes::copy_from_slice(&body[1..]))];
        write_content(&mut output, 7, &[0, 0], body.len(), pieces.into_iter(), 4_096);
        assert_eq!(output.frames_in_all(), 4);
        output.advance(1); // the end of the method's frame
        let mut inbox = BytesMut::from(&output.copy_to_bytes(output.remaining())[..]);
        let mut frames = Vec::new();
        while let Some(frame) = Frame::take(&mut inbox, 4_096).unwrap() {
            assert!(frame.len() <= 4_096 && frame.channel == 7);
            frames.push(frame);
        }
        assert!(inbox.is_empty());
        let [header, rest @ ..] = &frames[..] else { panic!("no frames") };
        assert_eq!(header.payload[..], [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0x27, 0x10, 0, 0]);
        let payloads: Vec<u8> = rest.iter().flat_map(|frame| frame.payload.to_vec()).collect();
        assert_eq!(payloads, body);
        let mut output = Writer::new();
        write_content(&mut output, 7, &[0, 0], 0, std::iter::empty(), 4_096);
        assert_eq!(output.frames_in_all(), 1);
    }
}
