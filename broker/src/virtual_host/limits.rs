//! Every limit of a virtual host, with its default and its reason.

/// Queues: each costs about two kilobytes when it is empty, so that all of them stay below a
/// gigabyte.
pub(super) const QUEUES_MAX: usize = 200_000;

/// Exchanges: each is an instance of its plugin with caches of its own.
pub(super) const EXCHANGES_MAX: usize = 50_000;

/// Bindings of all exchanges, those of the default exchange included: each costs some hundred bytes
/// here and about as much in its plugin's index.
pub(super) const BINDINGS_MAX: usize = 1_000_000;

/// Entries that one step of a purge, a move or a delete takes out under the lock.
pub(super) const STEP_ENTRIES: usize = 1_000;

/// Entries that one pull of a consumer with a filter looks at: enough to share the filter's call and
/// the queue's lock, few enough that others have their turn.
pub(super) const CANDIDATES_MAX: usize = 128;

/// Alternate exchanges that a message may pass through before it is dropped, so that a ring of them
/// ends.
pub(super) const ALTERNATE_HOPS_MAX: usize = 8;
