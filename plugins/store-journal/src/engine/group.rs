//! Frames that go to the disk together.

use std::sync::Arc;

use super::Kept;
use super::index::Place;
use super::segment::Segment;

/// Frames in a row in one segment, and where in the buffer they are.
#[derive(Debug)]
pub(crate) struct Extent<F> {
    pub(crate) segment: Arc<Segment<F>>,
    pub(crate) offset: u64,
    begin: usize,
    bytes: usize,
}

/// Frames that wait to be written, or that are being written.
#[derive(Debug)]
pub(crate) struct Frames<F> {
    pub(crate) buffer: Vec<u8>,
    pub(crate) extents: Vec<Extent<F>>,
}

/// Frames with the tickets of those who wait for them.
#[derive(Debug)]
pub(crate) struct Group<F, T> {
    pub(crate) frames: Frames<F>,
    pub(crate) tickets: Vec<(T, Kept)>,
    /// Somebody waits for it.
    pub(crate) is_awaited: bool,
}

/// What was gathered for a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// Nothing.
    Nothing,
    /// Something that nobody waits for.
    Unawaited,
    /// Something that somebody waits for.
    Awaited,
}

impl<F> Default for Frames<F> {
    fn default() -> Self {
        Self { buffer: Vec::new(), extents: Vec::new() }
    }
}

impl<F, T> Default for Group<F, T> {
    fn default() -> Self {
        Self::over(Frames::default())
    }
}

impl<F, T> Group<F, T> {
    /// An empty one in this room.
    pub(crate) fn over(room: Frames<F>) -> Self {
        Self { frames: room, tickets: Vec::new(), is_awaited: false }
    }

    pub(crate) fn gathered(&self) -> Gathered {
        match (self.is_awaited, self.tickets.is_empty() && self.frames.extents.is_empty()) {
            (true, _) => Gathered::Awaited,
            (false, true) => Gathered::Nothing,
            (false, false) => Gathered::Unawaited,
        }
    }
}

impl<F> Frames<F> {
    /// Adds a frame whose place is the one behind the last, or the first of another segment.
    pub(crate) fn add(&mut self, segment: &Arc<Segment<F>>, offset: u64, frame: &[u8]) {
        let begin = self.buffer.len();
        self.buffer.extend_from_slice(frame);
        match self.extents.last_mut() {
            Some(last) if Arc::ptr_eq(&last.segment, segment) => last.bytes += frame.len(),
            _ => {
                let segment = Arc::clone(segment);
                self.extents.push(Extent { segment, offset, begin, bytes: frame.len() });
            }
        }
    }

    /// The bytes of an extent.
    pub(crate) fn bytes_of(&self, extent: &Extent<F>) -> &[u8] {
        self.buffer.get(extent.begin..extent.begin + extent.bytes).unwrap_or_default()
    }

    /// The bytes at a place, where they are here.
    pub(crate) fn find(&self, place: Place) -> Option<&[u8]> {
        let extent = self.extents.iter().find(|extent| {
            extent.segment.header.number == place.segment
                && extent.offset <= u64::from(place.offset)
                && u64::from(place.offset) < extent.offset + extent.bytes as u64
        })?;
        let inside = usize::try_from(u64::from(place.offset) - extent.offset).ok()?;
        self.bytes_of(extent).get(inside..)?.get(..place.bytes as usize)
    }

    /// Forgets everything but the room.
    pub(crate) fn clear(&mut self, kept_bytes_max: usize) {
        self.extents.clear();
        self.buffer.clear();
        self.buffer.shrink_to(kept_bytes_max);
    }
}
