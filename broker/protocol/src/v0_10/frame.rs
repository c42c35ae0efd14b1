//! Frames of AMQP 0-10 (section 2.3): read from the front of what came in, written from segments.
//!
//! Invariants:
//! - a frame's payload is a slice of the bytes that came in;
//! - a segment goes out in as few frames as the negotiated size allows, a large body by reference.

use bytes::{Buf, Bytes, BytesMut};

pub use crate::body::{Body, BodyPiece};
use crate::writer::Writer;

/// Bytes of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 12;

/// Flag: the segment is its assembly's first.
pub const FIRST_SEGMENT: u8 = 0x08;
/// Flag: the segment is its assembly's last.
pub const LAST_SEGMENT: u8 = 0x04;
/// Flag: the frame is its segment's first.
pub const FIRST_FRAME: u8 = 0x02;
/// Flag: the frame is its segment's last.
pub const LAST_FRAME: u8 = 0x01;

/// What a segment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub enum SegmentKind {
    Control,
    Command,
    Header,
    Body,
}

impl SegmentKind {
    /// Its code and its track.
    const fn codes(self) -> (u8, u8) {
        match self {
            Self::Control => (0, 0),
            Self::Command => (1, 1),
            Self::Header => (2, 1),
            Self::Body => (3, 1),
        }
    }
}

/// A mistake in framing. It ends the connection with framing-error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub enum FrameError {
    #[error("frame version {0} where only 0 is known")]
    Version(u8),
    #[error("segment type {0} where control 0, command 1, header 2 and body 3 are known")]
    SegmentType(u8),
    #[error("frame size {size} where 12 to {max} are allowed")]
    Size { size: u16, max: u16 },
    #[error("track {track} for a {kind:?} segment on channel {channel}")]
    Track { channel: u16, track: u8, kind: SegmentKind },
    #[error("channel {channel} above the negotiated maximum {max}")]
    Channel { channel: u16, max: u16 },
    #[error("{found:?} frame in the middle of a {expected:?} segment on channel {channel}")]
    Interrupted { channel: u16, expected: SegmentKind, found: SegmentKind },
    #[error("{kind:?} segment out of place on channel {channel}")]
    OutOfPlace { channel: u16, kind: SegmentKind },
    #[error("{kind:?} segment longer than {max} bytes on channel {channel}")]
    TooLong { channel: u16, kind: SegmentKind, max: usize },
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The channel.
    pub channel: u16,
    /// The kind of segment it is part of.
    pub kind: SegmentKind,
    /// The segment is its assembly's first.
    pub is_first_segment: bool,
    /// The segment is its assembly's last.
    pub is_last_segment: bool,
    /// The frame is its segment's first.
    pub is_first: bool,
    /// The frame is its segment's last.
    pub is_last: bool,
    /// The payload.
    pub payload: Bytes,
}

impl Frame {
    /// Takes a frame from the front; none where it is not there in full.
    ///
    /// # Errors
    /// A header that is no frame's.
    pub fn take(inbox: &mut BytesMut, frame_bytes_max: u16) -> Result<Option<Self>, FrameError> {
        let Some(FrameHeader { flags, kind, size, track, channel }) = FrameHeader::read(inbox)
        else {
            return Ok(None);
        };
        if flags >> 6 != 0 {
            return Err(FrameError::Version(flags >> 6));
        }
        let kind = match kind {
            0 => SegmentKind::Control,
            1 => SegmentKind::Command,
            2 => SegmentKind::Header,
            3 => SegmentKind::Body,
            other => return Err(FrameError::SegmentType(other)),
        };
        if track > 1 || (track == 0) != (kind == SegmentKind::Control) {
            return Err(FrameError::Track { channel, track, kind });
        }
        if usize::from(size) < FRAME_HEADER_BYTES || size > frame_bytes_max {
            return Err(FrameError::Size { size, max: frame_bytes_max });
        }
        if inbox.len() < usize::from(size) {
            return Ok(None);
        }
        let mut frame = inbox.split_to(usize::from(size));
        frame.advance(FRAME_HEADER_BYTES);
        Ok(Some(Self {
            channel,
            kind,
            is_first_segment: flags & FIRST_SEGMENT != 0,
            is_last_segment: flags & LAST_SEGMENT != 0,
            is_first: flags & FIRST_FRAME != 0,
            is_last: flags & LAST_FRAME != 0,
            payload: frame.freeze(),
        }))
    }
}

