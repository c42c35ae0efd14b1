//! Reads all of a journal and says what every file is, without writing and without giving up at
//! the first fault.
//!
//! A frame that is not whole is where the log ends, or it is damage. It is damage where a later
//! segment counts it, or where a later frame says that it was durable.

use std::collections::BTreeMap;

use super::index::Index;
use super::reader::{FrameFound, Reader};
use super::segment::{FIRST_FRAME, Named, Segment};
use super::survey::{Survey, open};
use super::walk::{FIRST_SEQUENCE, Visited, Walked, walk};
use crate::disk::Disk;
use crate::error::JournalError;
use crate::format::{FRAME_ALIGNMENT, FrameHeader, Op, Operations};

/// What a journal is like.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Its segments, ascending.
    pub(crate) segments: Vec<SegmentReport>,
    /// Files that are kept to be used again.
    pub(crate) spares: Vec<String>,
    /// Files that are none of the journal's.
    pub(crate) unknown: Vec<String>,
    /// What is damaged, in the order of files and bytes.
    pub(crate) faults: Vec<JournalError>,
    /// Messages that are live.
    pub(crate) messages: usize,
}

/// What a segment holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentReport {
    pub(crate) path: String,
    number: u32,
    /// Frames as they were written.
    pub(crate) frames: u64,
    /// Bytes of them.
    pub(crate) bytes: u64,
    /// What it is needed for; none where the journal is too damaged to say.
    pub(crate) live: Option<LiveBytes>,
    /// Where frames were cut short that nobody was promised anything of.
    pub(crate) torn: Option<Torn>,
}

/// What a segment is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LiveBytes {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// Frames that were cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torn {
    pub(crate) offset: u64,
    /// Heads of frames from there on.
    pub(crate) frames: u64,
}

/// Checks a directory.
///
/// # Errors
/// A directory that cannot be listed; everything else is in the report.
pub(crate) fn check<D: Disk>(disk: &D) -> Result<Report, JournalError> {
    let mut report = Report::default();
    let mut scans = Vec::new();
    let io = JournalError::io(disk.path(""), "list the directory");
    let mut names = disk.names().map_err(io)?;
    names.sort_unstable();
    for name in names {
        match Named::of(name) {
            Named::Spare(name) => report.spares.push(disk.path(&name)),
            Named::Unknown(name) => report.unknown.push(disk.path(&name)),
            Named::Segment(number) => match open(disk, number).and_then(|s| Scan::of(&s)) {
                Ok(scan) => scans.push(scan),
                Err(fault) => report.faults.push(fault),
            },
        }
    }
    report.judge(scans);
    report.walk(disk);
    Ok(report)
}

impl Report {
    /// Decides on every place where frames are not whole.
    fn judge(&mut self, scans: Vec<Scan>) {
        let witness = scans.iter().filter_map(|scan| scan.witness.clone());
        let witness = witness.max_by_key(|witness| witness.durable);
        let ends = ends(&scans);
        let mut log_end = FIRST_SEQUENCE;
        for scan in scans {
            let end = ends.get(&scan.number).copied();
            let mut segment = SegmentReport {
                path: scan.path.clone(),
                number: scan.number,
                frames: scan.frames,
                bytes: scan.bytes,
                live: None,
                torn: None,
            };
            for gap in &scan.gaps {
                let sequence = gap.sequence.max(log_end);
                let is_counted = end.is_none_or(|end| sequence < end);
                match witness.as_ref().filter(|w| is_counted && w.durable > sequence) {
                    Some(witness) => {
                        self.faults.push(gap.corrupt(&scan.path, sequence, witness));
                    }
                    None => segment.tear(gap, &scan),
                }
            }
            log_end = log_end.max(scan.next_sequence);
            self.segments.push(segment);
        }
    }

    /// Recovers into an index, as a broker would: what it refuses is a fault.
    fn walk<D: Disk>(&mut self, disk: &D) {
        let mut index = Index::default();
        let walked = Survey::take(disk).and_then(|survey| recover(disk, &survey, &mut index));
        match walked {
            Ok(walked) => {
                self.messages = index.messages();
                for segment in &mut self.segments {
                    let is_used = walked.segments.contains_key(&segment.number);
                    let usage = index.usages.get(segment.number).filter(|_| is_used);
                    let live = usage
                        .map(|usage| LiveBytes { records: usage.records, bytes: usage.live_bytes });
                    segment.live = Some(live.unwrap_or_default());
                }
            }
            Err(fault) if self.faults.iter().any(|known| is_same(known, &fault)) => {}
            Err(fault) => self.faults.push(fault),
        }
    }
}

