//! Goes through the log frame by frame, from its first segment to where it ends, and decides
//! whether the end is one that a crash leaves. It writes nothing.
//!
//! Invariants:
//! - a frame is visited only when every frame before it was;
//! - the log ends before a frame that is not whole only where nothing says that this frame was
//!   durable; otherwise it is damaged, and the walk is an error.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::reader::{FrameFound, Reader};
use super::segment::{FIRST_FRAME, Segment, segment_name};
use super::survey::Survey;
use crate::disk::Disk;
use crate::error::JournalError;
use crate::format::{FrameHeader, FrameKind, Op, Operations, State};

/// The number of the first frame of a journal.
pub(crate) const FIRST_SEQUENCE: u64 = 1;

/// A segment that was walked through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// The number of the frame behind its last.
    pub(crate) end: u64,
    /// The byte behind its last frame.
    pub(crate) end_offset: u64,
}

/// Frames behind the log's end, which were never durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The file in which the log ends.
    pub path: String,
    /// The byte at which it ends.
    pub offset: u64,
    /// Bytes from there to the end of the last frame that is void.
    pub bytes: u64,
    /// Heads of frames that were found, in that file and in later ones.
    pub frames: u64,
}

/// What a walk found.
#[derive(Debug)]
pub(crate) struct Walked {
    /// The segments of the log, by number; the last is where it ends.
    pub(crate) segments: BTreeMap<u32, Ended>,
    pub(crate) next_sequence: u64,
    pub(crate) next_position: u64,
    /// Every frame before this number was durable when a later one was made.
    pub(crate) durable: u64,
    pub(crate) cut: Option<Cut>,
}

/// A frame on the way.
#[derive(Debug)]
pub(crate) struct Visited<'a, F> {
    pub(crate) segment: &'a Arc<Segment<F>>,
    pub(crate) offset: u64,
    pub(crate) header: FrameHeader,
    pub(crate) payload: &'a [u8],
}

/// Who is shown the frames.
pub(crate) type Visit<'v, F> = dyn FnMut(Visited<'_, F>) -> Result<(), JournalError> + 'v;

struct Walk<'a, D: Disk> {
    disk: &'a D,
    survey: &'a Survey<D::File>,
    walked: Walked,
    /// Segments that the last state frame names and that are not there, and who says so.
    owed: BTreeMap<u32, String>,
}

/// Walks through the log.
///
/// # Errors
/// A file that cannot be read; a log that is damaged; a visitor's own.
pub(crate) fn walk<D: Disk>(
    disk: &D,
    survey: &Survey<D::File>,
    visit: &mut Visit<'_, D::File>,
) -> Result<Walked, JournalError> {
    let walked = Walked {
        segments: BTreeMap::new(),
        next_sequence: FIRST_SEQUENCE,
        next_position: 0,
        durable: FIRST_SEQUENCE,
        cut: None,
    };
    let mut walk = Walk { disk, survey, walked, owed: BTreeMap::new() };
    let mut rest = survey.segments.iter();
    for segment in &mut rest {
        if walk.continues(segment)? {
            walk.segment(segment, visit)?;
        }
    }
    walk.end()?;
    Ok(walk.walked)
}

