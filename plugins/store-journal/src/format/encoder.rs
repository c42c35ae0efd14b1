//! Writes the operations of a frame behind the room for its head, and sums them up on the way.

use philter_plugin_api::QueueRecord;

use super::frame::{FRAME_ALIGNMENT, FRAME_BYTES, FrameHeader, FrameKind};
use super::operation::{
    ACQUIRE, DELETE, FREED, MARK, META, PURGE, PUT, PUT_BYTES, PUT_UNCOVERED_BYTES, QUEUE_BYTES,
    SEAL, STATE, STORE_META, STORE_REMOVE,
};
use super::state::{State, length};

/// One frame that is being encoded.
#[derive(Debug)]
pub(crate) struct Encoder<'a> {
    buffer: &'a mut Vec<u8>,
    kind: FrameKind,
    crc: u32,
    operations: u32,
}

impl<'a> Encoder<'a> {
    /// A frame without operations; what the buffer held is gone.
    pub(crate) fn new(kind: FrameKind, buffer: &'a mut Vec<u8>) -> Self {
        buffer.clear();
        buffer.resize(FRAME_BYTES, 0);
        Self { buffer, kind, crc: 0, operations: 0 }
    }

    /// Bytes of the frame so far.
    pub(crate) fn bytes(&self) -> usize {
        self.buffer.len()
    }

    /// How many operations there are so far.
    pub(crate) fn operations(&self) -> u32 {
        self.operations
    }

    /// What the next operation's position was; only in a frame of copies.
    pub(crate) fn at(&mut self, position: u64) -> &mut Self {
        self.crc = crc32c::crc32c_append(self.crc, &position.to_le_bytes());
        self.buffer.extend(position.to_le_bytes());
        self
    }

    pub(crate) fn put(&mut self, message: u64, queues: &[QueueRecord], header: &[u8], body: &[u8]) {
        let begin = self.buffer.len();
        let mut head = [0; PUT_BYTES];
        let words = [u64::from(PUT), 0, 0, message];
        let sizes = [header.len(), body.len(), queues.len()].map(length);
        head.chunks_exact_mut(8).zip(words).for_each(|(to, word)| {
            to.copy_from_slice(&word.to_le_bytes());
        });
        head.chunks_exact_mut(4)
            .skip(2)
            .zip(sizes)
            .for_each(|(to, size)| to.copy_from_slice(&size));
        self.buffer.reserve(head.len() + queues.len() * QUEUE_BYTES + header.len() + body.len());
        self.buffer.extend_from_slice(&head);
        for QueueRecord { queue, id } in queues {
            self.buffer.extend_from_slice(&queue.to_le_bytes());
            self.buffer.extend_from_slice(&id.to_le_bytes());
        }
        self.buffer.extend_from_slice(header);
        self.buffer.extend_from_slice(body);
        let Some((head, covered)) =
            self.buffer.get_mut(begin..).and_then(|put| put.split_at_mut_checked(8))
        else {
            return;
        };
        let crc = crc32c::crc32c(covered).to_le_bytes();
        if let Some(place) = head.last_chunk_mut::<4>() {
            *place = crc;
        }
        debug_assert_eq!(head.len(), PUT_UNCOVERED_BYTES);
        self.crc = crc32c::crc32c_append(self.crc, head);
        self.operations += 1;
    }

    pub(crate) fn delete(&mut self, queue: u64, first: u64, count: u32) {
        self.numbers(DELETE, count, [queue, first]);
    }

    pub(crate) fn mark(&mut self, record: QueueRecord, delivery_count: u32) {
        self.numbers(MARK, delivery_count, [record.queue, record.id]);
    }

    pub(crate) fn meta(&mut self, key: &str, value: &[u8]) {
        self.key_and_value(META, key, value);
    }

    pub(crate) fn store_meta(&mut self, key: &str, value: &[u8]) {
        self.key_and_value(STORE_META, key, value);
    }

    pub(crate) fn store_remove(&mut self, key: &str) {
        self.text(STORE_REMOVE, key);
    }

    /// An operation as another frame has it; not a put.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        self.buffer.extend_from_slice(bytes);
        self.operations += 1;
    }

    pub(crate) fn purge(&mut self, queue: u64) {
        self.operation(PURGE, |buffer| buffer.extend(queue.to_le_bytes()));
    }

    pub(crate) fn acquire(&mut self, node: &str) {
        self.text(ACQUIRE, node);
    }

    pub(crate) fn freed(&mut self, segment: u32) {
        self.operation(FREED, |buffer| buffer.extend(segment.to_le_bytes()));
    }

    pub(crate) fn state(&mut self, state: &State) {
        self.operation(STATE, |buffer| state.encode(buffer));
    }

    pub(crate) fn seal(&mut self) {
        self.operation(SEAL, |_| {});
    }

    /// Ends the frame with its padding. Its head is written where its place is known.
    pub(crate) fn finish(self) -> Unplaced {
        let payload_bytes = self.buffer.len().saturating_sub(FRAME_BYTES);
        self.buffer.resize(self.buffer.len().next_multiple_of(FRAME_ALIGNMENT), 0);
        Unplaced {
            kind: self.kind,
            payload_bytes: u32::try_from(payload_bytes).unwrap_or(u32::MAX),
            payload_crc: self.crc,
            operations: self.operations,
        }
    }

    fn text(&mut self, kind: u8, text: &str) {
        self.operation(kind, |buffer| {
            buffer.extend(length(text.len()));
            buffer.extend_from_slice(text.as_bytes());
        });
    }

    fn key_and_value(&mut self, kind: u8, key: &str, value: &[u8]) {
        self.operation(kind, |buffer| {
            buffer.extend(length(key.len()));
            buffer.extend_from_slice(key.as_bytes());
            buffer.extend(length(value.len()));
            buffer.extend_from_slice(value);
        });
    }

    fn numbers(&mut self, kind: u8, small: u32, large: [u64; 2]) {
        let mut bytes = [0; 24];
        let words = [u64::from(kind) | u64::from(small) << 32, large[0], large[1]];
        bytes.chunks_exact_mut(8).zip(words).for_each(|(to, word)| {
            to.copy_from_slice(&word.to_le_bytes());
        });
        self.crc = crc32c::crc32c_append(self.crc, &bytes);
        self.buffer.extend_from_slice(&bytes);
        self.operations += 1;
    }

    fn operation(&mut self, kind: u8, fields: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.buffer.len();
        self.buffer.extend([kind, 0, 0, 0]);
        fields(self.buffer);
        let bytes = self.buffer.get(begin..).unwrap_or_default();
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        self.operations += 1;
    }
}

/// What is known of a frame before it has its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unplaced {
    kind: FrameKind,
    payload_bytes: u32,
    payload_crc: u32,
    operations: u32,
}

/// What a frame's place and time add.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placement {
    pub(crate) sequence: u64,
    pub(crate) position: u64,
    pub(crate) durable: u64,
    pub(crate) shard: u32,
    pub(crate) epoch: u64,
}

impl Unplaced {
    /// Positions that its operations take.
    pub(crate) fn positions(&self) -> u64 {
        match self.kind {
            FrameKind::Append => u64::from(self.operations),
            FrameKind::Copy => 0,
        }
    }

    /// The head.
    pub(crate) fn place(&self, placement: Placement) -> FrameHeader {
        let Self { kind, payload_bytes, payload_crc, operations } = *self;
        let Placement { sequence, position, durable, shard, epoch } = placement;
        FrameHeader {
            kind,
            sequence,
            position,
            durable,
            payload_bytes,
            payload_crc,
            operations,
            shard,
            epoch,
        }
    }
}
