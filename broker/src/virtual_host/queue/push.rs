//! Messages that enter a live queue.

use std::sync::Arc;

use philter_model::message::Message;
use philter_model::queue::{OverflowPolicy, PushOutcome, QueueSettings};

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

/// What becomes of the messages behind one that has its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::virtual_host) enum Push {
    /// They enter as well.
    GoOn,
    /// They do not.
    Stop,
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
    /// Whether all of these messages fit now, refused by no limit.
    pub(in crate::virtual_host) fn has_room_for(&self, messages: &[Arc<Message>]) -> bool {
        let QueueSettings { policy, count_max, bytes_max, .. } = self.settings();
        if *policy != OverflowPolicy::Reject || (count_max.is_none() && bytes_max.is_none()) {
            return true;
        }
        let bytes: u64 = messages.iter().map(|message| message.size()).sum();
        let (depth_messages, depth_bytes) = self.state.lock().entries.depth();
        count_max.is_none_or(|max| depth_messages + messages.len() as u64 <= max)
            && bytes_max.is_none_or(|max| depth_bytes + bytes <= max)
    }

    /// Appends messages in order and answers one outcome each, until one says to stop.
    pub(in crate::virtual_host) fn push<'m>(
        &self,
        offers: impl Iterator<Item = Offer<'m>>,
        now_ms: u64,
        mut outcome: impl FnMut(usize, PushOutcome) -> Push,
    ) -> Pushed {
        self.change(|state, woken| {
            if state.is_deleted {
                return Pushed::Deleted;
            }
            for Offer { index, message, key } in offers {
                let message = Arc::clone(message);
                if outcome(index, state.entries.push_keyed(message, key, now_ms, woken)) == Push::Stop
                {
                    break;
                }
            }
            if self.settings.policy == OverflowPolicy::Ring || self.settings.key_header().is_some()
            {
                state.unstick(woken);
            }
            Pushed::Done { is_stopped: state.entries.is_flow_stopped() }
        })
    }
}
