//! Every operation of the log in order, and whether it still counts.

use super::check::recover;
use super::index::{Index, Place};
use super::survey::Survey;
use super::walk::{Cut, Visited, walk};
use crate::disk::Disk;
use crate::error::JournalError;
use crate::format::{FRAME_BYTES, FrameHeader, Located, Op, Operations};

/// An operation and where it stands.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    pub(crate) segment: u32,
    /// The byte of the segment at which it begins.
    pub(crate) offset: u64,
    pub(crate) frame: FrameHeader,
    pub(crate) operation: Located<'a>,
    /// Whether it is what makes something live.
    pub(crate) is_live: bool,
}

/// Hands over the operations of a journal that nobody writes to; answers what behind the log's end
/// is void.
///
/// # Errors
/// A file that cannot be read, or a log that is damaged; what stands before it was handed over.
pub(crate) fn list<D: Disk>(
    disk: &D,
    visit: &mut dyn FnMut(&Listed<'_>),
) -> Result<Option<Cut>, JournalError> {
    let survey = Survey::take(disk)?;
    let mut index = Index::default();
    // Where it is damaged the second walk says so, in its place.
    let _ = recover(disk, &survey, &mut index);
    let walked = walk(disk, &survey, &mut |visited| {
        let Visited { segment, offset, header, payload } = visited;
        for operation in Operations::new(&header, payload) {
            let offset = offset + (FRAME_BYTES + operation.offset) as u64;
            let place = Place {
                segment: segment.number(),
                offset: u32::try_from(offset).unwrap_or(u32::MAX),
                bytes: u32::try_from(operation.bytes.len()).unwrap_or(u32::MAX),
            };
            let is_live = is_live(&index, header.shard, &operation, place);
            let segment = segment.number();
            visit(&Listed { segment, offset, frame: header, operation, is_live });
        }
        Ok(())
    })?;
    Ok(walked.cut)
}

fn is_live(index: &Index, shard: u32, operation: &Located<'_>, place: Place) -> bool {
    match &operation.op {
        Op::Put(put) => put.queues.iter().any(|entry| index.stands_at(shard, entry, place)),
        Op::Mark { record, delivery_count } => {
            let current = (operation.position, *delivery_count, place.segment);
            index.mark_of(shard, *record) == Some(current)
        }
        Op::Meta { key, .. } => index.key_place(shard, key) == Some(place),
        Op::StoreMeta { key, .. } => {
            index.store_key(key).is_some_and(|(_, current)| current == place)
        }
        _ => false,
    }
}
