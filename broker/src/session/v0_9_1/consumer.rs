//! A consumer: where it takes from, and how much it may hold.

use std::sync::Arc;

use philter_model::queue::ConsumerId;

use crate::session::live::{Listed, LiveSubscription};
use crate::virtual_host::Queue;

/// A consumer.
pub(super) struct Consumer {
    pub(super) tag: Arc<str>,
    pub(super) queue: Arc<Queue>,
    /// Its number in the queue.
    pub(super) id: ConsumerId,
    /// It acknowledges what it is given.
    pub(super) is_acknowledged: bool,
    /// Messages that it may hold; 0: any number.
    pub(super) prefetch: u16,
    /// Messages that it holds.
    pub(super) unsettled: usize,
    /// The queue counts it among those that want something.
    pub(super) is_resumed: bool,
    /// It stands in line for a pull.
    pub(super) is_ready: bool,
    /// Its entry in the directory.
    pub(super) live: Listed<LiveSubscription>,
}

impl Consumer {
    /// Messages that its own prefetch leaves room for.
    pub(super) fn room(&self) -> usize {
        match self.prefetch {
            0 => usize::MAX,
            max => usize::from(max).saturating_sub(self.unsettled),
        }
    }

    /// Tells the queue whether there is room for messages.
    pub(super) fn attend(&mut self, has_room: bool) {
        if has_room && !self.is_resumed {
            self.queue.resume(self.id);
            self.is_resumed = true;
        } else if !has_room {
            self.rest();
        }
    }

    /// Tells the queue that it can't take anything now.
    pub(super) fn rest(&mut self) {
        if self.is_resumed {
            self.queue.suspend(self.id);
            self.is_resumed = false;
        }
    }
}
