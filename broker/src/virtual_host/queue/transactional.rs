//! What transactions do to a queue, counted apart.

use philter_model::queue::Statistics;

/// Messages and bytes that transactions brought and took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transactional {
    /// Messages that entered.
    pub(crate) enqueued: u64,
    /// Their headers and bodies in bytes.
    pub(crate) enqueued_bytes: u64,
    /// Entries that were accepted.
    pub(crate) dequeued: u64,
    /// Their headers and bodies in bytes.
    pub(crate) dequeued_bytes: u64,
}

impl Transactional {
    pub(super) fn count_enqueues(&mut self, before: &Statistics, after: &Statistics) {
        self.enqueued += after.enqueued - before.enqueued;
        self.enqueued_bytes += after.enqueued_bytes - before.enqueued_bytes;
    }

    pub(super) fn count_dequeues(&mut self, before: &Statistics, after: &Statistics) {
        self.dequeued += after.dequeued - before.dequeued;
        self.dequeued_bytes += after.dequeued_bytes - before.dequeued_bytes;
    }

    /// Both together.
    pub(in crate::virtual_host) fn plus(self, other: Self) -> Self {
        Self {
            enqueued: self.enqueued + other.enqueued,
            enqueued_bytes: self.enqueued_bytes + other.enqueued_bytes,
            dequeued: self.dequeued + other.dequeued,
            dequeued_bytes: self.dequeued_bytes + other.dequeued_bytes,
        }
    }
}
