//! What an exchange adds to routing where its arguments ask for it: a number in every message
//! (`qpid.msg_sequence`), and the last message for whoever binds later (`qpid.ive`).
//!
//! Invariant: numbers begin at 1, and every message has its own. Those of one publisher ascend in
//! the order in which it published; of two publishers the one with the lower number may come to a
//! queue a moment later. Whoever binds while a message is on its way gets it once or twice, never
//! not at all.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::Mutex;
use philter_model::message::Message;
use philter_plugin_api::{BindingId, Value};

use crate::clock::now_ms;
use crate::message::{View, stamp};
use crate::virtual_host::publish::{Published, Way};
use crate::virtual_host::reach::Batch;
use crate::virtual_host::{Exchange, VirtualHost};

/// The argument, and the header that carries the number.
const SEQUENCE: &str = "qpid.msg_sequence";

/// What an exchange keeps of the messages that went through it.
#[derive(Debug, Default)]
pub(super) struct Passed {
    count: AtomicI64,
    last: Mutex<Option<Arc<Message>>>,
}

impl Exchange {
    /// Whether it numbers what goes through it, or keeps the last of it.
    pub(super) fn marks_what_passes(&self) -> bool {
        let settings = self.settings();
        settings.is_sequenced || settings.keeps_last
    }

    /// Does to a batch what the exchange's arguments ask for before it is routed; the changed
    /// messages, if they were changed.
    pub(super) fn prepare(&self, batch: &[Arc<Message>]) -> Option<Vec<Arc<Message>>> {
        let settings = self.settings();
        let stamped = settings.is_sequenced.then(|| {
            let count = i64::try_from(batch.len()).unwrap_or(0);
            let first = self.passed.count.fetch_add(count, Ordering::Relaxed) + 1;
            let numbers = (first..).map(Value::Long);
            let numbered = batch.iter().zip(numbers);
            numbered.map(|(message, number)| stamp(message, SEQUENCE, number)).collect::<Vec<_>>()
        });
        if settings.keeps_last {
            let last = stamped.as_deref().unwrap_or(batch).last().cloned();
            // The one before it ends when the lock is gone.
            let _before = std::mem::replace(&mut *self.passed.last.lock(), last);
        }
        stamped
    }
}

impl VirtualHost {
    /// Gives the queue of a new binding the last message, if the binding matches it.
    pub(super) fn redeliver_last(&self, exchange: &Arc<Exchange>, id: BindingId) {
        if !exchange.settings().keeps_last {
            return;
        }
        let last = exchange.passed.last.lock().clone();
        let Some(last) = last else { return };
        let Some(route) = exchange.route_by(id, &View::new(&last, self.name())) else { return };
        let (way, last) = (Way::new(now_ms()), slice::from_ref(&last));
        // Nobody is there to be told that it did not fit.
        self.deliver_by(exchange, route, Batch::new(last), way, &mut Published::default());
    }
}
