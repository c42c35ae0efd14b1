//! Failures of one plugin at one place: all are counted, and the log has at most one line a second.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::virtual_host::limits::FAILURE_LINE_MS;

/// Failures so far.
#[derive(Debug, Default)]
pub(super) struct FailureLog {
    count: AtomicU64,
    /// When the last line was written, and how many there were by then.
    told: Mutex<Option<(u64, u64)>>,
}

impl FailureLog {
    /// Counts some more. Where a line is due, how many it is about: all since the last one.
    pub(super) fn note(&self, more: usize, now_ms: u64) -> Option<u64> {
        let count = self.count.fetch_add(more as u64, Ordering::Relaxed) + more as u64;
        let mut told = self.told.lock();
        let before = told.map_or(0, |(_, before)| before);
        if told.is_some_and(|(at_ms, _)| now_ms < at_ms.saturating_add(FAILURE_LINE_MS)) {
            return None;
        }
        *told = Some((now_ms, count.max(before)));
        Some(count.saturating_sub(before))
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_second_tells_of_all_since_the_last_one() {
        let log = FailureLog::default();
        assert_eq!(log.note(2, 5_000), Some(2));
        assert_eq!(log.note(3, 5_999), None);
        assert_eq!(log.note(4, 6_000), Some(7));
        assert_eq!(log.count(), 9);
    }
}