impl<D: Disk> Walk<'_, D> {
    /// Whether the log goes on in this segment: its state frame says that the last segment before
    /// it that is here ends where the walk saw it end.
    fn continues(&mut self, segment: &Segment<D::File>) -> Result<bool, JournalError> {
        let mut reader = Reader::new(segment)?;
        let FrameFound::Whole(header, payload) = reader.frame(FIRST_FRAME)? else {
            return Ok(false);
        };
        let Some(state) = state_of(&header, payload) else { return Ok(false) };
        if header.sequence < self.walked.next_sequence {
            return Ok(false);
        }
        let is_here = |number: u32| self.survey.segments.iter().any(|s| s.number() == number);
        let last = state.segments.iter().rfind(|listed| is_here(listed.segment));
        let is_next = match last {
            Some(last) => {
                self.walked.segments.get(&last.segment).is_some_and(|ended| ended.end == last.end)
            }
            None => true,
        };
        if is_next {
            let owed = state.segments.iter().filter(|listed| !is_here(listed.segment));
            self.owed = owed.map(|listed| (listed.segment, segment.path.clone())).collect();
            self.walked.next_sequence = header.sequence;
        }
        Ok(is_next)
    }

    fn segment(
        &mut self,
        segment: &Arc<Segment<D::File>>,
        visit: &mut Visit<'_, D::File>,
    ) -> Result<(), JournalError> {
        let mut reader = Reader::new(segment)?;
        let mut offset = FIRST_FRAME;
        while let FrameFound::Whole(header, payload) = reader.frame(offset)? {
            if header.sequence != self.walked.next_sequence {
                break;
            }
            self.walked.note(&header);
            for located in Operations::new(&header, payload) {
                if let Op::Freed { segment } = located.op {
                    self.owed.remove(&segment);
                }
            }
            visit(Visited { segment, offset, header, payload })?;
            offset += header.span();
        }
        let ended = Ended { end: self.walked.next_sequence, end_offset: offset };
        self.walked.segments.insert(segment.number(), ended);
        Ok(())
    }

    /// Looks at what is behind the log's end, and whether all segments were there. What is damaged
    /// comes first: behind it stands why others are gone.
    fn end(&mut self) -> Result<(), JournalError> {
        let last = self.walked.segments.last_key_value().map(|(number, ended)| (*number, *ended));
        let mut cut: Option<Cut> = None;
        let Some(first) = self.survey.segments.first() else { return Ok(()) };
        for segment in &self.survey.segments {
            let number = segment.number();
            let begin = match last {
                Some((last, _)) if number < last => continue,
                Some((last, ended)) if number == last => ended.end_offset,
                _ => FIRST_FRAME,
            };
            let end_place = match last {
                Some((last, ended)) => (self.path_of(last), ended.end_offset),
                None => (first.path.clone(), FIRST_FRAME),
            };
            self.behind(segment, begin, &end_place, &mut cut)?;
        }
        if let Some((number, witness_path)) = self.owed.pop_first() {
            let path = self.disk.path(&segment_name(number));
            return Err(JournalError::Missing { path, witness_path });
        }
        self.walked.cut = cut;
        Ok(())
    }

    fn behind(
        &self,
        segment: &Segment<D::File>,
        begin: u64,
        (path, end_offset): &(String, u64),
        cut: &mut Option<Cut>,
    ) -> Result<(), JournalError> {
        let mut reader = Reader::new(segment)?;
        let mut offset = begin;
        let mut opens_segment = false;
        while let Some((found, header)) = reader.next_head(offset)? {
            if offset == FIRST_FRAME && cut.is_none() {
                let missing = header.sequence.saturating_sub(u64::from(found > FIRST_FRAME));
                opens_segment = missing == self.walked.next_sequence;
            }
            if header.durable > self.walked.next_sequence {
                let (path, offset) =
                    if opens_segment { (&segment.path, &FIRST_FRAME) } else { (path, end_offset) };
                return Err(JournalError::Corrupt {
                    path: path.clone(),
                    offset: *offset,
                    sequence: self.walked.next_sequence,
                    witness_path: segment.path.clone(),
                    witness_offset: found,
                });
            }
            let cut = cut.get_or_insert_with(|| Cut {
                path: path.clone(),
                offset: *end_offset,
                bytes: 0,
                frames: 0,
            });
            cut.frames += 1;
            if segment.path == *path {
                cut.bytes = (found + header.span()).saturating_sub(*end_offset);
            }
            // A head inside the operations of a torn frame is none of the log, but a torn frame's
            // length cannot be trusted either: every head is looked at.
            offset = found + crate::format::FRAME_ALIGNMENT as u64;
        }
        Ok(())
    }

    fn path_of(&self, number: u32) -> String {
        self.disk.path(&segment_name(number))
    }
}

impl Walked {
    fn note(&mut self, header: &FrameHeader) {
        self.next_sequence = header.sequence + 1;
        self.durable = self.durable.max(header.durable);
        let positions = match header.kind {
            FrameKind::Append => u64::from(header.operations),
            FrameKind::Copy => 0,
        };
        self.next_position = header.position + positions;
    }
}

/// The state that the first frame of a segment repeats.
fn state_of(header: &FrameHeader, payload: &[u8]) -> Option<State> {
    Operations::new(header, payload).find_map(|located| match located.op {
        Op::State(state) => Some(state),
        _ => None,
    })
}
