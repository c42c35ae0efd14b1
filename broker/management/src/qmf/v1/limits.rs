//! What QMF version 1 allows, in one place.

/// Bytes of a request; a larger one is not read. Qpid's broker has the same limit, and consoles'
/// requests have some hundred bytes.
pub const REQUEST_BYTES_MAX: usize = 65_536;

/// Commands in one message; those behind them are not read. Consoles send one, and a single message
/// must not ask for everything a thousand times.
pub const COMMANDS_PER_MESSAGE_MAX: usize = 16;

/// Bytes of commands that are gathered into one message; one command alone may be longer. Qpid's
/// broker has the same limit.
pub const PAGE_BYTES_MAX: usize = 65_536;

/// Objects of one class whose last state is kept to know what changed. What is beyond them is
/// published at every interval, changed or not, and its end is not told.
pub const PUBLISHED_OBJECTS_MAX: usize = 100_000;

/// Bytes of properties that are kept to tell the end of objects. The end of an object beyond them
/// is not told.
pub const PUBLISHED_BYTES_MAX: usize = 32 * 1024 * 1024;
