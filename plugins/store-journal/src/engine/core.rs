//! The journal's state behind its lock: the index, the group that is gathered, and the places that
//! come next.
//!
//! Invariants:
//! - a frame has its number, its place and its effect on the index in one step, so the order of
//!   the log, of the files and of the index is one;
//! - nothing here reads or writes a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::MutexGuard;

use super::Kept;
use super::group::{Frames, Group};
use super::index::{Index, Place};
use super::options::Options;
use super::salts::Salts;
use super::segment::{FIRST_FRAME, Segment};
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::format::{
    Encoder, FRAME_BYTES, FrameHeader, FrameKind, Placement, SegmentEnd, SegmentHeader, State,
    Unplaced,
};
use crate::limits::{PENDING_BYTES_MAX, RESERVED_SEGMENTS, SETTLED_STEP_ENTRIES};

/// The shard of frames that are about none.
pub(crate) const NO_SHARD: u32 = u32::MAX;

/// A segment that is there.
#[derive(Debug)]
pub(crate) struct Present<F> {
    pub(crate) segment: Arc<Segment<F>>,
    /// The number of the frame behind its last; none while it is the last segment.
    pub(crate) end: Option<u64>,
    /// The byte behind its last frame.
    pub(crate) end_offset: u64,
}

/// Where the next frame goes.
#[derive(Debug)]
pub(crate) struct Tail<F> {
    pub(crate) segment: Arc<Segment<F>>,
    pub(crate) offset: u64,
    /// Where it has no frame yet but the one that opens it.
    first_offset: u64,
}

#[derive(Debug)]
pub(crate) struct Core<D: Disk, T> {
    pub(crate) options: Options,
    pub(crate) journal: u64,
    pub(crate) index: Index,
    pub(crate) present: BTreeMap<u32, Present<D::File>>,
    pub(crate) tail: Tail<D::File>,
    /// A segment that is made already.
    pub(crate) ready: Option<Arc<Segment<D::File>>>,
    pub(crate) next_segment: u32,
    pub(crate) salts: Salts,
    pub(crate) gathering: Group<D::File, T>,
    pub(crate) in_flight: Option<Arc<Frames<D::File>>>,
    /// The place behind the last byte that was written.
    pub(crate) written: (u32, u64),
    /// Every frame before this number was written.
    pub(crate) written_end: u64,
    pub(crate) next_sequence: u64,
    pub(crate) next_position: u64,
    /// Every frame before this number is durable.
    pub(crate) durable: u64,
    /// The next number where the last frame is a seal.
    pub(crate) sealed: u64,
    /// Segments that were written to since their last sync.
    pub(crate) unsynced: Vec<Arc<Segment<D::File>>>,
    /// Why the journal has stopped.
    pub(crate) stopped: Option<String>,
    pub(crate) free_bytes: u64,
    /// The segment that a frame says is not needed, and that is still there.
    pub(crate) freeing: Option<u32>,
    /// Why the last message was refused, until one is taken again.
    pub(crate) full: Option<String>,
    /// Somebody is at letting go of what was settled, and ends when all of it is.
    pub(crate) lets_go: bool,
}

/// A frame that waits for its place, behind the room for its head.
#[derive(Debug)]
pub(crate) struct Unsent<'a> {
    pub(crate) frame: &'a mut Vec<u8>,
    pub(crate) unplaced: Unplaced,
    pub(crate) shard: u32,
    pub(crate) epoch: u64,
}

impl<F> Tail<F> {
    pub(crate) fn new(segment: Arc<Segment<F>>, offset: u64) -> Self {
        Self { segment, offset, first_offset: offset }
    }
}

impl<D: Disk, T> Core<D, T> {
    /// Gives a frame its number and its place, and applies it.
    pub(crate) fn add(&mut self, disk: &D, unsent: Unsent<'_>) -> FrameHeader {
        let span = unsent.frame.len() as u64;
        let has_room = self.tail.offset + span <= self.tail.segment.header.segment_bytes;
        if !has_room && self.tail.offset > self.tail.first_offset {
            self.roll(disk);
        }
        self.place(unsent)
    }

