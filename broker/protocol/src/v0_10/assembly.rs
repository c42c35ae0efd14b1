//! Commands with their content, put together from the frames of one channel (0-10, section 2.3).
//!
//! Invariants:
//! - what came in one frame is never copied: it is a slice of the bytes that came in;
//! - many small frames cost what few large ones do: work and memory follow the bytes, not the
//!   frames;
//! - what a channel leaves unfinished is bounded by the limits of its segments' kinds, and
//!   [`Assembler::held_bytes`] says how much it is.

use bytes::{Bytes, BytesMut};

use crate::body::{Body, BodyBuffer};
use crate::limits::{BODY_BYTES_MAX, COMMAND_BYTES_MAX, HEADER_BYTES_MAX};
use crate::v0_10::frame::{Frame, FrameError, SegmentKind};

/// A command with its content, in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembly {
    /// The command segment.
    pub command: Bytes,
    /// The header segment, if any.
    pub header: Option<Bytes>,
    /// The body: no chunk where there is none, one empty chunk where it is empty.
    pub body: Body,
}

/// Puts the frames of one channel's commands together.
#[derive(Debug, Default)]
pub struct Assembler {
    partial: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    kind: SegmentKind,
    /// The segment's last frame came.
    is_complete: bool,
    command: SegmentBuffer,
    header: Option<SegmentBuffer>,
    body: BodyBuffer,
}

impl Assembler {
    /// Whether an assembly is under way.
    pub fn is_busy(&self) -> bool {
        self.partial.is_some()
    }

    /// Bytes that wait for the rest of their assembly.
    pub fn held_bytes(&self) -> usize {
        self.partial.as_ref().map_or(0, |partial| {
            let header = partial.header.as_ref().map_or(0, SegmentBuffer::len);
            partial.command.len() + header + partial.body.len()
        })
    }

    /// Takes a command, header or body frame; answers with the assembly it completed.
    ///
    /// # Errors
    /// Frames or segments out of place, or a segment that is too long.
    pub fn push(&mut self, frame: Frame) -> Result<Option<Assembly>, FrameError> {
        let Frame { channel, kind, .. } = frame;
        let out_of_place = FrameError::OutOfPlace { channel, kind };
        let is_end = frame.is_last && frame.is_last_segment;
        match &mut self.partial {
            None => {
                let begins = frame.is_first && frame.is_first_segment;
                if kind != SegmentKind::Command || !begins {
                    return Err(out_of_place);
                }
                self.partial = Some(Partial::begin(frame)?);
            }
            Some(partial) if partial.is_complete => {
                if !frame.is_first || frame.is_first_segment || !partial.may_be_followed_by(kind) {
                    return Err(out_of_place);
                }
                partial.kind = kind;
                partial.extend(frame)?;
            }
            Some(partial) => {
                if kind != partial.kind {
                    let expected = partial.kind;
                    return Err(FrameError::Interrupted { channel, expected, found: kind });
                }
                if frame.is_first {
                    return Err(out_of_place);
                }
                partial.extend(frame)?;
            }
        }
        if !is_end {
            return Ok(None);
        }
        Ok(self.partial.take().map(Partial::finish))
    }
}

impl Partial {
    fn begin(frame: Frame) -> Result<Self, FrameError> {
        let mut partial = Self {
            kind: SegmentKind::Command,
            is_complete: false,
            command: SegmentBuffer::default(),
            header: None,
            body: BodyBuffer::default(),
        };
        partial.extend(frame)?;
        Ok(partial)
    }

    fn may_be_followed_by(&self, kind: SegmentKind) -> bool {
        matches!(
            (self.kind, kind),
            (SegmentKind::Command, SegmentKind::Header | SegmentKind::Body)
                | (SegmentKind::Header, SegmentKind::Body)
        )
    }

    fn extend(&mut self, frame: Frame) -> Result<(), FrameError> {
        let Frame { channel, kind, .. } = frame;
        self.is_complete = frame.is_last;
        let check = |held: usize, max: usize| {
            let length = held + frame.payload.len();
            if length > max { Err(FrameError::TooLong { channel, kind, max }) } else { Ok(()) }
        };
        match kind {
            SegmentKind::Body => {
                check(self.body.len(), BODY_BYTES_MAX)?;
                self.body.push(frame.payload, frame.is_last);
            }
            SegmentKind::Header => {
                let header = self.header.get_or_insert_default();
                check(header.len(), HEADER_BYTES_MAX)?;
                header.push(frame.payload);
            }
            SegmentKind::Command | SegmentKind::Control => {
                check(self.command.len(), COMMAND_BYTES_MAX)?;
                self.command.push(frame.payload);
            }
        }
        Ok(())
    }

    fn finish(self) -> Assembly {
        Assembly {
            command: self.command.finish(),
            header: self.header.map(SegmentBuffer::finish),
            body: self.body.finish(),
        }
    }
}

/// A segment that is needed in one piece.
#[derive(Debug, Default)]
pub(crate) struct SegmentBuffer {
    /// The first frame's payload, as long as it is the only one.
    only: Bytes,
    /// All payloads, once there were two.
    joined: BytesMut,
}

impl SegmentBuffer {
    pub(crate) fn len(&self) -> usize {
        self.only.len() + self.joined.len()
    }

