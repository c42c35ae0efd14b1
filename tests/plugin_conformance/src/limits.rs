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

/// Log lines that are kept to look through.
pub(crate) const LOG_LINES_MAX: usize = 10_000;

/// Broken contracts that a line shows; one is enough, but a second says whether it goes on.
pub(crate) const FAULTS_SHOWN_MAX: usize = 2;

/// How many deadlines of a call a whole rule may take before the kit ends the process that runs it:
/// rules call many times, but only a few calls of one rule are slow.
pub const CALLS_PER_RULE: u32 = 12;

/// A batch of this many operations is still made to see it refused; larger limits are believed.
pub(crate) const BATCH_OPERATIONS_TRIED_MAX: u64 = 1 << 20;
