//! Message bodies: as they arrive, and in pieces to write.
//!
//! Invariants:
//! - what came in one frame is not copied;
//! - many small frames cost what few large ones do.

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use crate::limits::BODY_CHUNK_BYTES_MIN;
use crate::writer::Writer;

/// A body as the slices that arrived.
pub type Body = SmallVec<[Bytes; 1]>;

/// A run of body bytes to write.
#[derive(Clone, Debug)]
pub enum BodyPiece<'a> {
    /// Borrowed: always copied.
    Slice(&'a [u8]),
    /// Shared: kept by reference where it is large.
    Shared(Bytes),
}

impl BodyPiece<'_> {
    /// The bytes to keep: copied where they are borrowed.
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Slice(bytes) => Bytes::copy_from_slice(bytes),
            Self::Shared(bytes) => bytes,
        }
    }

    /// Bytes left.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Slice(bytes) => bytes.len(),
            Self::Shared(bytes) => bytes.len(),
        }
    }

    /// Writes the first `count` bytes and drops them.
    pub(crate) fn put_front(&mut self, count: usize, output: &mut Writer) {
        match self {
            Self::Slice(bytes) => {
                let (front, rest) = bytes.split_at(count.min(bytes.len()));
                output.put(front);
                *bytes = rest;
            }
            Self::Shared(bytes) => {
                let front = bytes.split_to(count.min(bytes.len()));
                output.put_shared(&front);
            }
        }
    }
}

/// A body, which may stay in pieces.
#[derive(Debug, Default)]
pub(crate) struct BodyBuffer {
    chunks: Body,
    /// Small payloads, gathered so that a chunk's bookkeeping is never more than its bytes.
    gathered: BytesMut,
    bytes: usize,
    /// A body segment came, be it empty: that is told apart from none.
    is_there: bool,
}

impl BodyBuffer {
    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes
    }

    /// The next payload.
    pub(crate) fn push(&mut self, payload: Bytes, is_last: bool) {
        self.is_there = true;
        self.bytes += payload.len();
        let is_small = payload.len() < BODY_CHUNK_BYTES_MIN;
        if is_small && !(is_last && self.gathered.is_empty()) {
            self.gathered.extend_from_slice(&payload);
            return;
        }
        self.close_gathered();
        if !payload.is_empty() {
            self.chunks.push(payload);
        }
    }

    fn close_gathered(&mut self) {
        if !self.gathered.is_empty() {
            self.chunks.push(self.gathered.split().freeze());
        }
    }

    /// The body: no chunk where no payload came, one empty chunk where all were empty.
    pub(crate) fn finish(mut self) -> Body {
        self.close_gathered();
        if self.is_there && self.chunks.is_empty() {
            self.chunks.push(Bytes::new());
        }
        self.chunks
    }
}
