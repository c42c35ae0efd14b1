//! The operations of a frame.
//!
//! Invariant: a put's checksum is over all of it that follows, so one message can be read and
//! checked alone; a frame's is over that checksum and over all bytes of the other operations.

use philter_plugin_api::QueueRecord;

use super::checksum::agrees;
use super::cursor::Cursor;
use super::frame::{FrameHeader, FrameKind};
use super::state::State;

pub(super) const PUT: u8 = 1;
pub(super) const DELETE: u8 = 2;
pub(super) const META: u8 = 3;
pub(super) const MARK: u8 = 4;
pub(super) const PURGE: u8 = 5;
pub(super) const ACQUIRE: u8 = 6;
pub(super) const STORE_META: u8 = 7;
pub(super) const FREED: u8 = 8;
pub(super) const STATE: u8 = 9;
pub(super) const SEAL: u8 = 10;
pub(super) const STORE_REMOVE: u8 = 11;

/// Bytes of a put before its queues.
pub(super) const PUT_BYTES: usize = 32;

/// Bytes of a put that its own checksum does not cover: kind, padding, the checksum.
pub(super) const PUT_UNCOVERED_BYTES: usize = 8;

/// Bytes of an entry in a put.
pub(super) const QUEUE_BYTES: usize = 16;

/// An operation as a frame has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op<'a> {
    /// A message for some queues.
    Put(Put<'a>),
    /// Entries of a queue are settled, those that were put before the operation's position.
    Delete {
        /// The queue.
        queue: u64,
        /// The first entry's id.
        first: u64,
        /// How many ids in a row.
        count: u32,
    },
    /// A key of a shard; an empty value removes it.
    Meta {
        /// The key.
        key: &'a str,
        /// Its value.
        value: &'a [u8],
    },
    /// An entry was handed out so often.
    Mark {
        /// The entry.
        record: QueueRecord,
        /// How often.
        delivery_count: u32,
    },
    /// Every entry of a queue that was put before the operation's position is settled.
    Purge {
        /// The queue.
        queue: u64,
    },
    /// The frame's shard was taken, under the frame's epoch.
    Acquire {
        /// By whom.
        node: &'a str,
    },
    /// A key of the store; its revision is the operation's position and one.
    StoreMeta {
        /// The key.
        key: &'a str,
        /// Its value; an empty one is a value.
        value: &'a [u8],
    },
    /// A key of the store is removed.
    StoreRemove {
        /// The key.
        key: &'a str,
    },
    /// A segment is not needed any more, and may be gone.
    Freed {
        /// Its number.
        segment: u32,
    },
    /// What is to be known of the segments before this one.
    State(State),
    /// Nothing: the frame is there for its durable mark.
    Seal,
}

impl Op<'_> {
    /// Whether it may make a record void that stands elsewhere.
    pub(crate) fn may_be_tombstone(&self) -> bool {
        match self {
            Self::Delete { .. } | Self::Purge { .. } | Self::StoreRemove { .. } => true,
            Self::Meta { value, .. } => value.is_empty(),
            _ => false,
        }
    }
}

/// A message as a frame has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put<'a> {
    /// Its number.
    pub message: u64,
    /// Where it goes.
    pub queues: Queues<'a>,
    /// Its encoded header.
    pub header: &'a [u8],
    /// Its body.
    pub body: &'a [u8],
}

/// The entries of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queues<'a>(&'a [u8]);

impl Queues<'_> {
    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = QueueRecord> {
        self.0.chunks_exact(QUEUE_BYTES).filter_map(|bytes| {
            let mut cursor = Cursor::new(bytes);
            Some(QueueRecord { queue: cursor.u64()?, id: cursor.u64()? })
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len() / QUEUE_BYTES
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Put<'a> {
    /// Reads one put whose checksum is right, from bytes that are it alone.
    pub(crate) fn parse_checked(bytes: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        match parse(&mut cursor)? {
            Op::Put(put) if cursor.rest().is_empty() && is_put_whole(bytes) => Some(put),
            _ => None,
        }
    }
}

/// An operation and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<'a> {
    /// Its position in the log.
    pub position: u64,
    /// Bytes before it in the frame's operations.
    pub offset: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What it says.
    pub op: Op<'a>,
}

/// The operations of a frame in order. It ends early where they cannot be read.
#[derive(Clone, Debug)]
pub struct Operations<'a> {
    kind: FrameKind,
    next_position: u64,
    payload_bytes: usize,
    cursor: Cursor<'a>,
}

impl<'a> Operations<'a> {
    /// The operations of a frame with this head.
    pub fn new(header: &FrameHeader, payload: &'a [u8]) -> Self {
        let FrameHeader { kind, position, .. } = *header;
        let cursor = Cursor::new(payload);
        Self { kind, next_position: position, payload_bytes: payload.len(), cursor }
    }