    pub(crate) fn push(&mut self, payload: Bytes) {
        if self.len() == 0 {
            self.only = payload;
            return;
        }
        self.joined.extend_from_slice(&std::mem::take(&mut self.only));
        self.joined.extend_from_slice(&payload);
    }

    pub(crate) fn finish(self) -> Bytes {
        if self.joined.is_empty() { self.only } else { self.joined.freeze() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::BODY_CHUNK_BYTES_MIN;

    fn frame(kind: SegmentKind, is_first: bool, is_last: bool, payload: &[u8]) -> Frame {
        Frame {
            channel: 1,
            kind,
            is_first_segment: kind == SegmentKind::Command,
            is_last_segment: kind == SegmentKind::Body,
            is_first,
            is_last,
            payload: Bytes::copy_from_slice(payload),
        }
    }

    /// A segment cut at `cuts`.
    fn frames(kind: SegmentKind, content: &[u8], cuts: &[usize]) -> Vec<Frame> {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % (content.len() + 1)).collect();
        ends.push(content.len());
        ends.sort_unstable();
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let last = ends.len() - 1;
        let pieces = starts.zip(&ends).enumerate();
        pieces
            .map(|(index, (start, end))| {
                frame(kind, index == 0, index == last, &content[start..*end])
            })
            .collect()
    }

    proptest! {
        #[test]
        fn any_cut_into_frames_is_put_together_again(
            command in prop::collection::vec(any::<u8>(), 0..40),
            header in prop::collection::vec(any::<u8>(), 0..40),
            body in prop::collection::vec(any::<u8>(), 0..5_000),
            cuts in prop::collection::vec(any::<usize>(), 0..12),
        ) {
            let mut assembler = Assembler::default();
            let mut all = frames(SegmentKind::Command, &command, &cuts);
            all.extend(frames(SegmentKind::Header, &header, &cuts));
            all.extend(frames(SegmentKind::Body, &body, &cuts));
            let last = all.pop().unwrap();
            let mut held = 0;
            for frame in all {
                held += frame.payload.len();
                prop_assert_eq!(assembler.push(frame).unwrap(), None);
                prop_assert_eq!(assembler.held_bytes(), held);
            }
            let assembly = assembler.push(last).unwrap().unwrap();
            prop_assert_eq!(assembly.command, command);
            prop_assert_eq!(assembly.header.unwrap(), header);
            prop_assert_eq!(assembly.body.concat(), body);
            prop_assert_eq!((assembler.is_busy(), assembler.held_bytes()), (false, 0));
        }
    }

    #[test]
    fn a_body_of_one_frame_is_not_copied() {
        let mut assembler = Assembler::default();
        assembler.push(frame(SegmentKind::Command, true, true, b"cmd")).unwrap();
        let body = frame(SegmentKind::Body, true, true, b"small");
        let payload = body.payload.clone();
        let assembly = assembler.push(body).unwrap().unwrap();
        assert_eq!(assembly.body[0].as_ptr(), payload.as_ptr());
    }

    #[test]
    fn many_tiny_frames_become_few_chunks() {
        let mut assembler = Assembler::default();
        assembler.push(frame(SegmentKind::Command, true, true, b"cmd")).unwrap();
        for index in 0..10_000 {
            assembler.push(frame(SegmentKind::Body, index == 0, false, b"x")).unwrap();
        }
        let end = frame(SegmentKind::Body, false, true, &[b'y'; BODY_CHUNK_BYTES_MIN]);
        let assembly = assembler.push(end).unwrap().unwrap();
        let lengths: Vec<_> = assembly.body.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [10_000, BODY_CHUNK_BYTES_MIN]);
    }

    #[test]
    fn refuses_a_segment_that_is_too_long() {
        for (kind, max) in
            [(SegmentKind::Command, COMMAND_BYTES_MAX), (SegmentKind::Header, HEADER_BYTES_MAX)]
        {
            let mut assembler = Assembler::default();
            if kind == SegmentKind::Header {
                assembler.push(frame(SegmentKind::Command, true, true, b"cmd")).unwrap();
            }
            let fill = vec![0; max];
            assert_eq!(assembler.push(frame(kind, true, false, &fill)), Ok(None));
            let error = assembler.push(frame(kind, false, false, b"x"));
            assert_eq!(error, Err(FrameError::TooLong { channel: 1, kind, max }));
        }
    }

    #[test]
    fn refuses_segments_out_of_place() {
        let frame = |kind, is_first_segment, is_first| Frame {
            channel: 1,
            kind,
            is_first_segment,
            is_last_segment: false,
            is_first,
            is_last: true,
            payload: Bytes::new(),
        };
        let push_all = |frames: &[Frame]| {
            let mut assembler = Assembler::default();
            frames.iter().try_for_each(|frame| assembler.push(frame.clone()).map(|_| ()))
        };
        let command = frame(SegmentKind::Command, true, true);
        let body = frame(SegmentKind::Body, false, true);
        let header = frame(SegmentKind::Header, false, true);
        assert!(push_all(&[command.clone(), header.clone(), body.clone()]).is_ok());
        for wrong in [
            vec![header.clone()],
            vec![command.clone(), command.clone()],
            vec![command.clone(), body, header],
            vec![frame(SegmentKind::Command, true, false)],
        ] {
            assert!(matches!(push_all(&wrong), Err(FrameError::OutOfPlace { .. })));
        }
    }
}
