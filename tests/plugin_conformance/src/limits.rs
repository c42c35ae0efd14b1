//! Every limit of the kit, with its reason.

/// Milliseconds that a call may take by default: what the broker gives a login in all.
pub const DEADLINE_MS_DEFAULT: u64 = 10_000;

/// Threads that call at once: more than the two cores of a small machine, so that calls overlap.
pub(crate) const THREADS: usize = 4;

/// Times that a thread repeats its calls: enough for calls to meet, done within a second.
pub(crate) const ROUNDS: usize = 200;

/// Challenges that a login is answered with before the kit gives up: the longest mechanism has
/// three.
pub(crate) const CHALLENGES_MAX: usize = 8;

/// Logins that are begun at once.
pub(crate) const LOGINS: usize = 64;

/// Events that are kept to look through.
pub(crate) const EVENTS_MAX: usize = 10_000;

/// Bytes of the largest body that is tried where a store takes larger ones: past every buffer and
/// segment of usual size, done within a second.
pub(crate) const BODY_BYTES_TRIED_MAX: usize = 16 * 1024 * 1024;

/// Queues that one message goes to, and queues of one shard.
pub(crate) const QUEUES: u64 = 1000;

/// Bytes of the bodies that a store is filled up with, and how many it is given at most: 1 GiB.
pub(crate) const FILL_BODY_BYTES: usize = 64 * 1024;
pub(crate) const FILL_APPENDS_MAX: u64 = 16 * 1024;

/// Appends that a process begins before it awaits the first of them, and confirmed rounds of them
/// after which it is killed.
pub(crate) const VICTIM_WINDOW: u64 = 16;
pub(crate) const VICTIM_ROUNDS: usize = 40;

/// Rounds after which a process that nobody kills ends by itself.
pub(crate) const VICTIM_ROUNDS_MAX: usize = 100_000;

/// Log lines that are kept to look through.
pub(crate) const LOG_LINES_MAX: usize = 10_000;

/// Broken contracts that a line shows; one is enough, but a second says whether it goes on.
pub(crate) const FAULTS_SHOWN_MAX: usize = 2;

/// How many deadlines of a call a whole rule may take before the kit ends the process that runs it:
/// rules call many times, but only a few calls of one rule are slow.
pub const CALLS_PER_RULE: u32 = 12;

/// A batch of this many operations is still made to see it refused; larger limits are believed.
pub(crate) const BATCH_OPERATIONS_TRIED_MAX: u64 = 1 << 20;
