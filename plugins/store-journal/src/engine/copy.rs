//! Copies a journal while another process writes to it.
//!
//! A segment behind which there is another is complete: it is copied as it is. The last one is
//! copied up to its last whole frame. Segments are copied in the order of the log. One that is
//! freed before its turn is not missed: what was needed of it stands further on, before the frame
//! that says that it is freed. One that is freed after its turn must not stay: what deleted its
//! messages may be gone as well. The last segment that was copied says which are needed.
//!
//! Invariants:
//! - the source is only read;
//! - a copy of a segment is complete, or ends with a whole frame; one that was used again while it
//!   was copied is no copy;
//! - a pass in which a segment was gone is followed by another, for the log says further on why;
//! - the result is checked as recovery would; where it would be refused, it is copied again, a
//!   bounded number of times.

use std::collections::BTreeSet;

use super::check::{Report, check};
use super::reader::{FrameFound, Reader};
use super::segment::{FIRST_FRAME, Named, Segment, segment_name};
use super::survey::open;
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::format::{Op, Operations, SEGMENT_HEADER_BYTES, SegmentHeader};
use crate::limits::{COPY_PASSES_MAX, READ_WINDOW_BYTES};

/// What was copied.
#[derive(Debug)]
pub(crate) struct Copied {
    /// What the copy is like.
    pub(crate) report: Report,
    /// Whether nothing that was needed went away to the last.
    pub(crate) is_whole: bool,
    /// How often the directory was gone through.
    pub(crate) passes: usize,
}

/// Copies a journal into an empty directory.
///
/// # Errors
/// A disk that fails. A journal that is damaged is copied, and the report says so.
pub(crate) fn copy<S: Disk, T: Disk>(source: &S, target: &T) -> Result<Copied, JournalError> {
    let mut copy = Copy { source, target, complete: BTreeSet::new() };
    let mut passes = 0;
    loop {
        passes += 1;
        let is_last_pass = passes >= COPY_PASSES_MAX;
        let is_whole = copy.pass()?;
        if !is_whole && !is_last_pass {
            continue;
        }
        copy.prune()?;
        let synced = target.sync_directory();
        synced.map_err(JournalError::io(target.path(""), "sync the directory"))?;
        let report = check(target)?;
        if report.faults.is_empty() || is_last_pass {
            return Ok(Copied { report, is_whole, passes });
        }
    }
}

struct Copy<'a, S, T> {
    source: &'a S,
    target: &'a T,
    /// Segments whose copies need not be made again.
    complete: BTreeSet<u32>,
}

/// How the copy of a segment ended.
enum Outcome {
    Complete,
    /// It was the last, and may have grown since.
    UpToNow,
    /// It was freed meanwhile.
    Gone,
}

