//! The head of a frame: one append, in one piece.
//!
//! Invariant: a head is valid only with the salt of the file it was written to, so bytes that a
//! file kept from its former use are none.

use super::checksum::agrees;
use super::cursor::Cursor;

/// Bytes of a head; the operations follow.
pub const FRAME_BYTES: usize = 64;

/// Frames begin at multiples of this.
pub const FRAME_ALIGNMENT: usize = 8;

const MARKER: [u8; 4] = *b"PhFr";

/// How the positions of a frame's operations are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// They ascend from the frame's own.
    Append,
    /// Each operation is preceded by the one it had: it was copied out of an older segment.
    Copy,
}

/// What a head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// What the frame is.
    pub kind: FrameKind,
    /// Its number: one more than that of the frame before it.
    pub sequence: u64,
    /// The position of its first operation.
    pub position: u64,
    /// Every frame before this number was durable when this one was made.
    pub durable: u64,
    /// Bytes of its operations.
    pub payload_bytes: u32,
    /// Checksum over its operations.
    pub payload_crc: u32,
    /// How many operations it has.
    pub operations: u32,
    /// The shard it is about.
    pub shard: u32,
    /// The epoch it was appended under.
    pub epoch: u64,
}

impl FrameHeader {
    /// The head as it stands in a file of this salt.
    pub(crate) fn encode(&self, salt: u64) -> [u8; FRAME_BYTES] {
        let mut fields = [0; FRAME_BYTES - 8];
        let kind = match self.kind {
            FrameKind::Append => 0,
            FrameKind::Copy => 1_u64,
        };
        let numbers = [
            self.sequence,
            self.position,
            self.durable,
            u64::from(self.payload_bytes) | u64::from(self.payload_crc) << 32,
            u64::from(self.operations) | u64::from(self.shard) << 32,
            self.epoch,
            kind,
        ];
        for (field, number) in fields.chunks_exact_mut(8).zip(numbers) {
            field.copy_from_slice(&number.to_le_bytes());
        }
        let crc = salted(salt, &fields);
        let mut head = [0; FRAME_BYTES];
        let parts = MARKER.into_iter().chain(crc.to_le_bytes()).chain(fields);
        head.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        head
    }

    /// Reads a head; none where there is none of this salt.
    pub(crate) fn parse(bytes: &[u8], salt: u64) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        if cursor.array() != Some(MARKER) {
            return None;
        }
        let crc = cursor.u32()?;
        let fields: [u8; FRAME_BYTES - 8] = cursor.array()?;
        if !agrees(crc, salted(salt, &fields)) {
            return None;
        }
        let mut cursor = Cursor::new(&fields);
        Some(Self {
            sequence: cursor.u64()?,
            position: cursor.u64()?,
            durable: cursor.u64()?,
            payload_bytes: cursor.u32()?,
            payload_crc: cursor.u32()?,
            operations: cursor.u32()?,
            shard: cursor.u32()?,
            epoch: cursor.u64()?,
            kind: match cursor.u64()? {
                0 => FrameKind::Append,
                1 => FrameKind::Copy,
                _ => return None,
            },
        })
    }

    /// Bytes from the begin of this frame to the begin of the next.
    pub fn span(&self) -> u64 {
        let bytes = FRAME_BYTES as u64 + u64::from(self.payload_bytes);
        bytes.next_multiple_of(FRAME_ALIGNMENT as u64)
    }
}

/// Whether a frame may begin with these bytes.
pub(crate) fn is_marker(bytes: &[u8]) -> bool {
    bytes.starts_with(&MARKER)
}

fn salted(salt: u64, fields: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&salt.to_le_bytes()), fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_with_its_salt_alone() {
        let header = FrameHeader {
            kind: FrameKind::Copy,
            sequence: 1,
            position: 2,
            durable: 3,
            payload_bytes: 4,
            payload_crc: 5,
            operations: 6,
            shard: 7,
            epoch: 8,
        };
        let head = header.encode(9);
        assert_eq!(FrameHeader::parse(&head, 9), Some(header));
        assert_eq!(FrameHeader::parse(&head, 10), None);
        for bit in 0..FRAME_BYTES * 8 {
            let mut flipped = head;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::parse(&flipped, 9), None, "bit {bit}");
        }
        assert_eq!(header.span(), 72);
    }
}
