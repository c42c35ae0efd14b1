//! Which exchanges have bindings to a queue, so that a delete finds them.

use std::sync::Arc;

use foldhash::HashMap;

use crate::virtual_host::{Exchange, Queue};

/// Exchanges, and how many bindings each has; by address, for a name may be another exchange's
/// soon.
pub(super) type BoundTo = HashMap<usize, (Arc<Exchange>, usize)>;

impl Queue {
    /// Bindings that lead to it.
    pub(crate) fn binding_count(&self) -> usize {
        self.state.lock().bound_to.values().map(|(_, count)| count).sum()
    }

    /// An exchange is about to have a binding to this queue. False where the queue is deleted.
    pub(crate) fn add_binding(&self, exchange: &Arc<Exchange>) -> bool {
        let mut state = self.state.lock();
        if !state.is_deleted {
            let entry = || (Arc::clone(exchange), 0);
            state.bound_to.entry(address(exchange)).or_insert_with(entry).1 += 1;
        }
        !state.is_deleted
    }

    /// An exchange took back a binding to this queue.
    pub(crate) fn remove_binding(&self, exchange: &Arc<Exchange>) {
        let mut state = self.state.lock();
        if let Some((_, left)) = state.bound_to.get_mut(&address(exchange)) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                state.bound_to.remove(&address(exchange));
            }
        }
    }
}

/// Tells exchanges apart for as long as they are held.
fn address(exchange: &Arc<Exchange>) -> usize {
    Arc::as_ptr(exchange).addr()
}
