//! Which exchanges have bindings to one queue or exchange, so that its delete finds them.

use std::sync::Arc;

use foldhash::HashMap;

use crate::virtual_host::Exchange;

/// Exchanges, and how many bindings each has; by address, for a name may be another exchange's
/// soon.
#[derive(Default)]
pub(super) struct BoundTo(HashMap<usize, (Arc<Exchange>, usize)>);

impl BoundTo {
    /// An exchange is about to have one binding more.
    pub(super) fn add(&mut self, exchange: &Arc<Exchange>) {
        let entry = || (Arc::clone(exchange), 0);
        self.0.entry(address(exchange)).or_insert_with(entry).1 += 1;
    }

    /// An exchange has one binding less.
    pub(super) fn remove(&mut self, exchange: &Arc<Exchange>) {
        if let Some((_, left)) = self.0.get_mut(&address(exchange)) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.0.remove(&address(exchange));
            }
        }
    }

    /// Bindings of all exchanges.
    pub(super) fn count(&self) -> usize {
        self.0.values().map(|(_, count)| count).sum()
    }

    /// Takes the exchanges.
    pub(super) fn take(&mut self) -> Vec<Arc<Exchange>> {
        self.0.drain().map(|(_, (exchange, _))| exchange).collect()
    }
}

/// Tells exchanges apart for as long as they are held.
fn address(exchange: &Arc<Exchange>) -> usize {
    Arc::as_ptr(exchange).addr()
}
