//! Messages that enter a live queue.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{OverflowPolicy, PushOutcome};

use crate::virtual_host::Queue;

/// A message on its way into a queue.
pub(in crate::virtual_host) struct Offer<'m> {
    /// Its index in its publisher's batch.
    pub(in crate::virtual_host) index: usize,
    /// The message.
    pub(in crate::virtual_host) message: &'m Arc<Message>,
    /// The value of the queue's key header.
    pub(in crate::virtual_host) key: Option<&'m [u8]>,
}

/// How a push went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::virtual_host) enum Pushed {
    /// Each message has its outcome.
    Done {
        /// The queue holds its publishers back.
        is_stopped: bool,
    },
    /// The queue is deleted; no message has an outcome.
    Deleted,
}

impl Queue {
    /// Appends messages in order and answers one outcome each.
    pub(in crate::virtual_host) fn push<'m>(
        &self,
        offers: impl Iterator<Item = Offer<'m>>,
        now_ms: u64,
        mut outcome: impl FnMut(usize, PushOutcome),
    ) -> Pushed {
        self.change(|state, woken| {
            if state.is_deleted {
                return Pushed::Deleted;
            }
            for Offer { index, message, key } in offers {
                let message = Arc::clone(message);
                outcome(index, state.entries.push_keyed(message, key, now_ms, woken));
            }
            if self.settings.policy == OverflowPolicy::Ring || self.settings.key_header().is_some()
            {
                state.unstick(woken);
            }
            Pushed::Done { is_stopped: state.entries.is_flow_stopped() }
        })
    }
}