/// The fields of a frame's header as they stand there, checked by nobody yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Flags such as [`FIRST_SEGMENT`].
    pub flags: u8,
    /// The segment's type: control 0, command 1, header 2, body 3.
    pub kind: u8,
    /// The whole frame's size in bytes.
    pub size: u16,
    /// 0 for controls, 1 for the rest.
    pub track: u8,
    /// The channel.
    pub channel: u16,
}

impl FrameHeader {
    /// Reads the header at the front; none where it is not there in full.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<FRAME_HEADER_BYTES>()?;
        let [flags, kind, size_high, size_low, _, track, channel_high, channel_low, ..] = *header;
        Some(Self {
            flags,
            kind,
            size: u16::from_be_bytes([size_high, size_low]),
            track: track & 0x0f,
            channel: u16::from_be_bytes([channel_high, channel_low]),
        })
    }

    /// Flags, type and track of the frame that is a whole segment.
    pub(crate) const fn whole(kind: SegmentKind, place: Place) -> (u8, u8, u8) {
        let (kind, track) = kind.codes();
        (place.flags(true, true), kind, track)
    }
}

/// Where a segment stands in its assembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) is_first: bool,
    pub(crate) is_last: bool,
}

impl Place {
    /// The flags of one of its frames.
    const fn flags(self, is_first: bool, is_last: bool) -> u8 {
        const fn flag(is_set: bool, bit: u8) -> u8 {
            if is_set { bit } else { 0 }
        }
        flag(self.is_first, FIRST_SEGMENT)
            | flag(self.is_last, LAST_SEGMENT)
            | flag(is_first, FIRST_FRAME)
            | flag(is_last, LAST_FRAME)
    }
}

/// Writes a segment as frames of at most `frame_bytes_max` bytes.
pub(crate) fn write_segment(
    output: &mut Writer,
    channel: u16,
    kind: SegmentKind,
    place: Place,
    segment: &[&[u8]],
    frame_bytes_max: u16,
) {
    let room = usize::from(frame_bytes_max) - FRAME_HEADER_BYTES;
    let total: usize = segment.iter().map(|piece| piece.len()).sum();
    if total <= room {
        put_header(output, channel, kind, place, (true, true), total);
        for piece in segment {
            output.put(piece);
        }
        return;
    }
    let whole = segment.concat();
    let count = whole.len().div_ceil(room);
    for (index, piece) in whole.chunks(room).enumerate() {
        put_header(output, channel, kind, place, (index == 0, index + 1 == count), piece.len());
        output.put(piece);
    }
}

/// Writes a body segment, large pieces by reference.
pub(crate) fn write_body<'a>(
    output: &mut Writer,
    channel: u16,
    body: impl Iterator<Item = BodyPiece<'a>>,
    body_bytes: usize,
    frame_bytes_max: u16,
) {
    let place = Place { is_first: false, is_last: true };
    let room = usize::from(frame_bytes_max) - FRAME_HEADER_BYTES;
    if body_bytes == 0 {
        put_header(output, channel, SegmentKind::Body, place, (true, true), 0);
        return;
    }
    let mut left = body_bytes;
    let mut frame_left = 0;
    for mut piece in body {
        while piece.len() > 0 && left > 0 {
            if frame_left == 0 {
                let size = left.min(room);
                let ends = (left == body_bytes, size == left);
                put_header(output, channel, SegmentKind::Body, place, ends, size);
                frame_left = size;
            }
            let taken = piece.len().min(frame_left);
            piece.put_front(taken, output);
            frame_left -= taken;
            left -= taken;
        }
    }
}

