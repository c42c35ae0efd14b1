//! The crate's limits, each with its value and its reason, in one place.
//!
//! Invariant: no decoder of this crate allocates or recurses past these, whatever its input says.

/// Bytes of one encoded value: arguments, headers, a store's header record. A body is no value.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How deep lists, maps, arrays and described values may nest; people write 3, machines 10.
pub const VALUE_DEPTH_MAX: u8 = 32;

/// Values in one encoded value, itself and everything inside it. An array of a billion nulls takes ten bytes on
/// the wire; this keeps it from taking gigabytes in memory.
pub const VALUES_MAX: u32 = 256 * 1024;

/// Log lines that one capture of a test keeps; later ones are dropped.
pub const CAPTURED_LOG_LINES_MAX: usize = 10_000;
