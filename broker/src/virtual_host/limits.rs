//! Every limit of a virtual host, with its default and its reason.

use crate::virtual_host::Error;

/// How many of what there may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Queues: each costs about three kilobytes when it is empty, with its name and its binding to
    /// the default exchange, so that all of them stay below a gigabyte.
    pub(super) queues_max: usize,
    /// Exchanges: each is an instance of its plugin with caches of its own.
    pub(super) exchanges_max: usize,
    /// Bindings of all exchanges, those of the default exchange included: each costs some hundred
    /// bytes here and about as much in its plugin's index.
    pub(super) bindings_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { queues_max: 200_000, exchanges_max: 50_000, bindings_max: 1_000_000 }
    }
}

impl Limits {
    /// One more of something of which there are `count`.
    ///
    /// # Errors
    /// That would be more than `max`.
    pub(super) fn check(what: &str, count: usize, max: usize) -> Result<(), Error> {
        if count < max {
            return Ok(());
        }
        Err(Error::LimitExceeded(format!("there are {count} {what}, which is the limit")))
    }
}

/// Virtual hosts beside the default one: each has its standing exchanges, and its own number of
/// everything else.
pub(super) const VIRTUAL_HOSTS_MAX: usize = 1_000;

/// Branches of distributed transactions that are not ended: each costs some hundred bytes when it
/// is empty, and a client that crashes and comes back leaves those behind that it was at.
pub(super) const BRANCHES_MAX: usize = 65_536;

/// Messages of one transaction: what is more is no unit of work, and would keep every queue busy
/// when it is committed.
pub(super) const WORK_MESSAGES_MAX: usize = 1_000_000;

/// Bytes of one transaction's messages, headers included: two of the largest.
pub(super) const WORK_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Accepted messages that a branch holds: as many as it may publish.
pub(super) const WORK_ENTRIES_MAX: usize = 1_000_000;

/// Entries that one step of a purge, a move or a delete takes out under the lock.
pub(super) const STEP_ENTRIES: usize = 1_000;

/// Delayed messages that are due and are routed together: as many as a publisher's batch has.
pub(super) const DUE_BATCH_MAX: usize = 128;

/// Entries that one pull of a consumer with a filter looks at: enough to share the filter's call
/// and the queue's lock, few enough that others have their turn.
pub(super) const CANDIDATES_MAX: usize = 128;

/// Queues that are due and that are looked after before others have their turn.
pub(super) const DUE_QUEUES_MAX: usize = 64;

/// Alternate exchanges that a message may pass through before it is dropped, so that a ring of them
/// ends.
pub(super) const ALTERNATE_HOPS_MAX: usize = 8;

/// Alternate exchanges that a message may still pass through once a ring has dropped it. Rings that
/// share an alternate which leads to all of them push messages out of each other: each hop
/// multiplies one message by their number.
pub(super) const RING_HOPS_MAX: usize = 2;

/// Times that a message is changed by bindings between exchanges on its way, so that a ring ends
/// whose transformations make something new of it each time.
pub(super) const CHANGES_MAX: usize = 8;

/// Forms of one message that go on to further exchanges. Rings multiply them, as rings of
/// alternates do messages.
pub(super) const TRAVELLING_FORMS_MAX: usize = 1_000;

/// Batches of what has expired in one queue that are moved on before the next queue has its turn.
pub(super) const EXPIRED_BATCHES_MAX: usize = 16;

/// How often a batch that a plugin failed on, and parts of it, are halved to find what it fails on:
/// enough for two messages among 128, and at most 33 calls where it fails on everything.
pub(super) const HALVINGS_MAX: usize = 16;

/// What halving counts for where the plugin went past a limit: such a call may have taken all the
/// time that it is granted, so there are at most nine in a row.
pub(super) const LIMIT_HALVINGS: usize = 4;

/// Milliseconds between two lines of the log about failures at one place: enough to see that it
/// goes on, and nothing that a flood of messages can fill a disk with.
pub(super) const FAILURE_LINE_MS: u64 = 1_000;

/// Milliseconds after which it is looked again whether the store takes something, or a plugin does
/// not fail any more.
pub(super) const RETRY_MS: u64 = 1_000;

/// How often a consumer's filter is asked about a message that it fails on by itself, while it
/// decides others: enough to outlast an instance that is made anew, and not for ever.
pub(super) const FILTER_TRIES_MAX: u32 = 5;

/// Dead letters that a plugin failed on and that are tried again together where all go on: as many
/// as a publisher's batch has.
pub(super) const STRANDED_BATCH_MAX: usize = 128;

/// Dead letters that are tried again together where not all go on: so few that halving finds each
/// that a plugin fails on, also where it goes past a limit.
pub(super) const STRANDED_BATCH_MIN: usize = 4;

/// Batches of such that may be tried in vain before all others wait for the next time: at most 28
/// calls, about as many as a batch of a publisher may cost.
pub(super) const STRANDED_IN_VAIN_MAX: usize = 3;

/// Bytes of what a plugin says when it fails, as clients and the log get it.
pub(super) const FAILURE_TEXT_BYTES_MAX: usize = 1_000;
