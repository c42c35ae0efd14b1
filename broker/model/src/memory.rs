//! What all messages of this process take in memory, so that a broker can bound it.
//!
//! Counted where a message is made and where the last who shares it lets it go. Each thread counts
//! by itself and adds to the sum in steps, so that threads do not meet at one counter for each
//! message.
//!
//! Invariant: the sum is off by at most [`STEP_BYTES`] a thread.

use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};

/// Bytes that a thread counts by itself: some dozens of small messages. All threads together stay
/// far below the least limit that a broker may have.
const STEP_BYTES: i64 = 16 * 1024;

static SUM: AtomicI64 = AtomicI64::new(0);

thread_local! {
    static OWN: Own = const { Own(Cell::new(0)) };
}

/// What a thread has not added yet.
struct Own(Cell<i64>);

impl Own {
    fn count(&self, bytes: i64) {
        let counted = self.0.get() + bytes;
        if counted.abs() < STEP_BYTES {
            self.0.set(counted);
        } else {
            self.0.set(0);
            SUM.fetch_add(counted, Ordering::Relaxed);
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        SUM.fetch_add(self.0.get(), Ordering::Relaxed);
    }
}

/// Bytes that all messages take, their bookkeeping included.
pub fn message_bytes() -> u64 {
    u64::try_from(SUM.load(Ordering::Relaxed)).unwrap_or(0)
}

/// A message of this size came to be.
pub(crate) fn made(bytes: usize) {
    count(i64::try_from(bytes).unwrap_or(i64::MAX));
}

/// A message of this size is no more.
pub(crate) fn dropped(bytes: usize) {
    count(i64::try_from(bytes).map_or(i64::MIN, |bytes| -bytes));
}

fn count(bytes: i64) {
    // A thread that ends has nothing of its own any more.
    if OWN.try_with(|own| own.count(bytes)).is_err() {
        SUM.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::message::tests::message;

    /// The other tests of this process make messages too, but far less than this.
    const LARGE_BYTES: u64 = 100 * 1024 * 1024;

    #[test]
    fn a_message_counts_until_the_last_lets_it_go() {
        let before = message_bytes();
        let shared = Arc::new(message(&vec![0; 110 * 1024 * 1024]));
        let other = Arc::clone(&shared);
        drop(shared);
        assert!(message_bytes() > before + LARGE_BYTES);
        std::thread::spawn(move || drop(other)).join().unwrap();
        assert!(message_bytes() < before + LARGE_BYTES);
    }

    #[test]
    fn a_thread_that_ends_leaves_nothing_uncounted() {
        let counted = || {
            let own = Own(Cell::new(0));
            own.count(STEP_BYTES - 1);
            own.0.get()
        };
        assert_eq!(std::thread::spawn(counted).join().unwrap(), STEP_BYTES - 1);
        SUM.fetch_add(1 - STEP_BYTES, Ordering::Relaxed);
    }
}
