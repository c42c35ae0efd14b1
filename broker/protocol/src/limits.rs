//! Every limit of the protocols, with its default and its reason.

/// Bytes a peer may send before it is authenticated: the preface, its properties and a few SASL
/// steps. Enough for a Kerberos ticket, too little to hurt.
pub const UNAUTHENTICATED_BYTES_MAX: usize = 64 * 1024;

/// The largest frame of AMQP 0-10, its header included: the size field has 16 bits.
pub const FRAME_BYTES_MAX: u16 = 65_535;

/// The smallest maximum that a peer may ask for (0-10, MIN-MAX-FRAME-SIZE).
pub const FRAME_BYTES_MAX_MIN: u16 = 4_096;

/// Bytes of one command or control segment. The longest that means anything is an arguments map.
pub const COMMAND_BYTES_MAX: usize = 256 * 1024;

/// Bytes of one header segment.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// Bytes of one message body. Larger ones belong into a file that a message names.
pub const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Levels of maps, lists and arrays in each other; a decoder recurses once a level.
pub const NESTING_MAX: usize = 16;

/// Ranges in one sequence-set: its length field has 16 bits and a range has eight bytes.
pub const RANGES_MAX: usize = 8_191;

/// Sessions attached to one connection at a time.
pub const SESSIONS_MAX: usize = 4_096;

/// The highest channel number on offer, as Qpid's brokers offer it.
pub const CHANNEL_MAX: u16 = 32_767;

/// Bytes of bodies from this size on are written by reference, not copied into the output buffer.
pub const WRITE_COPY_BYTES_MAX: usize = 1_024;

/// Commands of a session that may be done and not yet reported; above it the report goes out at once.
pub const COMPLETIONS_UNREPORTED_MAX: usize = 1_024;

/// Events that a connection keeps for its owner before it stops decoding.
pub const EVENTS_MAX: usize = 4_096;
