//! The first block of a segment file: what it is, which one, and its salt.

use super::cursor::Cursor;

/// Bytes before the first frame: one block of any disk, so that writing frames never writes it.
pub const SEGMENT_HEADER_BYTES: u64 = 4096;

/// The version that this build reads and writes.
pub const FORMAT_VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"PHILTERJ";

/// Bytes of the block that say something; the rest are zeros.
const USED_BYTES: usize = 64;

/// What the first block says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    /// The same in all files of one journal.
    pub(crate) journal: u64,
    pub(crate) number: u32,
    /// Goes into the checksum of every frame of this file, and is new whenever it is used again.
    pub(crate) salt: u64,
    /// The file's length at least.
    pub(crate) segment_bytes: u64,
}

/// Why a first block cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// It is no file of a journal.
    Foreign,
    /// It is one of another version.
    Version { found: u32 },
    /// Its checksum is wrong.
    Damaged,
}

impl SegmentHeader {
    /// The whole block.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut rest = Vec::with_capacity(USED_BYTES);
        rest.extend(self.journal.to_le_bytes());
        rest.extend(u64::from(self.number).to_le_bytes());
        rest.extend(self.salt.to_le_bytes());
        rest.extend(self.segment_bytes.to_le_bytes());
        rest.resize(USED_BYTES - 16, 0);
        let version = FORMAT_VERSION.to_le_bytes();
        let crc = crc32c::crc32c_append(crc32c::crc32c(&version), &rest);
        let mut block = [&MAGIC[..], &version, &crc.to_le_bytes(), &rest].concat();
        block.resize(usize::try_from(SEGMENT_HEADER_BYTES).unwrap_or(block.len()), 0);
        block
    }

    /// Reads the block. The version comes before the checksum: another version may have another.
    pub(crate) fn parse(block: &[u8]) -> Result<Self, HeaderFault> {
        let mut cursor = Cursor::new(block);
        if cursor.array() != Some(MAGIC) {
            return Err(HeaderFault::Foreign);
        }
        let version = cursor.u32().ok_or(HeaderFault::Damaged)?;
        if version != FORMAT_VERSION {
            return Err(HeaderFault::Version { found: version });
        }
        Self::parse_fields(cursor, version).ok_or(HeaderFault::Damaged)
    }

    fn parse_fields(mut cursor: Cursor<'_>, version: u32) -> Option<Self> {
        let found = cursor.u32()?;
        let rest = cursor.take(USED_BYTES - 16)?;
        let crc = crc32c::crc32c_append(crc32c::crc32c(&version.to_le_bytes()), rest);
        if crc != found {
            return None;
        }
        let mut cursor = Cursor::new(rest);
        Some(Self {
            journal: cursor.u64()?,
            number: u32::try_from(cursor.u64()?).ok()?,
            salt: cursor.u64()?,
            segment_bytes: cursor.u64()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: SegmentHeader =
        SegmentHeader { journal: 1, number: 2, salt: 3, segment_bytes: 1 << 26 };

    #[test]
    fn reads_what_it_wrote() {
        let block = HEADER.encode();
        assert_eq!(block.len() as u64, SEGMENT_HEADER_BYTES);
        assert_eq!(SegmentHeader::parse(&block), Ok(HEADER));
    }

    #[test]
    fn a_flipped_bit_a_foreign_file_and_another_version_are_told_apart() {
        for byte in 0..USED_BYTES {
            let mut block = HEADER.encode();
            block[byte] ^= 4;
            let fault = SegmentHeader::parse(&block).unwrap_err();
            let expected = match byte {
                0..8 => HeaderFault::Foreign,
                8 => HeaderFault::Version { found: 5 },
                9..12 => HeaderFault::Version { found: 1 | 4 << (8 * (byte - 8)) },
                _ => HeaderFault::Damaged,
            };
            assert_eq!(fault, expected, "byte {byte}");
        }
        assert_eq!(SegmentHeader::parse(b""), Err(HeaderFault::Foreign));
    }
}
