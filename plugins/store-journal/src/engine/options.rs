//! What a journal is opened with.

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
