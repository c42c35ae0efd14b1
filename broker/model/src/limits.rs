//! Every limit of the model, with its default and its reason.

/// Body chunks up to this size are copied into the message's own storage when it is made, so that a
/// message that stays does not keep a network buffer of many times its size: a quarter of one.
pub const BODY_COPY_BYTES_MAX: usize = 16 * 1024;

/// Consumers of one queue. A connection has at most as many, and ten thousand idle ones must work.
pub const CONSUMERS_MAX: usize = 100_000;

/// Answers that an exchange's route cache keeps.
pub const ROUTES_CACHED_MAX: usize = 10_000;

/// Bytes of keys and answers that an exchange's route cache keeps: an answer that names ten
/// thousand queues must not be there ten thousand times.
pub const ROUTE_CACHE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Parts of the route cache with a lock each: enough for many cores, few enough that an answer,
/// which has to fit into one, may have 2 MiB.
pub const ROUTE_CACHE_SHARDS: usize = 8;

/// Routing keys longer than this are not cached: AMQP's own limit, and longer ones rarely repeat.
pub const ROUTE_KEY_BYTES_MAX: usize = 255;

/// Expired messages that one call takes out, so that a queue's lock is not held for all of them.
pub const EXPIRED_BATCH_MAX: usize = 256;

/// Entries that one pull of a browser looks at, those that others hold included, so that a queue's
/// lock is not held for a walk through all of it.
pub const BROWSED_BATCH_MAX: usize = 1024;

/// Bytes of bodies that a queue declared without a limit holds (`--default-queue-limit`).
pub const QUEUE_BYTES_DEFAULT: u64 = 104_857_600;

/// Levels of a queue with priorities: more than a message's priority tells apart mean nothing.
pub const PRIORITY_LEVELS_MAX: usize = 256;

/// Alerts of a queue that wait for its owner; it is told of the latest.
pub const ALERTS_WAITING_MAX: usize = 64;

/// Entries that came back before the place of a filtered consumer and that it looks at one by one;
/// where there are more it goes back to the first of them.
pub const FILTER_RETURNED_MAX: usize = 1024;

/// Entries of one level that a filtered consumer puts off, because its filter failed on them: eight
/// pulls of them, so that a filter which fails on everything is not asked about a whole queue.
pub const PUT_OFF_MAX: usize = 1024;

/// Messages that a ring dropped and that wait to be moved to the alternate exchange: as many as a
/// batch of pushes drops; what is beyond is gone. Dead letters have no such limit: they were in the
/// queue just before.
pub const DROPPED_WAITING_MAX: usize = 1024;

/// Dead letters of one queue that wait until somebody can say where they go: about a hundred
/// megabytes of small ones. What is beyond is lost, as messages are beyond a queue's limits.
pub const STRANDED_MAX: usize = 100_000;

/// How long an entry with a time to live of 0 waits for the consumers that were told of it: they
/// pull at once, unless their connection is very busy. In milliseconds.
pub const IMMEDIATE_MS: u64 = 100;

/// Entries that may wait beyond a limit of what waits, while there are consumers that are about to
/// take them: as many as come in one turn of a busy connection.
pub const READY_SLACK_ENTRIES: usize = 256;

/// Bytes that may wait beyond a limit of what waits, while there are consumers that are about to
/// take them: some reads of a connection.
pub const READY_SLACK_BYTES: u64 = 1024 * 1024;

/// The longest time to live that a queue may be declared with, in milliseconds: a hundred years.
pub const TTL_MS_MAX: u64 = 100 * 365 * 24 * 60 * 60 * 1_000;

/// The longest rest that a queue may be declared with, in milliseconds: what RabbitMQ's timers
/// take, 49 days.
pub const TIMER_MS_MAX: u64 = 4_294_967_295;

/// The highest number of `x-max-priority`: a message's priority has eight bits.
pub const PRIORITY_MAX: u64 = 255;

/// How often a message may come back to a queue that was asked to be replicated and does not say
/// (`x-delivery-limit`): as RabbitMQ 4 has it.
pub const DELIVERY_LIMIT_DEFAULT: u32 = 20;

/// Messages that wait in one exchange until they are due: about a gigabyte of small ones, of which
/// an eighth is for the places in which they wait.
pub const DELAYED_MAX: usize = 1_000_000;

/// Characters of a wrong argument's text that its error repeats: enough to find it by.
pub const SHOWN_CHARACTERS_MAX: usize = 64;

/// Bytes of a body below which it stays in memory where larger ones are in the store alone: less
/// would be won than reading it costs.
pub const PAGED_BODY_BYTES_MIN: usize = 128;

/// Bytes of a body that leaves memory at once: its segment would hardly leave as a whole.
pub const PAGED_AT_ONCE_BYTES_MIN: usize = 8 * 1024;

/// Bytes of headers and bodies of the entries that leave memory together: more would be read where
/// one of them is wanted. In a segment of larger messages the bodies leave alone, and headers are
/// little beside them.
pub const AWAY_BYTES_MAX: u64 = 32 * PAGED_AT_ONCE_BYTES_MIN as u64;

/// Segments that are read at once where one of them is wanted: a thousand entries, so that a
/// consumer seldom waits for the disk.
pub const AHEAD_SEGMENTS_MAX: usize = 32;

/// Bytes of such a read, but for its first segment.
pub const AHEAD_BYTES_MAX: u64 = 1024 * 1024;

/// Segments of one queue that were read and may stay while it has too much in memory: for some who
/// browse at the same time.
pub const BROUGHT_SEGMENTS_MAX: usize = 8 * AHEAD_SEGMENTS_MAX;
