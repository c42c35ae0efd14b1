//! Reads a segment's file in order, in large pieces.
//!
//! Invariant: no memory is taken for bytes that the file does not have.

use super::segment::Segment;
use crate::disk::DiskFile;
use crate::error::JournalError;
use crate::format::{FRAME_ALIGNMENT, FRAME_BYTES, FrameHeader, Operations, is_marker};
use crate::limits::{FETCH_AHEAD_BYTES, READ_WINDOW_BYTES};

/// What stands where a frame may begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FrameFound<'a> {
    /// A frame as it was written.
    Whole(FrameHeader, &'a [u8]),
    /// No frame, or one that is not as it was written.
    Nothing,
}

/// A segment and a piece of it in memory.
#[derive(Debug)]
pub(crate) struct Reader<'a, F> {
    segment: &'a Segment<F>,
    file: &'a F,
    file_bytes: u64,
    begin: u64,
    window: Vec<u8>,
    /// Everything before this byte is fetched, or on its way.
    fetched: u64,
}

impl<'a, F: DiskFile> Reader<'a, F> {
    /// # Errors
    /// A file that does not say its length.
    pub(crate) fn new(segment: &'a Segment<F>) -> Result<Self, JournalError> {
        let file = segment.file()?;
        let len = file.len().map_err(JournalError::io(segment.path.clone(), "see the length"))?;
        Ok(Self { segment, file, file_bytes: len, begin: 0, window: Vec::new(), fetched: 0 })
    }

    /// Exactly these bytes; none where the file ends before.
    fn bytes(&mut self, offset: u64, bytes: usize) -> Result<Option<&[u8]>, JournalError> {
        match offset.checked_add(bytes as u64) {
            Some(end) if end <= self.file_bytes => {}
            _ => return Ok(None),
        }
        if self.inside(offset, bytes).is_none() {
            self.fill(offset, bytes.max(READ_WINDOW_BYTES))?;
        }
        Ok(self.inside(offset, bytes))
    }

    fn inside(&self, offset: u64, bytes: usize) -> Option<&[u8]> {
        let within = usize::try_from(offset.checked_sub(self.begin)?).ok()?;
        self.window.get(within..within.checked_add(bytes)?)
    }

    fn fill(&mut self, offset: u64, bytes: usize) -> Result<(), JournalError> {
        let left = usize::try_from(self.file_bytes - offset).unwrap_or(usize::MAX);
        self.window.resize(bytes.min(left), 0);
        self.fetch_behind(offset + self.window.len() as u64);
        let read = self.file.read_at(&mut self.window, offset);
        let read = read.map_err(JournalError::io(self.segment.path.clone(), "read"))?;
        self.window.truncate(read);
        self.begin = offset;
        Ok(())
    }

    /// Has read what comes next, while this is gone through.
    fn fetch_behind(&mut self, offset: u64) {
        let begin = offset.max(self.fetched);
        let end = self.file_bytes.min(offset + FETCH_AHEAD_BYTES);
        if begin < end {
            self.file.will_read(begin, end - begin);
            self.fetched = end;
        }
    }

    /// What stands at this byte.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn frame(&mut self, offset: u64) -> Result<FrameFound<'_>, JournalError> {
        let salt = self.segment.header.salt;
        let head = self.bytes(offset, FRAME_BYTES)?;
        let Some(header) = head.and_then(|head| FrameHeader::parse(head, salt)) else {
            return Ok(FrameFound::Nothing);
        };
        let payload = self.bytes(offset + FRAME_BYTES as u64, header.payload_bytes as usize)?;
        Ok(match payload {
            Some(payload) if Operations::are_whole(&header, payload) => {
                FrameFound::Whole(header, payload)
            }
            _ => FrameFound::Nothing,
        })
    }

    /// The next head of a frame at or behind this byte, whatever became of its operations.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn next_head(
        &mut self,
        mut offset: u64,
    ) -> Result<Option<(u64, FrameHeader)>, JournalError> {
        let salt = self.segment.header.salt;
        while self.bytes(offset, FRAME_BYTES)?.is_some() {
            let within = usize::try_from(offset - self.begin).unwrap_or_default();
            let rest = self.window.get(within..).unwrap_or_default();
            let places = rest.chunks(FRAME_ALIGNMENT).enumerate();
            for (number, _) in places.filter(|(_, chunk)| is_marker(chunk)) {
                let at = number * FRAME_ALIGNMENT;
                let head = rest.get(at..).unwrap_or_default();
                if let Some(header) = FrameHeader::parse(head, salt) {
                    return Ok(Some((offset + at as u64, header)));
                }
            }
            // A head at the window's end is looked at again, whole.
            let step = rest.len().saturating_sub(FRAME_BYTES - FRAME_ALIGNMENT);
            offset += (step.max(FRAME_ALIGNMENT) & !(FRAME_ALIGNMENT - 1)) as u64;
        }
        Ok(None)
    }
}
