//! Every limit of the protocols, with its default and its reason.

/// Bytes a peer may send before it is authenticated: the preface, its properties and a few SASL
/// steps. Every mechanism here stays far below it, and a stranger costs no more.
pub const UNAUTHENTICATED_BYTES_MAX: usize = 8 * 1024;

/// The largest frame of AMQP 0-10, its header included: the size field has 16 bits.
pub const FRAME_BYTES_MAX: u16 = 65_535;

/// The smallest maximum that a peer may ask for (0-10, MIN-MAX-FRAME-SIZE).
pub const FRAME_BYTES_MAX_MIN: u16 = 4_096;

/// The largest frame of AMQP 0-9-1 on offer, header and end octet included, as RabbitMQ offers it.
/// A method and a content header fit one frame.
pub const FRAME_BYTES_MAX_0_9_1: u32 = 131_072;

/// The highest channel of AMQP 0-9-1 on offer, and so how many a connection has, as RabbitMQ offers
/// it.
pub const CHANNEL_MAX_0_9_1: u16 = 2_047;

/// Bytes of one command or control segment. The longest that means anything is an arguments map.
pub const COMMAND_BYTES_MAX: usize = 256 * 1024;

/// Bytes of one header segment.
pub const HEADER_BYTES_MAX: usize = 256 * 1024;

/// Bytes of one message body. Larger ones belong into a file that a message names.
pub const BODY_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Bytes from which on a body's frame stays a chunk of its own; smaller ones are gathered, because
/// a chunk of one byte costs thirty in bookkeeping.
pub const BODY_CHUNK_BYTES_MIN: usize = 1_024;

/// Bytes of commands, headers and bodies that one connection may leave unfinished, over all of its
/// channels. Two of the largest messages at a time.
pub const UNFINISHED_BYTES_MAX: usize = 2 * BODY_BYTES_MAX;

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

/// Gaps between the commands of a session that are not complete, as ranges. A peer makes one by
/// every other command while one is withheld; above this many it is no longer in good faith.
pub const INCOMPLETE_RANGES_MAX: usize = 65_536;

/// Ranges of completed commands above which the peer is asked to say what it knows, so that they
/// can be forgotten.
pub const COMPLETED_RANGES_ASK: usize = 64;

/// Completed commands after which the peer is asked likewise.
pub const COMPLETED_SPAN_ASK: u32 = 1 << 16;

/// The longest run of completed commands that is remembered for a peer that never says what it
/// knows: half of what serial numbers can tell apart.
pub const COMPLETED_SPAN_MAX: u32 = 1 << 30;

/// Milliseconds to wait for connection.close-ok: a round trip to a busy peer.
pub const CLOSE_MS_MAX: u64 = 5_000;

/// Events that a connection keeps for its owner before it stops decoding: few, so that the owner
/// takes them while they are in the processor's nearest cache.
pub const EVENTS_MAX: usize = 64;

/// Bytes of commands that are kept for a session that may be attached again, until the peer
/// confirms them. A megabyte is a few hundred usual messages; a peer that confirms in time needs no
/// more.
pub const REPLAY_BYTES_MAX: usize = 1024 * 1024;

/// Seconds that a session may ask to live on without a connection. Long enough for a machine to
/// start again; what the session holds goes to nobody else meanwhile.
pub const DETACHED_S_MAX: u32 = 600;
