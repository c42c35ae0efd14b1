//! Every limit of the store, with its default's reason.

/// Bytes that the store keeps by default: a quarter of the smallest machine that a broker is
/// usually given, and ten queues at Qpid's default limit of 100 MiB.
pub(crate) const BYTES_MAX_DEFAULT: u64 = 1024 * 1024 * 1024;

/// Operations in one append: what all connections of a busy broker send between two appends.
pub(crate) const BATCH_OPERATIONS_MAX: usize = 65_536;

/// Shards: far more than the 16 to 64 that a cluster is cut into.
pub(crate) const SHARDS_MAX: usize = 4096;

/// What a record costs beside its bytes: its place in the log and its index, measured and rounded
/// up.
pub(crate) const RECORD_BYTES: u64 = 192;

/// What an entry of a queue costs, the record of its delivery count included, so that counting a
/// delivery never needs room.
pub(crate) const ENTRY_BYTES: u64 = 192;

/// Keys that a list copies at a time; changes wait no longer than that.
pub(crate) const LIST_PAGE_KEYS: usize = 256;

/// Prefixes that are watched: one for each kind of thing that a broker keeps keys of, many times
/// over. Each change is compared with all of them.
pub(crate) const WATCHES_MAX: usize = 256;

/// Records that a replay copies at a time; appends wait no longer than that.
pub(crate) const REPLAY_PAGE_RECORDS: usize = 256;

/// Entries of a range that are handed over between two looks at the shard.
pub(crate) const ENTRIES_PAGE_RECORDS: usize = 256;