    /// The same from an operation on, which [`Self::place`] told.
    pub(crate) fn resumed(
        header: &FrameHeader,
        payload: &'a [u8],
        (offset, next_position): (usize, u64),
    ) -> Self {
        let cursor = Cursor::new(payload.get(offset..).unwrap_or_default());
        Self { kind: header.kind, next_position, payload_bytes: payload.len(), cursor }
    }

    /// How far they are read.
    pub(crate) fn place(&self) -> (usize, u64) {
        (self.payload_bytes - self.cursor.rest().len(), self.next_position)
    }

    /// Whether all of a frame is as it was written.
    pub(crate) fn are_whole(header: &FrameHeader, payload: &'a [u8]) -> bool {
        let (mut crc, mut count) = (0, 0_u32);
        let mut operations = Self::new(header, payload);
        loop {
            let before = operations.cursor.rest();
            let Some(Located { bytes, op, .. }) = operations.next() else { break };
            let prefix_bytes = before.len() - operations.cursor.rest().len() - bytes.len();
            crc = crc32c::crc32c_append(crc, before.get(..prefix_bytes).unwrap_or_default());
            let covered = match op {
                Op::Put(_) if !is_put_whole(bytes) => return false,
                Op::Put(_) => bytes.get(..PUT_UNCOVERED_BYTES).unwrap_or_default(),
                _ => bytes,
            };
            crc = crc32c::crc32c_append(crc, covered);
            count += 1;
        }
        let is_read = operations.cursor.rest().is_empty();
        is_read && agrees(header.payload_crc, crc) && count == header.operations
    }
}

impl<'a> Iterator for Operations<'a> {
    type Item = Located<'a>;

    fn next(&mut self) -> Option<Located<'a>> {
        let mut cursor = self.cursor;
        let position = match self.kind {
            FrameKind::Append => self.next_position,
            FrameKind::Copy => cursor.u64()?,
        };
        let before = cursor.rest();
        let offset = self.payload_bytes - before.len();
        let op = parse(&mut cursor)?;
        let bytes = before.get(..before.len() - cursor.rest().len())?;
        self.next_position = position.wrapping_add(1);
        self.cursor = cursor;
        Some(Located { position, offset, bytes, op })
    }
}

/// Reads one operation from bytes that are it alone. No checksum covers it alone.
pub(crate) fn parse_alone(bytes: &[u8]) -> Option<Op<'_>> {
    let mut cursor = Cursor::new(bytes);
    parse(&mut cursor).filter(|_| cursor.rest().is_empty())
}

fn parse<'a>(cursor: &mut Cursor<'a>) -> Option<Op<'a>> {
    let [kind, ..] = cursor.array::<4>()?;
    Some(match kind {
        PUT => Op::Put(parse_put(cursor)?),
        DELETE => {
            let count = cursor.u32()?;
            Op::Delete { queue: cursor.u64()?, first: cursor.u64()?, count }
        }
        META => Op::Meta { key: cursor.text()?, value: cursor.sized()? },
        MARK => {
            let delivery_count = cursor.u32()?;
            let record = QueueRecord { queue: cursor.u64()?, id: cursor.u64()? };
            Op::Mark { record, delivery_count }
        }
        PURGE => Op::Purge { queue: cursor.u64()? },
        ACQUIRE => Op::Acquire { node: cursor.text()? },
        STORE_META => Op::StoreMeta { key: cursor.text()?, value: cursor.sized()? },
        FREED => Op::Freed { segment: cursor.u32()? },
        STATE => Op::State(State::parse(cursor)?),
        SEAL => Op::Seal,
        STORE_REMOVE => Op::StoreRemove { key: cursor.text()? },
        _ => return None,
    })
}

fn parse_put<'a>(cursor: &mut Cursor<'a>) -> Option<Put<'a>> {
    let _crc = cursor.u32()?;
    let header_bytes = cursor.u32()? as usize;
    let body_bytes = cursor.u32()? as usize;
    let queues = cursor.u32()? as usize;
    let _reserved = cursor.u32()?;
    let message = cursor.u64()?;
    let queues = Queues(cursor.take(queues.checked_mul(QUEUE_BYTES)?)?);
    Some(Put {
        message,
        queues,
        header: cursor.take(header_bytes)?,
        body: cursor.take(body_bytes)?,
    })
}

fn is_put_whole(bytes: &[u8]) -> bool {
    let Some((head, covered)) = bytes.split_at_checked(PUT_UNCOVERED_BYTES) else { return false };
    let found = head.last_chunk::<4>().map(|crc| u32::from_le_bytes(*crc));
    found.is_some_and(|found| agrees(found, crc32c::crc32c(covered)))
}
