//! The crate's limits, each with its value and its reason, in one place.

use std::time::Duration;

/// Bytes of memory of one instance, as long as nobody says otherwise. A filter in Rust or C takes
/// one or two, one in JavaScript or Python ten to thirty.
pub const MEMORY_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Milliseconds of a thread's time that a call about messages may take, as long as nobody says
/// otherwise: a thousand times what one should take, and too short for others to notice.
pub const CALL_MS_MAX: u64 = 5;

/// Milliseconds of a thread's time that describing, creating, binding and compiling may take each,
/// as long as nobody says otherwise. Interpreters begin slowly, on a slow machine in seconds.
pub const CREATE_MS_MAX: u64 = 10_000;

/// Failures in a row after which a plugin is left alone for a while.
pub const TRAPS_MAX: u32 = 5;

/// Milliseconds that a plugin which failed too often is left alone.
pub const RETRY_MS: u64 = 1_000;

/// Bytes of a component's file; interpreters with a standard library take 12 to 18 million.
pub const FILE_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Bytes of a thread's stack that a component may use. What is left of the two megabytes of a
/// worker is the broker's.
pub const STACK_BYTES_MAX: usize = 512 * 1024;

/// Bytes of standard input that a subcommand is given.
pub const COMMAND_INPUT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What a subcommand may take of a thread's time. Somebody waits for it and can end it.
pub const COMMAND_TIME_MAX: Duration = Duration::from_secs(600);

/// The part of an instance's memory that one batch of messages may take, as a divisor: the plugin
/// may have to copy it, and needs room to work.
pub const BATCH_MEMORY_PART: u64 = 4;

/// The part of an instance's room, as a divisor, that it may take before another one goes on, if it
/// has half of all then: some never give memory back, and one that has none left fails in the
/// middle of a call.
pub const GROWTH_PART: u64 = 2;

/// Random bytes of one call of `random`.
pub const RANDOM_BYTES_MAX: usize = 64 * 1024;

/// Bytes that an output stream of WASI takes at once.
pub const STREAM_BYTES_MAX: u64 = 64 * 1024;

/// Elements of a component's tables: functions called by pointer. Python has twenty thousand.
pub const TABLE_ELEMENTS_MAX: usize = 200_000;

/// Core instances and tables of one component; interpreters have about ten.
pub const CORE_INSTANCES_MAX: usize = 100;

/// Memories of one component. Each takes 4 GiB of address space, of which a process has 128 TiB.
pub const MEMORIES_MAX: usize = 8;

/// Bytes of what a component says of itself, of which the most may be a schema.
pub const DESCRIPTION_BYTES_MAX: usize = 256 * 1024;

/// Lines of a second that a component may log; the rest is left out, which the log says.
pub const LOG_LINES_MAX: u32 = 1_000;

/// Changes of bindings that a pool remembers one by one. An instance that missed more is made anew.
pub const CHANGES_KEPT_MAX: usize = 10_000;

/// Microseconds that making an instance may take, as far as that is known, for the next one to be
/// made by a thread that needs it. What takes longer is made beside.
pub const MADE_AT_ONCE_US_MAX: u64 = 1_000;

/// How long a call waits for an instance: as long as an interpreter with many bindings takes to be
/// made again on a slow machine.
pub const WAIT_MAX: Duration = Duration::from_secs(30);

/// Calls that wait for an instance of one exchange or language; each holds a thread.
pub const WAITING_MAX: usize = 64;

/// Matches that an exchange may repeat in one answer.
pub const REPEATS_MAX: usize = 1_000;

/// Entries that a new instance does not survive being told, after which no further one is tried.
pub const BROKEN_AT_ONCE_MAX: usize = 3;

/// Threads of one auth provider, as long as nobody says otherwise. They are begun as logins meet; a
/// provider that waits for an endpoint lets in as many at a time.
pub const AUTH_THREADS_MAX: usize = 4;

/// Instances of one thread of an auth provider up to which another one follows for its memory:
/// whoever does not end a login keeps one.
pub const AUTH_INSTANCES_MAX: usize = 2;

/// Logins and questions that wait for one auth provider: what a thousand clients that come back at
/// once make, and soon over.
pub const AUTH_CALLS_MAX: usize = 4096;

/// Logins of one auth provider that wait for their peers; the broker ends those that take long.
pub const AUTH_LOGINS_MAX: usize = 65_536;

/// Bytes of a challenge, and of the data that accompanies a success. SCRAM's are some hundred.
pub const CHALLENGE_BYTES_MAX: usize = 64 * 1024;

/// Bytes of an identity, as AMQP's short strings hold.
pub const IDENTITY_BYTES_MAX: usize = 255;

/// Bytes of a file that a component reads by its name.
pub const GRANTED_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Bytes of the name of a file or an endpoint.
pub const GRANT_NAME_BYTES_MAX: usize = 127;

/// Milliseconds that a request to an endpoint may take, as long as nobody says otherwise: well
/// within what a login may take.
pub const HTTP_TIMEOUT_MS: u64 = 2_000;

/// Bytes of what an endpoint answers, as long as nobody says otherwise; documents of keys and
/// answers about tokens have some thousand.
pub const HTTP_RESPONSE_BYTES_MAX: u64 = 1024 * 1024;

/// The part of an instance's memory that the bytes of one append may take, as a divisor: the plugin
/// has them as they come, as it writes them, and perhaps encrypted, and memory that a component
/// let go is in pieces.
pub const STORE_BATCH_MEMORY_PART: u64 = 8;

/// As [`GROWTH_PART`], of a store: of its appends none is to fail.
pub const STORE_GROWTH_PART: u64 = 4;

/// Bytes of a page of records, entries or keys: far more than a call costs, far less than an
/// instance's memory.
pub const PAGE_BYTES: u32 = 256 * 1024;

/// Bytes of appends that wait for a store's thread. Who would pass that waits; the broker stops to
/// read from publishers at half of it.
pub const STORE_WAITING_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Bytes of appends that are committed together, at about: it bounds what a commit takes of memory
/// and of time.
pub const STORE_GROUP_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bytes of a key of a store's map; redb takes more, slowly.
pub const KEY_BYTES_MAX: usize = 64 * 1024;

/// Bytes that one call of a store may write. What an append of the largest memory writes is less;
/// a purge goes in parts.
pub const CALL_CHANGES_BYTES_MAX: usize = 512 * 1024 * 1024;

/// Bytes of a store's database that are held in memory, read or about to be written.
pub const DATABASE_CACHE_BYTES: usize = 64 * 1024 * 1024;
