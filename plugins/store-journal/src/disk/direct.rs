//! Writes past the system's cache of pages: no copy of what is written stays in memory. A sync then
//! has no pages to look for, and the memory is left to what is read.
//!
//! Such writes are of whole blocks. A log ends within one, so its last block is kept here and
//! written again, longer, with zeros behind its end.
//!
//! Invariant: the block that is kept is what the file has there, up to its end.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};

use crate::limits::DIRECT_WRITE_BYTES_MAX;

/// Bytes of a block: the largest that common disks and file systems ask for.
pub(super) const BLOCK_BYTES: usize = 4096;

/// A file that is written past the cache.
#[derive(Debug)]
pub(super) struct DirectFile {
    file: File,
    /// Room for one write, and to begin it at a multiple of a block's bytes.
    room: Vec<u8>,
    /// The block with the end of what was appended.
    last: Option<Block>,
}

#[derive(Debug)]
struct Block {
    offset: u64,
    bytes: Vec<u8>,
}

impl DirectFile {
    /// The same file as `cached`.
    ///
    /// # Errors
    /// A file system that has no such writes, or a system without `/proc`.
    pub(super) fn of(cached: &File) -> io::Result<Self> {
        // By its descriptor: its name may be another by now.
        let path = format!("/proc/self/fd/{}", cached.as_raw_fd());
        let flags = i32::try_from(rustix::fs::OFlags::DIRECT.bits()).unwrap_or_default();
        let file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
        Ok(Self { file, room: Vec::new(), last: None })
    }

    /// Whether a write can be made as it is.
    pub(super) fn is_of_blocks(bytes: &[u8], offset: u64) -> bool {
        bytes.len().is_multiple_of(BLOCK_BYTES) && offset.is_multiple_of(BLOCK_BYTES as u64)
    }

    /// Writes at `offset` and zeros behind it, up to the end of the block. What the first block
    /// has before `offset` stays.
    ///
    /// # Errors
    /// A disk that fails or is full; `InvalidInput` where the file system wants larger blocks.
    pub(super) fn append(&mut self, cached: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        let kept = usize::try_from(offset % BLOCK_BYTES as u64).unwrap_or_default();
        let first = offset - kept as u64;
        let mut head = match self.last.take() {
            Some(block) if block.offset == first && block.bytes.len() >= kept => block.bytes,
            _ => read_head(cached, first, kept)?,
        };
        head.truncate(kept);
        let (mut at, mut rest) = (first, bytes);
        while !rest.is_empty() {
            let (piece, later) = rest.split_at(rest.len().min(DIRECT_WRITE_BYTES_MAX - head.len()));
            let end = head.len() + piece.len();
            let room = aligned(&mut self.room, end.next_multiple_of(BLOCK_BYTES));
            let (before, behind) = room.split_at_mut(head.len());
            before.copy_from_slice(&head);
            let (middle, zeros) = behind.split_at_mut(piece.len());
            middle.copy_from_slice(piece);
            zeros.fill(0);
            self.file.write_all_at(room, at)?;
            let whole = end - end % BLOCK_BYTES;
            at += whole as u64;
            head.clear();
            head.extend_from_slice(room.get(whole..end).unwrap_or_default());
            rest = later;
        }
        self.last = Some(Block { offset: at, bytes: head });
        Ok(())
    }
}

/// The first bytes of a block; zeros where the file ends before.
fn read_head(file: &File, offset: u64, bytes: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; bytes];
    super::file_system::read_at(file, &mut head, offset)?;
    Ok(head)
}

/// So many bytes of the room, at an address that a disk can read from.
fn aligned(room: &mut Vec<u8>, bytes: usize) -> &mut [u8] {
    if room.len() < bytes + BLOCK_BYTES {
        *room = vec![0; bytes.next_power_of_two() + BLOCK_BYTES];
    }
    let begin = room.as_ptr().align_offset(BLOCK_BYTES).min(BLOCK_BYTES);
    room.get_mut(begin..begin + bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    /// A file beside this program; none where that disk has no direct writes.
    fn file() -> Option<(File, DirectFile)> {
        let program = std::env::current_exe().unwrap();
        let file = tempfile::tempfile_in(program.parent().unwrap()).unwrap();
        let direct = DirectFile::of(&file).ok()?;
        Some((file, direct))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_appended_is_what_is_read_with_zeros_up_to_the_end_of_the_block(
            begin in 0..9000_usize,
            pieces in prop::collection::vec((1..12_000_usize, any::<u8>(), any::<bool>()), 1..12),
        ) {
            let Some((mut file, mut direct)) = file() else { return Ok(()) };
            // As a file that is used again: what stands behind the end is older.
            file.write_all_at(&vec![0xee; 160_000], 0).unwrap();
            let mut expected = vec![0xee; begin];
            for (length, byte, is_opened_again) in pieces {
                if is_opened_again {
                    direct = DirectFile::of(&file).unwrap();
                }
                direct.append(&file, &vec![byte; length], expected.len() as u64).unwrap();
                expected.resize(expected.len() + length, byte);
            }
            expected.resize(expected.len().next_multiple_of(BLOCK_BYTES), 0);
            expected.resize(expected.len().max(160_000), 0xee);
            let mut found = Vec::new();
            file.read_to_end(&mut found).unwrap();
            prop_assert!(found == expected);
        }
    }

    #[test]
    fn a_write_may_be_larger_than_the_room() {
        let Some((mut file, mut direct)) = file() else { return };
        let bytes: Vec<u8> =
            (0..DIRECT_WRITE_BYTES_MAX * 2 + 77).map(|n| (n % 251) as u8).collect();
        direct.append(&file, &[1; 100], 0).unwrap();
        direct.append(&file, &bytes, 100).unwrap();
        direct.append(&file, &[2; 3], 100 + bytes.len() as u64).unwrap();
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        let mut expected = [&[1; 100][..], &bytes, &[2; 3]].concat();
        expected.resize(expected.len().next_multiple_of(BLOCK_BYTES), 0);
        assert!(found == expected);
    }
}