fn put_header(
    output: &mut Writer,
    channel: u16,
    kind: SegmentKind,
    place: Place,
    (is_first, is_last): (bool, bool),
    payload_bytes: usize,
) {
    let flags = place.flags(is_first, is_last);
    let size = u16::try_from(payload_bytes + FRAME_HEADER_BYTES).unwrap_or(u16::MAX).to_be_bytes();
    let channel = channel.to_be_bytes();
    let (kind, track) = kind.codes();
    output.count_frame();
    output.put(&[flags, kind, size[0], size[1], 0, track, channel[0], channel[1], 0, 0, 0, 0]);
}

#[cfg(test)]
mod tests {
    use bytes::Buf;

    use super::*;
    use crate::v0_10::assembly::Assembler;

    fn frames(output: &mut Writer) -> Vec<Frame> {
        let mut inbox = BytesMut::from(&output.copy_to_bytes(output.remaining())[..]);
        let mut frames = Vec::new();
        while let Some(frame) = Frame::take(&mut inbox, 65_535).unwrap() {
            frames.push(frame);
        }
        assert!(inbox.is_empty());
        frames
    }

    fn transfer(body_bytes: usize, frame_bytes_max: u16) -> Writer {
        let mut output = Writer::new();
        let place = |is_first, is_last| Place { is_first, is_last };
        let max = frame_bytes_max;
        write_segment(&mut output, 7, SegmentKind::Command, place(true, false), &[b"cmd"], max);
        write_segment(
            &mut output,
            7,
            SegmentKind::Header,
            place(false, false),
            &[b"he", b"ad"],
            max,
        );
        let body = vec![b'x'; body_bytes];
        let pieces = [BodyPiece::Slice(&body[..1]), BodyPiece::Shared(body[1..].to_vec().into())];
        write_body(&mut output, 7, pieces.into_iter(), body_bytes, max);
        output
    }

    #[test]
    fn a_large_body_is_cut_into_full_frames_and_comes_back() {
        let mut output = transfer(10_000, 4_096);
        let frames = frames(&mut output);
        assert_eq!(frames.len(), 2 + 3);
        assert!(frames.iter().all(|frame| frame.payload.len() <= 4_096 - FRAME_HEADER_BYTES));
        let mut assembler = Assembler::default();
        let mut done = None;
        for frame in frames {
            assert!(done.is_none());
            done = assembler.push(frame).unwrap();
        }
        let assembly = done.unwrap();
        assert_eq!(assembly.command, "cmd");
        assert_eq!(assembly.header.unwrap(), "head");
        assert_eq!(assembly.body.iter().map(Bytes::len).sum::<usize>(), 10_000);
    }

    #[test]
    fn a_frame_is_written_as_the_specification_says() {
        let mut output = Writer::new();
        let place = Place { is_first: true, is_last: true };
        write_segment(&mut output, 0x0102, SegmentKind::Control, place, &[b"ab"], 65_535);
        let bytes = output.copy_to_bytes(output.remaining());
        assert_eq!(bytes[..], [0x0f, 0, 0, 14, 0, 0, 1, 2, 0, 0, 0, 0, b'a', b'b']);
    }

    #[test]
    fn refuses_what_is_no_frame() {
        let take = |bytes: [u8; 12]| Frame::take(&mut BytesMut::from(&bytes[..]), 4_096);
        let good = [0x0f, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(take(good).unwrap().is_some());
        let with = |index: usize, byte: u8| {
            let mut bytes = good;
            bytes[index] = byte;
            take(bytes)
        };
        assert_eq!(with(0, 0x4f), Err(FrameError::Version(1)));
        assert_eq!(with(1, 9), Err(FrameError::SegmentType(9)));
        assert_eq!(with(3, 11), Err(FrameError::Size { size: 11, max: 4_096 }));
        assert_eq!(with(2, 0x20), Err(FrameError::Size { size: 0x200c, max: 4_096 }));
        assert!(matches!(with(5, 1), Err(FrameError::Track { .. })));
    }
}
