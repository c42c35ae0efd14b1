//! The limits of a store over a map, each with its reason.

/// Operations in one append: more than a connection sends in one turn, and what the memory of a
/// component has room for.
pub(super) const BATCH_OPERATIONS_MAX: u64 = 16_384;

/// Bytes in one append. A component's host takes less where the memory of an instance is less.
pub(super) const BATCH_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// What a record costs beside its bytes: its key, and its part of the map's tree, rounded up.
pub(super) const RECORD_BYTES: u64 = 96;

/// What an entry of a queue costs, the record of its delivery count included, so that counting a
/// delivery never needs room.
pub(super) const ENTRY_BYTES: u64 = 192;

/// Pairs, and bytes, that are read of the map at a time.
pub(super) const PAGE_PAIRS: u32 = 1024;
pub(super) const PAGE_BYTES: u32 = 256 * 1024;

/// Entries that a purge settles at a time.
pub(super) const PURGE_ENTRIES: u32 = 4096;
