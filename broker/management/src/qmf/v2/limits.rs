//! What QMF version 2 allows, in one place.

/// Bytes of a request; a larger one is refused. Qpid's broker has the same limit, and the largest
/// request, that creates a queue with many arguments, has a few thousand bytes.
pub const REQUEST_BYTES_MAX: usize = 65_536;

/// Objects in one message of an answer or a broadcast, as Qpid's broker has it.
pub const PAGE_OBJECTS_MAX: usize = 100;

/// Bytes after which a message takes no further object: a hundred queues with all statistics have
/// 250 kB, and arguments that a client gave must not make more of it. One object may be longer.
pub const PAGE_BYTES_MAX: usize = 512 * 1024;

/// Bytes of an error's text; what is beyond is cut off. Texts quote names that a client chose.
pub const ERROR_TEXT_BYTES_MAX: usize = 1024;

/// Operations in the condition of a query, which is tried on every object of a class. People write
/// a few.
pub const PREDICATE_TERMS_MAX: usize = 64;

/// Objects of which is remembered what was told. What is beyond them is told at every interval,
/// changed or not, and its end is not told.
pub const PUBLISHED_OBJECTS_MAX: usize = 100_000;
