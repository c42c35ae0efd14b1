//! What a journal is opened with.

use crate::format::SEGMENT_HEADER_BYTES;
use crate::limits::{BATCH_BYTES_MAX, RESERVED_SEGMENTS};

/// When what was written is made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncMode {
    /// Before a commit answers.
    Always,
    /// When [`super::Options`]' driver calls `sync`, every this many milliseconds.
    Interval {
        /// At most this much is lost by a power cut; nothing by the end of the process.
        interval_ms: u64,
    },
    /// When the system does.
    Never,
}

/// What a journal is opened with.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Bytes of a segment.
    pub segment_bytes: u64,
    /// Bytes of all segments; 0: no limit.
    pub bytes_max: u64,
    /// With fewer bytes free on the disk, appends with messages are refused as full.
    pub free_bytes_min: u64,
    /// When what was written is made durable.
    pub sync: SyncMode,
    /// Where the salts of segments begin: random in a broker, fixed in a test.
    pub seed: u64,
}

impl Options {
    /// Bytes of headers, bodies, keys and values in one append: what fits into an empty journal of
    /// these options beside its reserve.
    pub(crate) fn batch_bytes_max(&self) -> u64 {
        if self.bytes_max == 0 {
            return BATCH_BYTES_MAX;
        }
        // The segment that is begun, and one that may not be freed yet.
        let kept = (RESERVED_SEGMENTS + 2) * self.segment_bytes;
        let overhead = SEGMENT_HEADER_BYTES + STATE_BYTES_GUESSED;
        self.bytes_max.saturating_sub(kept + overhead).min(BATCH_BYTES_MAX)
    }
}

/// What a segment's first frame and a frame's operations take beside what a batch brings.
const STATE_BYTES_GUESSED: u64 = 4096;