impl SegmentReport {
    /// Its log ends here, unless it has ended before.
    fn tear(&mut self, gap: &Gap, scan: &Scan) {
        let behind = scan.gaps.iter().filter(|behind| behind.offset >= gap.offset);
        let heads: u64 = behind.map(|gap| gap.heads).sum();
        let void = scan.frames - gap.frames_before + heads;
        if self.torn.is_none() && void > 0 {
            self.torn = Some(Torn { offset: gap.offset, frames: void });
            (self.frames, self.bytes) = (gap.frames_before, gap.bytes_before);
        }
    }
}

/// Goes through the log into an index.
pub(super) fn recover<D: Disk>(
    disk: &D,
    survey: &Survey<D::File>,
    index: &mut Index,
) -> Result<Walked, JournalError> {
    walk(disk, survey, &mut |visited| {
        let Visited { segment, offset, header, payload } = visited;
        if !index.usages.contains(segment.number()) {
            index.usages.add(segment.number());
        }
        index.recover(&header, payload, segment.number(), offset);
        Ok(())
    })
}

/// Whether both are about one place.
fn is_same(one: &JournalError, other: &JournalError) -> bool {
    match (one, other) {
        (
            JournalError::Corrupt { path, offset, .. },
            JournalError::Corrupt { path: other_path, offset: other_offset, .. },
        ) => path == other_path && offset == other_offset,
        _ => one == other,
    }
}

/// Where each segment ends, as the newest segment that knows says.
fn ends(scans: &[Scan]) -> BTreeMap<u32, u64> {
    scans.iter().flat_map(|scan| scan.ends.iter().copied()).collect()
}

/// A frame that vouches for all before a number.
#[derive(Clone, Debug)]
struct Witness {
    path: String,
    offset: u64,
    durable: u64,
}

/// A place where frames are not whole.
#[derive(Clone, Copy, Debug)]
struct Gap {
    offset: u64,
    /// The number that a frame there would have; 0 where the segment has none before.
    sequence: u64,
    /// Heads of frames that are not whole, up to the next frame that is.
    heads: u64,
    frames_before: u64,
    bytes_before: u64,
}

impl Gap {
    fn corrupt(&self, path: &str, sequence: u64, witness: &Witness) -> JournalError {
        JournalError::Corrupt {
            path: path.to_owned(),
            offset: self.offset,
            sequence,
            witness_path: witness.path.clone(),
            witness_offset: witness.offset,
        }
    }
}

/// What the bytes of one segment say.
struct Scan {
    path: String,
    number: u32,
    frames: u64,
    bytes: u64,
    gaps: Vec<Gap>,
    /// Ends of earlier segments.
    ends: Vec<(u32, u64)>,
    witness: Option<Witness>,
    next_sequence: u64,
}

impl Scan {
    fn of<F: crate::disk::DiskFile>(segment: &Segment<F>) -> Result<Self, JournalError> {
        let mut scan = Self {
            path: segment.path.clone(),
            number: segment.number(),
            frames: 0,
            bytes: 0,
            gaps: Vec::new(),
            ends: Vec::new(),
            witness: None,
            next_sequence: 0,
        };
        let mut reader = Reader::new(segment)?;
        let mut offset = FIRST_FRAME;
        loop {
            if let FrameFound::Whole(header, payload) = reader.frame(offset)?
                && header.sequence >= scan.next_sequence
            {
                scan.whole(&header, payload, offset);
                offset += header.span();
                continue;
            }
            let Some((found, head)) = reader.next_head(offset)? else {
                // Behind the last frame is nothing, or something without a head.
                scan.gap(offset, 0);
                return Ok(scan);
            };
            scan.note(&head, found);
            let is_its_own = found == offset;
            scan.gap(offset, u64::from(is_its_own));
            offset = found + if is_its_own { FRAME_ALIGNMENT as u64 } else { 0 };
        }
    }

    fn whole(&mut self, header: &FrameHeader, payload: &[u8], offset: u64) {
        self.frames += 1;
        self.bytes += header.span();
        self.next_sequence = header.sequence + 1;
        self.note(header, offset);
        for located in Operations::new(header, payload) {
            if let Op::State(state) = located.op {
                self.ends.extend(state.segments.iter().map(|end| (end.segment, end.end)));
            }
        }
    }

    fn note(&mut self, header: &FrameHeader, offset: u64) {
        if self.witness.as_ref().is_none_or(|witness| witness.durable < header.durable) {
            let (path, durable) = (self.path.clone(), header.durable);
            self.witness = Some(Witness { path, offset, durable });
        }
    }

    /// Frames are not whole from here on; one place up to the next whole frame.
    fn gap(&mut self, offset: u64, heads: u64) {
        let sequence = self.next_sequence;
        match self.gaps.last_mut() {
            Some(last) if last.sequence == sequence => last.heads += heads,
            _ => {
                let (frames_before, bytes_before) = (self.frames, self.bytes);
                self.gaps.push(Gap { offset, sequence, heads, frames_before, bytes_before });
            }
        }
    }
}
