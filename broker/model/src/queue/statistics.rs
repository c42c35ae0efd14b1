//! What a queue counts.

/// Counters since the queue was made, and its present depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Entries now, held ones included.
    pub depth_messages: u64,
    /// Their headers and bodies in bytes.
    pub depth_bytes: u64,
    /// Entries that consumers hold now.
    pub acquired: u64,
    /// Messages that entered.
    pub enqueued: u64,
    /// Entries that left, in whatever way.
    pub dequeued: u64,
    /// Entries that came back.
    pub released: u64,
    /// Entries that consumers refused.
    pub rejected: u64,
    /// Messages that a limit refused.
    pub rejected_full: u64,
    /// Entries that the policy ring dropped.
    pub ring_dropped: u64,
    /// Messages that expired.
    pub expired: u64,
    /// Entries that were purged.
    pub purged: u64,
}
