//! The limits of the language, each with its reason, in one place.

/// Bytes of a selector. People write a hundred; programs that list identifiers write some thousand.
pub const SELECTOR_BYTES_MAX: usize = 16 * 1024;

/// Parentheses, `NOT` and signs around one place. Each is some frames of the stack of whoever
/// compiles or evaluates; this many take less than a quarter of a megabyte.
pub const NESTING_MAX: usize = 64;

/// Values, identifiers and operators of a selector. Each may look a header up for each message.
pub const NODES_MAX: usize = 2048;

/// Members of one `IN` list.
pub const LIST_MEMBERS_MAX: usize = 1024;

/// Characters of a piece of a `LIKE` pattern that stands between two `%` and has a `_` in it. The
/// search for such a piece keeps a bit for each of its characters, so that its time is linear.
pub const LIKE_PIECE_CHARACTERS_MAX: usize = 64;

/// Characters of a selector that an error quotes: enough to find the place, too little to flood a
/// log.
pub const QUOTED_CHARACTERS_MAX: usize = 64;
