//! The bytes of the journal, as `FORMAT.md` draws them.
//!
//! Invariants:
//! - numbers are little-endian;
//! - nothing here allocates for a length that it did not find bytes for;
//! - every byte of a frame but its padding is under exactly one checksum, and a frame's own
//!   checksum is over all the others.

mod batch;
mod checksum;
mod cursor;
mod encoder;
mod frame;
mod operation;
mod segment;
mod state;

pub(crate) use batch::{batch_bytes, encode_batch, entries, needs_room, repeats_an_entry};
#[cfg(test)]
pub(crate) use checksum::without_checksums;
pub(crate) use encoder::{Encoder, Placement, Unplaced};
pub(crate) use frame::is_marker;
pub use frame::{FRAME_ALIGNMENT, FRAME_BYTES, FrameHeader, FrameKind};
pub(crate) use operation::parse_alone;
pub use operation::{Located, Op, Operations, Put, Queues};
pub use segment::{FORMAT_VERSION, SEGMENT_HEADER_BYTES};
pub(crate) use segment::{HeaderFault, SegmentHeader};
pub use state::{SegmentEnd, ShardState, State};
