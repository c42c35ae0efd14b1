//! Every limit of the journal, with its default's reason.

use std::time::Duration;

/// Bytes of a segment: written in a tenth of a second at full speed, so that a new one is ready in
/// time, and small enough that freeing one needs little copying.
pub const SEGMENT_BYTES_DEFAULT: u64 = 64 * 1024 * 1024;

/// The smallest segment: a header and a few frames, for tests.
pub const SEGMENT_BYTES_MIN: u64 = 16 * 1024;

/// The largest segment: places in it are 32 bits wide, and a frame larger than a segment makes its
/// segment larger.
pub const SEGMENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Free bytes of the disk below which messages are refused: room to delete, mark and compact in.
pub const FREE_BYTES_MIN_DEFAULT: u64 = 256 * 1024 * 1024;

/// Milliseconds between two syncs of the mode `interval`: what people who choose it say they can
/// lose.
pub const INTERVAL_MS_DEFAULT: u64 = 200;

/// Operations in one append: a transaction of a million messages and as many acknowledgements.
pub const BATCH_OPERATIONS_MAX: usize = 2 * 1024 * 1024;

/// Entries of all puts in one append: a frame of the largest batch stays below 2 GiB.
pub const ENTRIES_MAX: usize = 64 * 1024 * 1024;

/// Prefixes that are watched: one for each kind of thing that a broker keeps keys of, many times
/// over. Each change is compared with all of them.
pub const WATCHES_MAX: usize = 256;

/// Bytes of headers, bodies, keys and values in one append: a transaction of 256 MiB, and what is
/// stored beside its messages.
pub const BATCH_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Bytes of one body: an append of one message, with room for its header.
pub const BODY_BYTES_MAX: u64 = 240 * 1024 * 1024;

/// Bytes that wait for the disk; beyond that messages are refused as full.
pub const PENDING_BYTES_MAX: usize = 256 * 1024 * 1024;

/// A buffer larger than this is given back after its commit.
pub const BUFFER_BYTES_KEPT: usize = 64 * 1024 * 1024;

/// A thread's encoding buffer larger than this is given back after its append.
pub const SCRATCH_BYTES_KEPT: usize = 4 * 1024 * 1024;

/// How long what nobody waits for is left to a commit that somebody waits for; up to twice as long
/// where such commits go on. Longer than clients take from a message to the next one, and short
/// beside what else makes a message come again.
pub const LAZY_MAX: Duration = Duration::from_millis(2);

/// Shards: far more than the 16 to 64 that a cluster is cut into.
pub const SHARDS_MAX: usize = 4096;

/// Bytes of a node's name, which the state frame of every segment repeats.
pub const NODE_BYTES_MAX: usize = 1024;

/// Segments kept for deletes, marks and compaction when messages are refused for `bytes_max`.
pub const RESERVED_SEGMENTS: u64 = 2;

/// Segments at least in `bytes_max`, so that there is room beside the reserve.
pub const SEGMENTS_IN_BYTES_MAX: u64 = 6;

/// Files kept to be used again; more are removed.
pub const SPARES_MAX: usize = 2;

/// Records of a replay that are handed over between two looks at the index.
pub const REPLAY_CHUNK_RECORDS: usize = 256;

/// Bytes of bodies in such a chunk.
pub const REPLAY_CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Places of records that a replay gathers at a time, about: 40 MiB. Beside them it has four bytes
/// for each message that it will come to.
pub const REPLAY_PAGE_RECORDS: usize = 1024 * 1024;

/// Positions that say where the pages of a replay begin: a page of 20 million messages is known by
/// 3,400 of them, and so has its number within a few in a hundred.
pub const REPLAY_PLAN_SAMPLES: usize = 64 * 1024;

/// Messages that a replay is planned for between two moments at which others get the lock: a
/// millisecond.
pub const REPLAY_PLAN_STEP_SLOTS: usize = 128 * 1024;

/// Entries that a purge lets go of between two moments at which others get the lock: a tenth of a
/// millisecond to a quarter of one.
pub const SETTLED_STEP_ENTRIES: usize = 4096;

/// Entries of a range whose places are gathered at a time.
pub const ENTRIES_PAGE_RECORDS: usize = 1024;

/// Bytes of one read when files are read in order.
pub const READ_WINDOW_BYTES: usize = 1024 * 1024;

/// Bytes behind such a read that are fetched meanwhile: some milliseconds of a disk.
pub const FETCH_AHEAD_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes that the system is asked to fetch at a time: of more it fetches the first, as many as it
/// reads ahead by itself, which is so many unless somebody changed it.
pub const FETCH_STEP_BYTES: u64 = 128 * 1024;

/// Bytes of one write past the system's cache: enough for the full pace of a disk. Each file that
/// is written to has room for them.
pub const DIRECT_WRITE_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of zeros that one step of preparing a file writes and syncs.
pub const PREPARE_STEP_BYTES: usize = 4 * 1024 * 1024;

/// Bytes that one step of a compaction copies: appends wait for its lock about a tenth of a
/// millisecond.
pub const COMPACT_STEP_BYTES: usize = 256 * 1024;

/// Bytes that wait for the disk at most when a compaction adds to them.
pub const PENDING_BEFORE_UPKEEP_BYTES_MAX: usize = 1024 * 1024;
/// How often a backup goes through a directory that changes under it before it says so.
pub const COPY_PASSES_MAX: usize = 64;

/// Bytes that `philter store dump` prints at a time: it is all in memory until it is printed.
pub const DUMP_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Steps of one `philter store compact`: 2.5 TB at a step's bytes, so it ends also where its
/// estimate of what is worth copying never does.
pub const COMPACT_ALL_STEPS_MAX: usize = 10_000_000;

/// How long commits may take on the average for a caller's thread to do one itself: above it two
/// threads that are woken instead, which takes some ten microseconds each, cost no more than a
/// seventh.
pub const COMMIT_HERE_MAX: Duration = Duration::from_micros(300);
