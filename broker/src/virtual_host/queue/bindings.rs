//! Which exchanges have bindings to a queue, so that a delete finds them.

use std::sync::Arc;

use crate::virtual_host::{Exchange, Queue};

impl Queue {
    /// Bindings that lead to it.
    pub(crate) fn binding_count(&self) -> usize {
        self.state.lock().bound_to.count()
    }

    /// An exchange is about to have a binding to this queue. False where the queue is deleted.
    pub(crate) fn add_binding(&self, exchange: &Arc<Exchange>) -> bool {
        let mut state = self.state.lock();
        if !state.is_deleted {
            state.bound_to.add(exchange);
        }
        !state.is_deleted
    }

    /// An exchange took back a binding to this queue.
    pub(crate) fn remove_binding(&self, exchange: &Arc<Exchange>) {
        self.state.lock().bound_to.remove(exchange);
    }
}
