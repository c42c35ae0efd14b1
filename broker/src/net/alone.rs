//! Whether a connection is the only one that its thread hears of lately: then the thread may wait
//! for a disk in its turn, for a while in which it would most likely have nothing else to do.
//!
//! Invariant: a connection beside it on the same thread that talks more than once in
//! [`READS_IN_A_ROW`] reads is not made to wait, nor is one that the thread has just woken. Others
//! may be, as long as a quick disk takes.

use std::cell::Cell;

/// Reads of one connection, with none of another between them, after which it is alone.
const READS_IN_A_ROW: u32 = 16;

thread_local! {
    static LAST: Cell<(usize, u32)> = const { Cell::new((0, 0)) };
    static HAS_RUNG: Cell<bool> = const { Cell::new(false) };
}

/// A connection, by an address of its own, has read something on this thread.
pub(super) fn note_read(connection: usize) {
    let (last, count) = LAST.get();
    let count = if last == connection { count.saturating_add(1) } else { 1 };
    LAST.set((connection, count));
    HAS_RUNG.set(false);
}

/// Somebody was woken on this thread, and may be the next one that it does something for: nobody
/// else can.
pub(super) fn note_ring() {
    HAS_RUNG.set(true);
}

/// Whether this thread has read nothing of another connection for a while, and has woken nobody
/// since the last read.
pub(super) fn is_alone(connection: usize) -> bool {
    let (last, count) = LAST.get();
    last == connection && count >= READS_IN_A_ROW && !HAS_RUNG.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_connection_that_reads_ends_it() {
        assert!(!is_alone(1));
        (0..READS_IN_A_ROW).for_each(|_| note_read(1));
        assert!(is_alone(1) && !is_alone(2));
        note_ring();
        assert!(!is_alone(1));
        note_read(1);
        assert!(is_alone(1));
        note_read(2);
        assert!(!is_alone(1) && !is_alone(2));
        note_read(1);
        assert!(!is_alone(1));
    }
}