impl<S: Disk, T: Disk> Copy<'_, S, T> {
    /// Copies what is not complete; answers whether all of it was still there.
    fn pass(&mut self) -> Result<bool, JournalError> {
        let io = JournalError::io(self.source.path(""), "list the directory");
        let names = self.source.names().map_err(io)?;
        let numbers: BTreeSet<u32> = names.into_iter().filter_map(number).collect();
        let mut is_whole = true;
        for &number in &numbers {
            if self.complete.contains(&number) {
                continue;
            }
            match self.segment(number, &numbers)? {
                Outcome::Complete => {
                    self.complete.insert(number);
                }
                Outcome::UpToNow => {}
                Outcome::Gone => {
                    is_whole = false;
                    self.forget(number)?;
                }
            }
        }
        Ok(is_whole)
    }

    /// Removes the copies of segments that the last one does not need.
    fn prune(&mut self) -> Result<(), JournalError> {
        let io = JournalError::io(self.target.path(""), "list the directory");
        let names = self.target.names().map_err(io)?;
        let numbers: BTreeSet<u32> = names.into_iter().filter_map(number).collect();
        for &last in numbers.iter().rev() {
            // What cannot be opened is damage, which the check names.
            let Ok(segment) = open(self.target, last) else { return Ok(()) };
            let Some(needed) = needed_by(&segment)? else { continue };
            for &number in numbers.range(..last).filter(|number| !needed.contains(*number)) {
                self.forget(number)?;
            }
            return Ok(());
        }
        Ok(())
    }

    fn segment(&self, number: u32, numbers: &BTreeSet<u32>) -> Result<Outcome, JournalError> {
        let Some(segment) = self.find(number)? else { return Ok(Outcome::Gone) };
        // Decided before anything is read: what is complete then is complete when it is read.
        let is_complete = self.has_begun_behind(number, numbers)?;
        let file_bytes = segment.file()?.len();
        let file_bytes =
            file_bytes.map_err(JournalError::io(segment.path.clone(), "see the length"))?;
        let until = if is_complete { file_bytes } else { end_of_frames(&segment)? };
        let target = self.write(&segment, until, file_bytes)?;
        if !is_still(&segment)? {
            return Ok(Outcome::Gone);
        }
        let name = self.target.path(&segment.name);
        target.sync_data().map_err(JournalError::io(name, "sync"))?;
        Ok(if is_complete { Outcome::Complete } else { Outcome::UpToNow })
    }

    /// Opens a segment, where it is still there.
    fn find(&self, number: u32) -> Result<Option<Segment<S::File>>, JournalError> {
        match open(self.source, number) {
            Ok(segment) => Ok(Some(segment)),
            Err(error) => {
                let names = self.source.names().unwrap_or_default();
                let is_there = names.contains(&segment_name(number));
                if is_there { Err(error) } else { Ok(None) }
            }
        }
    }

    /// Whether a later segment has a frame: then this one gets no more.
    fn has_begun_behind(&self, number: u32, numbers: &BTreeSet<u32>) -> Result<bool, JournalError> {
        for &later in numbers.range(number + 1..) {
            let Some(segment) = self.find(later)? else { continue };
            if let FrameFound::Whole(..) = Reader::new(&segment)?.frame(FIRST_FRAME)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn write(
        &self,
        segment: &Segment<S::File>,
        until: u64,
        file_bytes: u64,
    ) -> Result<T::File, JournalError> {
        let path = self.target.path(&segment.name);
        let io = |action| JournalError::io(path.clone(), action);
        let target = self.target.create(&segment.name).map_err(io("make the file"))?;
        let mut offset = 0;
        while offset < until {
            let left = usize::try_from(until - offset).unwrap_or(usize::MAX);
            let mut piece = vec![0; left.min(READ_WINDOW_BYTES)];
            let read = segment.file()?.read_at(&mut piece, offset);
            let read = read.map_err(JournalError::io(segment.path.clone(), "read"))?;
            if read == 0 {
                break;
            }
            piece.truncate(read);
            target.write_at(&piece, offset).map_err(io("write"))?;
            offset += read as u64;
        }
        target.set_len(file_bytes).map_err(io("set the length"))?;
        Ok(target)
    }

    fn forget(&mut self, number: u32) -> Result<(), JournalError> {
        self.complete.remove(&number);
        let name = segment_name(number);
        let names = self.target.names().unwrap_or_default();
        if !names.contains(&name) {
            return Ok(());
        }
        self.target.remove(&name).map_err(JournalError::io(self.target.path(&name), "remove"))
    }
}

/// The segments that this one needs; none where it has no frame.
fn needed_by<F: DiskFile>(segment: &Segment<F>) -> Result<Option<BTreeSet<u32>>, JournalError> {
    let mut reader = Reader::new(segment)?;
    let mut needed: Option<BTreeSet<u32>> = None;
    let (mut offset, mut sequence) = (FIRST_FRAME, 0);
    while let FrameFound::Whole(header, payload) = reader.frame(offset)?
        && header.sequence >= sequence
    {
        for located in Operations::new(&header, payload) {
            match (located.op, &mut needed) {
                (Op::State(state), None) => {
                    needed = Some(state.segments.iter().map(|end| end.segment).collect());
                }
                (Op::Freed { segment }, Some(needed)) => {
                    needed.remove(&segment);
                }
                _ => {}
            }
        }
        (offset, sequence) = (offset + header.span(), header.sequence + 1);
    }
    Ok(needed)
}

fn number(name: String) -> Option<u32> {
    match Named::of(name) {
        Named::Segment(number) => Some(number),
        _ => None,
    }
}

/// The byte behind the last frame that is whole.
fn end_of_frames<F: DiskFile>(segment: &Segment<F>) -> Result<u64, JournalError> {
    let mut reader = Reader::new(segment)?;
    let (mut offset, mut sequence) = (FIRST_FRAME, 0);
    let mut is_fresh = false;
    loop {
        match reader.frame(offset)? {
            FrameFound::Whole(header, _) if header.sequence >= sequence => {
                (offset, sequence) = (offset + header.span(), header.sequence + 1);
                is_fresh = false;
            }
            // What was read ahead may be older than what is there.
            _ if !is_fresh => {
                reader = Reader::new(segment)?;
                is_fresh = true;
            }
            _ => break,
        }
    }
    // A later frame that knows of more: this is damage, which a copy must not hide.
    match reader.next_head(offset)? {
        Some((_, head)) if head.durable > sequence => segment_bytes(segment),
        _ => Ok(offset),
    }
}

fn segment_bytes<F: DiskFile>(segment: &Segment<F>) -> Result<u64, JournalError> {
    segment.file()?.len().map_err(JournalError::io(segment.path.clone(), "see the length"))
}

/// Whether the file is still the segment that was opened: one that is used again has another
/// header before anything else.
fn is_still<F: DiskFile>(segment: &Segment<F>) -> Result<bool, JournalError> {
    let block = segment.read(0, usize::try_from(SEGMENT_HEADER_BYTES).unwrap_or_default())?;
    Ok(SegmentHeader::parse(&block) == Ok(segment.header))
}