    /// Begins the next segment with the state that older ones need not be read for.
    pub(crate) fn roll(&mut self, disk: &D) {
        let segment = match self.ready.take() {
            Some(ready) => ready,
            None => Arc::new(Segment::planned(disk, self.plan())),
        };
        let (number, end) = (self.tail.segment.number(), self.next_sequence);
        if let Some(present) = self.present.get_mut(&number) {
            present.end = Some(end);
            present.end_offset = self.tail.offset;
        }
        self.begin(segment);
    }

    /// The header of the next segment.
    pub(crate) fn plan(&mut self) -> SegmentHeader {
        let number = self.next_segment;
        self.next_segment += 1;
        let salt = self.salts.next();
        SegmentHeader {
            journal: self.journal,
            number,
            salt,
            segment_bytes: self.options.segment_bytes,
        }
    }

    /// Makes a segment the last one.
    pub(crate) fn begin(&mut self, segment: Arc<Segment<D::File>>) {
        let ends = self.present.iter().filter(|(number, _)| self.freeing != Some(**number));
        let ends =
            ends.filter_map(|(&segment, present)| Some(SegmentEnd { segment, end: present.end? }));
        let state = State { shards: self.index.shard_states(), segments: ends.collect() };
        let number = segment.number();
        self.index.usages.add(number);
        let present = Present { segment: Arc::clone(&segment), end: None, end_offset: FIRST_FRAME };
        self.present.insert(number, present);
        self.tail = Tail::new(segment, FIRST_FRAME);
        let mut frame = Vec::new();
        let mut encoder = Encoder::new(FrameKind::Append, &mut frame);
        encoder.state(&state);
        let unplaced = encoder.finish();
        self.place(Unsent { frame: &mut frame, unplaced, shard: NO_SHARD, epoch: 0 });
        self.tail.first_offset = self.tail.offset;
    }

    fn place(&mut self, unsent: Unsent<'_>) -> FrameHeader {
        let Unsent { frame, unplaced, shard, epoch } = unsent;
        let header = unplaced.place(Placement {
            sequence: self.next_sequence,
            position: self.next_position,
            durable: self.durable,
            shard,
            epoch,
        });
        let segment = &self.tail.segment;
        if let Some(head) = frame.first_chunk_mut::<FRAME_BYTES>() {
            *head = header.encode(segment.header.salt);
        }
        self.gathering.frames.add(segment, self.tail.offset, frame);
        let payload = frame.get(FRAME_BYTES..).unwrap_or_default();
        let payload = payload.get(..header.payload_bytes as usize).unwrap_or_default();
        self.index.apply(&header, payload, segment.header.number, self.tail.offset);
        self.next_sequence += 1;
        self.next_position += unplaced.positions();
        self.tail.offset += frame.len() as u64;
        header
    }

    /// Lets go of what was settled, in steps between which others get the lock, unless somebody is
    /// at it.
    pub(crate) fn let_go(core: &mut MutexGuard<'_, Self>) {
        if std::mem::replace(&mut core.lets_go, true) {
            return;
        }
        while core.index.let_go(SETTLED_STEP_ENTRIES) {
            MutexGuard::bump(core);
        }
        core.lets_go = false;
    }

    /// The position behind the last operation.
    pub(crate) fn end(&self) -> u64 {
        self.next_position
    }

    /// Somebody waits for what was added.
    pub(crate) fn ticket(&mut self, ticket: T, kept: Kept) {
        self.ticket_lazily(ticket, kept);
        self.gathering.is_awaited = true;
    }

    /// Somebody hears of what was added, and waits for nothing.
    pub(crate) fn ticket_lazily(&mut self, ticket: T, kept: Kept) {
        self.gathering.tickets.push((ticket, kept));
    }

