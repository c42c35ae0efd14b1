//! Publishers that are held back while a queue is too full, and go on when it has shrunk.

use crate::virtual_host::{Queue, Waker};

impl Queue {
    /// Rings `waker` once the queue has shrunk; false where it holds nobody back (any more).
    pub(crate) fn wait_flow(&self, waker: &Waker) -> bool {
        let mut state = self.state.lock();
        let is_stopped = state.entries.is_flow_stopped() && !state.is_deleted;
        if is_stopped {
            state.held_back.add(waker);
        }
        is_stopped
    }
}
