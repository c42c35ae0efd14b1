//! The crate's limits, each with its value and its reason, in one place.
//!
//! Invariant: no decoder of this crate allocates or recurses past these, whatever its input says.

/// Bytes of one encoded value: arguments, headers, a store's header record. A body is no value.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How deep lists, maps, arrays and described values may nest; people write 3, machines 10.
pub const VALUE_DEPTH_MAX: u8 = 32;

/// Values in one encoded value, itself and everything inside it. An array of a billion nulls takes
/// ten bytes on the wire; this keeps it from taking gigabytes in memory.
pub const VALUES_MAX: u32 = 256 * 1024;

/// Log lines that one capture of a test keeps; later ones are dropped.
pub const CAPTURED_LOG_LINES_MAX: usize = 10_000;

/// Events that one capture of a test keeps; later ones are dropped.
pub const CAPTURED_EVENTS_MAX: usize = 10_000;

/// Factories in one library; the largest of ours has two.
pub const FACTORIES_MAX: usize = 64;

/// Bytes of a plugin's name, version, licence, subcommand, and of a type name.
pub const NAME_BYTES_MAX: usize = 127;

/// Bytes of a configuration's schema.
pub const SCHEMA_BYTES_MAX: usize = 256 * 1024;

/// Bytes of one line that a plugin logs; the rest is cut.
pub const LOG_LINE_BYTES_MAX: usize = 8 * 1024;

/// Bytes of an error's text; the rest is cut. It goes into a protocol's close or exception.
pub const ERROR_TEXT_BYTES_MAX: usize = 4 * 1024;

/// Bytes of one result: JSON of an inspection, a body out of a store or a transformation.
pub const RESULT_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Bytes that a subcommand may write to standard output, and as many to standard error.
pub const COMMAND_OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Mechanisms that one auth provider offers to one peer.
pub const MECHANISMS_MAX: usize = 32;

/// Groups of one identity.
pub const GROUPS_MAX: usize = 1024;

/// Queues of one record of a replay.
pub const RECORD_QUEUES_MAX: usize = 64 * 1024;