    /// Bytes that wait to be written.
    pub(crate) fn pending_bytes(&self) -> usize {
        self.gathering.frames.buffer.len()
    }

    /// Refuses everything after a failure.
    pub(crate) fn check_running(&self) -> Result<(), JournalError> {
        match &self.stopped {
            Some(reason) => Err(JournalError::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Why an append of so many bytes that adds messages is refused; none where there is room.
    pub(crate) fn is_full(&mut self, span: u64) -> bool {
        self.full = self.full_reason(span);
        self.full.is_some()
    }

    /// Why the next segment would not be begun; none where it would.
    pub(crate) fn full_now(&self) -> Option<String> {
        self.full_reason(self.options.segment_bytes)
    }

    /// Whether there is little room left: publishers had better wait.
    pub(crate) fn is_low(&self) -> bool {
        let Options { segment_bytes, bytes_max, free_bytes_min, .. } = self.options;
        let reserved = RESERVED_SEGMENTS * segment_bytes;
        self.free_bytes < free_bytes_min.saturating_mul(2)
            || (bytes_max > 0 && self.bytes() + reserved > bytes_max / 10 * 9)
    }

    fn full_reason(&self, span: u64) -> Option<String> {
        let Options { segment_bytes, bytes_max, free_bytes_min, .. } = self.options;
        let pending = self.pending_bytes();
        if pending > PENDING_BYTES_MAX {
            return Some(format!("{pending} bytes wait for the disk, which is too slow"));
        }
        if self.free_bytes < free_bytes_min {
            let free = self.free_bytes;
            return Some(format!(
                "the disk has {free} bytes free, fewer than {free_bytes_min} (free_bytes_min)"
            ));
        }
        if bytes_max == 0 || self.tail.offset + span <= segment_bytes {
            return None;
        }
        let reserved = RESERVED_SEGMENTS * segment_bytes;
        let bytes = self.bytes();
        (bytes + reserved + segment_bytes.max(span) > bytes_max).then(|| {
            format!(
                "the segments have {bytes} bytes of {bytes_max} (bytes_max), {reserved} of which \
                 are kept for deletes"
            )
        })
    }

    /// Bytes of all segments.
    pub(crate) fn bytes(&self) -> u64 {
        let closed = self.present.values().filter(|present| present.end.is_some());
        let closed = closed.map(|present| present.end_offset.max(self.options.segment_bytes));
        closed.sum::<u64>() + self.tail.offset.max(self.options.segment_bytes)
    }

    /// Whether a place is not in its file yet.
    fn is_pending(&self, place: Place) -> bool {
        (place.segment, u64::from(place.offset)) >= self.written
    }

    /// Where to read a record: its bytes while they wait to be written, else its segment.
    pub(crate) fn source(&self, place: Place) -> Option<Source<D::File>> {
        if self.is_pending(place) {
            let in_flight = self.in_flight.as_ref().and_then(|frames| frames.find(place));
            let bytes = in_flight.or_else(|| self.gathering.frames.find(place))?;
            return Some(Source::Memory(bytes.to_vec()));
        }
        let present = self.present.get(&place.segment)?;
        Some(Source::File(Arc::clone(&present.segment)))
    }
}

/// Where a record can be read.
#[derive(Debug)]
pub(crate) enum Source<F> {
    Memory(Vec<u8>),
    File(Arc<Segment<F>>),
}

impl<F: DiskFile> Source<F> {
    /// The record's bytes.
    ///
    /// # Errors
    /// A file that fails or is too short.
    pub(crate) fn bytes(self, place: Place) -> Result<Vec<u8>, JournalError> {
        match self {
            Self::Memory(bytes) => Ok(bytes),
            Self::File(segment) => segment.read(u64::from(place.offset), place.bytes as usize),
        }
    }
}
