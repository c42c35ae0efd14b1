//! Output of a connection: small writes are gathered, large bodies are kept by reference.
//!
//! A [`Writer`] is a queue of chunks with a tail that still grows. It is a [`Buf`], so a socket's
//! vectored write takes from its front.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::limits::WRITE_COPY_BYTES_MAX;

/// Bytes of the tail's first allocation.
const TAIL_BYTES: usize = 16 * 1024;

/// Bytes that are moved elsewhere so that the room which they are in serves somebody else: some
/// confirms.
const MOVED_BYTES_MAX: usize = 256;

/// What waits to be written, in order.
#[derive(Debug, Default)]
pub struct Writer {
    chunks: VecDeque<Bytes>,
    tail: BytesMut,
    pending: usize,
    bytes: u64,
    frames: u64,
}

impl Writer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes that wait.
    pub fn len(&self) -> usize {
        self.pending
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.pending == 0
    }

    /// Bytes that were ever appended.
    pub fn bytes_in_all(&self) -> u64 {
        self.bytes
    }

    /// Frames that were ever begun.
    pub fn frames_in_all(&self) -> u64 {
        self.frames
    }

    /// A frame begins.
    pub(crate) fn count_frame(&mut self) {
        self.frames += 1;
    }

    /// Appends a copy of `bytes`.
    pub fn put(&mut self, bytes: &[u8]) {
        if self.tail.capacity() == 0 {
            self.tail.reserve(TAIL_BYTES);
        }
        self.tail.put_slice(bytes);
        self.pending += bytes.len();
        self.bytes += bytes.len() as u64;
    }

    /// Appends copies of small pieces, with room made once for all.
    pub(crate) fn put_pieces<const N: usize>(&mut self, pieces: [&[u8]; N]) {
        let bytes = pieces.iter().map(|piece| piece.len()).sum();
        self.tail.reserve(if self.tail.capacity() == 0 { TAIL_BYTES.max(bytes) } else { bytes });
        for piece in pieces {
            self.tail.put_slice(piece);
        }
        self.pending += bytes;
        self.bytes += bytes as u64;
    }

    /// Appends `bytes`: a large piece by reference, a small one as a copy.
    pub fn put_shared(&mut self, bytes: &Bytes) {
        if bytes.len() <= WRITE_COPY_BYTES_MAX {
            self.put(bytes);
            return;
        }
        self.close_tail();
        self.pending += bytes.len();
        self.bytes += bytes.len() as u64;
        self.chunks.push_back(bytes.clone());
    }

    /// Takes away the room for small writes where nothing waits, or little, which moves out of it:
    /// a writer that rests costs nothing, and one that waits not much. None where there is no room
    /// that would serve another.
    pub fn take_room(&mut self) -> Option<BytesMut> {
        if self.tail.len() > MOVED_BYTES_MAX || !self.chunks.is_empty() {
            return None;
        }
        // What was written from its front is room again.
        if self.tail.is_empty() && !self.tail.try_reclaim(TAIL_BYTES) {
            self.tail = BytesMut::new();
        }
        if self.tail.capacity() < TAIL_BYTES {
            return None;
        }
        let mut room = std::mem::take(&mut self.tail);
        if !room.is_empty() {
            self.tail.extend_from_slice(&room);
            room.clear();
        }
        Some(room)
    }

    /// Lends room for small writes, empty, where this writer has none.
    pub fn lend_room(&mut self, room: impl FnOnce() -> BytesMut) {
        if self.tail.capacity() == 0 {
            self.tail = room();
        }
    }

    /// The first of what waits, at most so many bytes, for a vectored write; how many slices.
    pub fn slices<'a>(&'a self, bytes_max: usize, slices: &mut [IoSlice<'a>]) -> usize {
        let tail: &[u8] = &self.tail;
        let all = self.chunks.iter().map(|chunk| &chunk[..]).chain([tail]);
        let (mut left, mut count) = (bytes_max, 0);
        for (slot, chunk) in slices.iter_mut().zip(all.filter(|chunk| !chunk.is_empty())) {
            if left == 0 {
                break;
            }
            let chunk = chunk.get(..left).unwrap_or(chunk);
            *slot = IoSlice::new(chunk);
            left -= chunk.len();
            count += 1;
        }
        count
    }

    /// Takes back what waits from a place on, counted as [`Writer::bytes_in_all`] counts.
    pub fn drop_from(&mut self, place: u64) {
        let dropped = usize::try_from(self.bytes.saturating_sub(place)).unwrap_or(usize::MAX);
        let mut left = self.pending.saturating_sub(dropped);
        self.bytes -= (self.pending - left) as u64;
        self.pending = left;
        self.close_tail();
        for chunk in &mut self.chunks {
            chunk.truncate(left);
            left -= chunk.len();
        }
        self.chunks.retain(|chunk| !chunk.is_empty());
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            self.chunks.push_back(self.tail.split().freeze());
        }
    }
}

impl Buf for Writer {
    fn remaining(&self) -> usize {
        self.pending
    }

    fn chunk(&self) -> &[u8] {
        self.chunks.front().map_or(&self.tail, |front| front)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let tail: &[u8] = &self.tail;
        let all = self.chunks.iter().map(|chunk| &chunk[..]).chain([tail]);
        let mut count = 0;
        for (slot, chunk) in slices.iter_mut().zip(all.filter(|chunk| !chunk.is_empty())) {
            *slot = IoSlice::new(chunk);
            count += 1;
        }
        count
    }

