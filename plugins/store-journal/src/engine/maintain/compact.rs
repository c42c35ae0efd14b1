//! Copies what is needed out of a segment to the end of the log.
//!
//! Invariants:
//! - what is live is decided under the lock under which its copy gets its place, so no delete
//!   stands between the two;
//! - a copy keeps its position, and with a message go the delivery counts of its entries, so that
//!   they stand behind it.

use std::sync::Arc;

use philter_plugin_api::QueueRecord;

use crate::disk::Disk;
use crate::engine::Journal;
use crate::engine::core::{Core, Unsent};
use crate::engine::index::{Index, Place};
use crate::engine::reader::{FrameFound, Reader};
use crate::engine::segment::FIRST_FRAME;
use crate::error::JournalError;
use crate::format::{Encoder, FRAME_BYTES, FrameHeader, FrameKind, Located, Op, Operations, Put};
use crate::limits::{COMPACT_STEP_BYTES, READ_WINDOW_BYTES};

/// A segment whose records are copied, and how far.
#[derive(Debug)]
pub(crate) struct Compaction {
    pub(super) segment: u32,
    copies_tombstones: bool,
    offset: u64,
    /// The rest of a frame with more than one step copies.
    rest: Option<Rest>,
}

#[derive(Debug)]
struct Rest {
    header: FrameHeader,
    payload: Vec<u8>,
    resume: (usize, u64),
}

impl Compaction {
    pub(super) fn new(segment: u32, copies_tombstones: bool) -> Self {
        Self { segment, copies_tombstones, offset: FIRST_FRAME, rest: None }
    }
}

impl<D: Disk, T> Journal<D, T> {
    /// Copies a piece; answers whether it was the last.
    pub(super) fn compact(&self, compaction: &mut Compaction) -> Result<bool, JournalError> {
        if let Some(mut rest) = compaction.rest.take() {
            let resume = self.copy(compaction, &rest.header, &rest.payload, rest.resume).1;
            if let Some(resume) = resume {
                rest.resume = resume;
                compaction.rest = Some(rest);
            }
            return Ok(false);
        }
        let present = {
            let core = self.core.lock();
            let present = core.present.get(&compaction.segment);
            present.map(|present| (Arc::clone(&present.segment), present.end_offset))
        };
        let Some((segment, end)) = present else { return Ok(true) };
        let mut reader = Reader::new(&segment)?;
        let (begin, mut copied) = (compaction.offset, 0);
        while compaction.offset < end {
            if copied >= COMPACT_STEP_BYTES || compaction.offset - begin >= READ_WINDOW_BYTES as u64
            {
                return Ok(false);
            }
            let FrameFound::Whole(header, payload) = reader.frame(compaction.offset)? else {
                let (path, offset) = (segment.path.clone(), compaction.offset);
                return Err(JournalError::Record { path, offset });
            };
            let (bytes, resume) = self.copy(compaction, &header, payload, (0, header.position));
            copied += bytes;
            compaction.offset += header.span();
            if let Some(resume) = resume {
                compaction.rest = Some(Rest { header, payload: payload.to_vec(), resume });
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Copies what is needed of a frame from an operation on; answers how many bytes it copied, and
    /// where to go on when it was enough.
    fn copy(
        &self,
        compaction: &Compaction,
        header: &FrameHeader,
        payload: &[u8],
        resume: (usize, u64),
    ) -> (usize, Option<(usize, u64)>) {
        let begin = compaction.offset_of(resume, header);
        let mut frame = Vec::new();
        let mut encoder = Encoder::new(FrameKind::Copy, &mut frame);
        let mut operations = Operations::resumed(header, payload, resume);
        let mut has_tombstones = false;
        let mut core = self.core.lock();
        let mut enough = None;
        while let Some(located) = operations.next() {
            let copier = Copier { index: &core.index, shard: header.shard, begin, compaction };
            has_tombstones |= copier.copy(&located, &mut encoder);
            if encoder.bytes() >= COMPACT_STEP_BYTES {
                enough = Some(operations.place());
                break;
            }
        }
        let bytes = encoder.bytes();
        if encoder.operations() == 0 {
            return (0, enough);
        }
        let unplaced = encoder.finish();
        let (shard, epoch) = (header.shard, header.epoch);
        core.add(&self.disk, Unsent { frame: &mut frame, unplaced, shard, epoch });
        if has_tombstones {
            inherit(&mut core, compaction.segment);
        }
        (bytes, enough)
    }
}

fn inherit<D: Disk, T>(core: &mut Core<D, T>, from: u32) {
    let to = core.tail.segment.number();
    core.index.usages.inherit(from, to);
}

impl Compaction {
    /// The byte of the segment at which the operations of a frame begin. A frame that is resumed
    /// was passed already.
    fn offset_of(&self, (resume, _): (usize, u64), header: &FrameHeader) -> u64 {
        let passed = if resume > 0 { header.span() } else { 0 };
        (self.offset - passed) + FRAME_BYTES as u64
    }
}

/// Decides on one operation.
struct Copier<'a> {
    index: &'a Index,
    shard: u32,
    begin: u64,
    compaction: &'a Compaction,
}

impl Copier<'_> {
    /// Copies an operation where it is needed; answers whether it is a tombstone.
    fn copy(&self, located: &Located<'_>, encoder: &mut Encoder<'_>) -> bool {
        let Located { position, bytes, ref op, .. } = *located;
        let place = self.place(located);
        if op.may_be_tombstone() {
            if self.compaction.copies_tombstones {
                encoder.at(position).raw(bytes);
            }
            return self.compaction.copies_tombstones;
        }
        match *op {
            Op::Put(ref put) => self.copy_put(put, position, place, encoder),
            Op::Mark { record, delivery_count } => {
                let current = (position, delivery_count, self.compaction.segment);
                if self.index.mark_of(self.shard, record) == Some(current) {
                    encoder.at(position).mark(record, delivery_count);
                }
            }
            Op::StoreMeta { key, value } => {
                if self.index.store_key(key).is_some_and(|(_, current)| current == place) {
                    encoder.at(position).store_meta(key, value);
                }
            }
            Op::Meta { key, value } => {
                if self.index.key_place(self.shard, key) == Some(place) {
                    encoder.at(position).meta(key, value);
                }
            }
            // Tombstones, and what the state frame of every later segment says.
            Op::Delete { .. } | Op::Purge { .. } | Op::StoreRemove { .. } => {}
            Op::Acquire { .. } | Op::Freed { .. } | Op::State(_) | Op::Seal => {}
        }
        false
    }

    fn copy_put(&self, put: &Put<'_>, position: u64, place: Place, encoder: &mut Encoder<'_>) {
        let Self { index, shard, .. } = *self;
        let live: Vec<QueueRecord> =
            put.queues.iter().filter(|entry| index.stands_at(shard, *entry, place)).collect();
        if live.is_empty() {
            return;
        }
        encoder.at(position).put(put.message, &live, put.header, put.body);
        for entry in live {
            if let Some((position, delivery_count, _)) = index.mark_of(shard, entry) {
                encoder.at(position).mark(entry, delivery_count);
            }
        }
    }

    fn place(&self, located: &Located<'_>) -> Place {
        let offset = self.begin + located.offset as u64;
        Place {
            segment: self.compaction.segment,
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            bytes: u32::try_from(located.bytes.len()).unwrap_or(u32::MAX),
        }
    }
}
