//! What files there are, before any frame is read.

use std::sync::Arc;

use super::segment::{Named, Segment, spare_number};
use crate::disk::{Disk, DiskFile};
use crate::error::JournalError;
use crate::format::{HeaderFault, SEGMENT_HEADER_BYTES, SegmentHeader};

/// The files of a journal's directory.
#[derive(Debug)]
pub(crate) struct Survey<F> {
    /// Every segment, ascending.
    pub(crate) segments: Vec<Arc<Segment<F>>>,
    /// Files that are kept to be used again.
    pub(crate) spares: Vec<String>,
    /// Files that are none of the journal's.
    pub(crate) unknown: Vec<String>,
}

impl<F: DiskFile> Survey<F> {
    /// Opens every segment and reads its first block.
    ///
    /// # Errors
    /// A file that cannot be read, or is no segment of this journal.
    pub(crate) fn take<D: Disk<File = F>>(disk: &D) -> Result<Self, JournalError> {
        let io = JournalError::io(disk.path(""), "list the directory");
        let mut survey = Self { segments: Vec::new(), spares: Vec::new(), unknown: Vec::new() };
        let mut numbers = Vec::new();
        for name in disk.names().map_err(io)? {
            match Named::of(name) {
                Named::Segment(number) => numbers.push(number),
                Named::Spare(name) => survey.spares.push(name),
                Named::Unknown(name) => survey.unknown.push(name),
            }
        }
        numbers.sort_unstable();
        survey.spares.sort_unstable();
        survey.unknown.sort_unstable();
        for number in numbers {
            let segment = open(disk, number)?;
            survey.check_journal(&segment)?;
            survey.segments.push(Arc::new(segment));
        }
        Ok(survey)
    }

    /// The highest number of a segment or of a spare, 0 where there is none: a segment that is made
    /// must not find a spare under the name that it has on the way.
    pub(crate) fn last_number(&self) -> u32 {
        let spares = self.spares.iter().filter_map(|name| spare_number(name)).max();
        let last = self.segments.last().map(|last| last.number());
        last.max(spares).unwrap_or_default()
    }

    fn check_journal(&self, segment: &Segment<F>) -> Result<(), JournalError> {
        match self.segments.first() {
            Some(first) if first.header.journal != segment.header.journal => {
                let (path, other) = (segment.path.clone(), first.path.clone());
                Err(JournalError::OtherJournal { path, other })
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn open<D: Disk>(disk: &D, number: u32) -> Result<Segment<D::File>, JournalError> {
    let name = super::segment::segment_name(number);
    let path = disk.path(&name);
    let io = |action| JournalError::io(path.clone(), action);
    let file = disk.open(&name).map_err(io("open the file"))?;
    let found = file.len().map_err(io("see the length"))?;
    let mut block = vec![0; usize::try_from(SEGMENT_HEADER_BYTES).unwrap_or_default()];
    let read = file.read_at(&mut block, 0).map_err(io("read"))?;
    if found < SEGMENT_HEADER_BYTES {
        return Err(JournalError::Truncated { path, found, expected: SEGMENT_HEADER_BYTES });
    }
    block.truncate(read);
    let header = SegmentHeader::parse(&block).map_err(|fault| match fault {
        HeaderFault::Foreign => JournalError::Foreign { path: path.clone() },
        HeaderFault::Version { found } => JournalError::Version { path: path.clone(), found },
        HeaderFault::Damaged => JournalError::Header { path: path.clone() },
    })?;
    if header.number != number {
        return Err(JournalError::Number { path, found: header.number });
    }
    if found < header.segment_bytes {
        return Err(JournalError::Truncated { path, found, expected: header.segment_bytes });
    }
    Ok(Segment::found(disk, header, file))
}