    fn advance(&mut self, count: usize) {
        let mut left = count.min(self.pending);
        self.pending -= left;
        while left > 0 {
            let Some(front) = self.chunks.front_mut() else {
                self.tail.advance(left.min(self.tail.len()));
                break;
            };
            if front.len() > left {
                front.advance(left);
                return;
            }
            left -= front.len();
            self.chunks.pop_front();
        }
        if self.pending == 0 {
            self.tail.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_order_over_copies_and_references() {
        let mut writer = Writer::new();
        let large = Bytes::from(vec![7u8; WRITE_COPY_BYTES_MAX + 1]);
        writer.put(b"ab");
        writer.put_shared(&large);
        writer.put_shared(&Bytes::from_static(b"c"));
        let mut expected = b"ab".to_vec();
        expected.extend_from_slice(&large);
        expected.push(b'c');
        assert_eq!(writer.len(), expected.len());
        let mut slices = [IoSlice::new(&[]); 8];
        assert_eq!(writer.chunks_vectored(&mut slices), 3);
        writer.advance(1);
        assert_eq!(writer.copy_to_bytes(writer.remaining()), expected[1..]);
        assert!(writer.is_empty());
        writer.put(b"more");
        assert_eq!(writer.chunk(), b"more");
    }

    #[test]
    fn a_part_of_what_waits_is_written_and_the_rest_taken_back() {
        let mut writer = Writer::new();
        writer.put(b"abc");
        writer.advance(1);
        writer.put_shared(&Bytes::from(vec![7u8; WRITE_COPY_BYTES_MAX + 1]));
        let place = writer.bytes_in_all();
        writer.put(b"rest");
        let mut slices = [IoSlice::new(&[]); 8];
        let count = writer.slices(5, &mut slices);
        let got: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.to_vec()).collect();
        assert_eq!(got, b"bc\x07\x07\x07");
        writer.drop_from(place);
        assert_eq!(writer.bytes_in_all(), place);
        assert_eq!(writer.remaining(), 2 + WRITE_COPY_BYTES_MAX + 1);
        writer.put(b"!");
        let all = writer.copy_to_bytes(writer.remaining());
        assert!(all.starts_with(b"bc\x07") && all.ends_with(b"\x07!"));
    }

    #[test]
    fn room_is_taken_from_a_writer_that_rests_and_lent_to_another() {
        let mut writer = Writer::new();
        writer.put(b"ab");
        let room = writer.take_room().unwrap();
        assert!(room.capacity() >= TAIL_BYTES && room.is_empty());
        assert_eq!(writer.chunk(), b"ab", "little waits, elsewhere");
        writer.advance(2);
        assert_eq!((writer.take_room(), writer.tail.capacity()), (None, 0));
        writer.put(b"ab");
        writer.advance(2);
        let written = writer.take_room().unwrap();
        assert!(written.capacity() >= TAIL_BYTES, "what was written is room again");
        writer.put(b"ab");
        assert!(writer.take_room().is_some());
        assert_eq!(writer.take_room(), None, "what is left is not worth it");
        let mut other = Writer::new();
        other.lend_room(|| room);
        other.put(b"cd");
        other.lend_room(|| panic!("it has some"));
        assert_eq!(other.chunk(), b"cd");
        other.put(&[0; MOVED_BYTES_MAX]);
        assert_eq!(other.take_room(), None, "much waits");
    }

    #[derive(Clone, Debug)]
    enum Operation {
        Put(usize),
        PutShared(usize),
        Advance(usize),
    }

    fn operation() -> impl Strategy<Value = Operation> {
        let length = || 0..3 * WRITE_COPY_BYTES_MAX;
        prop_oneof![
            length().prop_map(Operation::Put),
            length().prop_map(Operation::PutShared),
            length().prop_map(Operation::Advance),
        ]
    }

    proptest! {
        #[test]
        fn behaves_like_a_queue_of_bytes(operations in prop::collection::vec(operation(), 0..40)) {
            let mut writer = Writer::new();
            let mut model: Vec<u8> = Vec::new();
            let mut next = 0u8;
            for operation in operations {
                match operation {
                    Operation::Advance(count) => {
                        let count = count.min(model.len());
                        writer.advance(count);
                        model.drain(..count);
                    }
                    Operation::Put(length) => {
                        next = next.wrapping_add(1);
                        writer.put(&vec![next; length]);
                        model.extend(vec![next; length]);
                    }
                    Operation::PutShared(length) => {
                        next = next.wrapping_add(1);
                        writer.put_shared(&Bytes::from(vec![next; length]));
                        model.extend(vec![next; length]);
                    }
                }
                prop_assert_eq!((writer.len(), writer.is_empty()), (model.len(), model.is_empty()));
                let mut slices = [IoSlice::new(&[]); 64];
                let count = writer.chunks_vectored(&mut slices);
                let pending: Vec<u8> = slices[..count].iter().flat_map(|s| s.to_vec()).collect();
                prop_assert_eq!(&pending, &model);
                prop_assert!(model.starts_with(writer.chunk()));
                prop_assert_eq!(writer.chunk().is_empty(), model.is_empty());
            }
        }
    }
}
