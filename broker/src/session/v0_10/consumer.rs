//! A subscription: where it takes from, how, and how much the client is ready for.

use std::sync::Arc;

use philter_model::credit::{Credit, INFINITE};
use philter_model::queue::ConsumerId;
use philter_protocol::v0_10::CommandId;
use philter_protocol::v0_10::command::{AcceptMode, AcquireMode};

use crate::session::live::{Listed, LiveSubscription};
use crate::virtual_host::Queue;

/// How a subscription takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Modes {
    pub(super) accept: AcceptMode,
    pub(super) acquire: AcquireMode,
}

/// A subscription.
pub(super) struct Consumer {
    pub(super) destination: String,
    pub(super) queue: Arc<Queue>,
    /// Its number in the queue.
    pub(super) id: ConsumerId,
    pub(super) accept: AcceptMode,
    pub(super) acquire: AcquireMode,
    pub(super) credit: Credit,
    /// The queue counts it among those that want something.
    pub(super) is_resumed: bool,
    /// It stands in line for a pull.
    pub(super) is_ready: bool,
    /// Its own session deleted the queue: that is no news to it, and it may still cancel.
    pub(super) knows_of_delete: bool,
    /// A flush that is complete when there is nothing more to deliver, or no credit.
    pub(super) flush: Option<CommandId>,
    /// Every so many messages the client is asked to complete what it has; 0: never.
    pub(super) sync_every: u32,
    /// Messages since it was asked.
    pub(super) since_sync: u32,
    /// Its entry in the directory.
    pub(super) live: Listed<LiveSubscription>,
}

impl Consumer {
    pub(super) fn new(
        destination: &str,
        queue: Arc<Queue>,
        id: ConsumerId,
        modes: Modes,
        live: Listed<LiveSubscription>,
    ) -> Self {
        let Modes { accept, acquire } = modes;
        Self {
            destination: destination.to_owned(),
            queue,
            id,
            accept,
            acquire,
            credit: Credit::default(),
            is_resumed: false,
            is_ready: false,
            knows_of_delete: false,
            flush: None,
            sync_every: 0,
            since_sync: 0,
            live,
        }
    }

    /// One more message goes out; whether the client is asked to complete what it has.
    pub(super) fn wants_sync(&mut self) -> bool {
        if self.sync_every == 0 {
            return false;
        }
        self.since_sync += 1;
        let wants = self.since_sync >= self.sync_every;
        if wants {
            self.since_sync = 0;
        }
        wants
    }

    /// Whether its credit has no bound, so that nothing moves when transfers complete.
    pub(super) fn is_unbounded(&self) -> bool {
        self.credit.messages_left() == INFINITE && self.credit.bytes_left() == u64::MAX
    }

    pub(super) fn acquires(&self) -> bool {
        self.acquire == AcquireMode::PreAcquired
    }

    /// Tells the queue whether there is credit.
    pub(super) fn attend(&mut self) {
        let is_open = self.credit.is_open();
        if is_open && !self.is_resumed {
            self.queue.resume(self.id);
        } else if !is_open {
            self.rest();
        }
        self.is_resumed = is_open;
    }

    /// Tells the queue that it can't take anything now, whatever its credit.
    pub(super) fn rest(&mut self) {
        if self.is_resumed {
            self.queue.suspend(self.id);
            self.is_resumed = false;
        }
    }

    /// Takes all credit away.
    pub(super) fn stop(&mut self) {
        self.credit.stop();
        self.attend();
    }
}
