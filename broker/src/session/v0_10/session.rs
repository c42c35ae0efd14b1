//! One attached session: its subscriptions, what it holds, the queues it owns.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use philter_model::queue::{ConsumerId, EntryId};
use philter_model::unsettled::Unsettled;

use super::consumer::Consumer;
use crate::virtual_host::{OwnerId, Queue, VirtualHost};

/// A transfer that was sent and is not settled.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) queue: Arc<Queue>,
    pub(super) entry: EntryId,
    pub(super) consumer: ConsumerId,
    /// It was taken from its queue; otherwise it was shown.
    pub(super) is_acquired: bool,
    /// No accept will come.
    pub(super) is_accept_none: bool,
}

/// A transfer that counts against a window until the client completes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct InWindow {
    /// The subscription's number.
    pub(super) consumer: u64,
    /// The credit's epoch in which it was sent.
    pub(super) epoch: u32,
    pub(super) bytes: u64,
}

/// One attached session.
pub(super) struct Session {
    pub(super) name: Bytes,
    pub(super) owner: OwnerId,
    /// Subscriptions by number, which is never used again.
    pub(super) consumers: HashMap<u64, Consumer>,
    pub(super) destinations: HashMap<String, u64>,
    pub(super) next_consumer: u64,
    pub(super) held: Unsettled<Held>,
    pub(super) windows: Unsettled<InWindow>,
    /// How many in `held` are forgotten when the client completes them: shown, and no accept will
    /// come.
    pub(super) shown_unaccepted: usize,
    /// Exclusive queues, given up when the session ends.
    pub(super) owned: Vec<Arc<Queue>>,
}

impl Session {
    pub(super) fn new(name: Bytes, owner: OwnerId) -> Self {
        Self {
            name,
            owner,
            consumers: HashMap::default(),
            destinations: HashMap::default(),
            next_consumer: 0,
            held: Unsettled::default(),
            windows: Unsettled::default(),
            shown_unaccepted: 0,
            owned: Vec::new(),
        }
    }

    /// The subscription of a destination.
    pub(super) fn consumer_of(&mut self, destination: &str) -> Option<&mut Consumer> {
        let number = self.destinations.get(destination)?;
        self.consumers.get_mut(number)
    }

    /// Ends a subscription. What it holds stays with the session.
    pub(super) fn cancel(&mut self, host: &VirtualHost, destination: &str) -> bool {
        let Some(number) = self.destinations.remove(destination) else { return false };
        if let Some(consumer) = self.consumers.remove(&number) {
            consumer.queue.cancel(consumer.id);
            host.auto_delete_queue(&consumer.queue);
        }
        true
    }

    /// The session ends: what it holds goes back, marked as redelivered; its subscriptions end; its
    /// exclusive queues are given up, and go if they are auto-delete.
    pub(super) fn end(mut self, host: &VirtualHost) {
        // Subscriptions first, so that nothing comes back to them; queues last, so that what comes
        // back is in them when they go to their alternate exchange.
        let consumers = std::mem::take(&mut self.consumers);
        consumers.values().for_each(|consumer| consumer.queue.cancel(consumer.id));
        let held: Vec<Held> = self.held.drain().map(|(_, held)| held).collect();
        for run in held.chunk_by(Held::is_alike) {
            if let Some(first) = run.first().filter(|held| held.is_acquired) {
                let entries: Vec<EntryId> = run.iter().map(|held| held.entry).collect();
                first.queue.release(first.consumer, &entries, true);
            }
        }
        for consumer in consumers.values() {
            host.auto_delete_queue(&consumer.queue);
        }
        for queue in std::mem::take(&mut self.owned) {
            queue.disown(self.owner);
            host.auto_delete_queue(&queue);
        }
    }
}

impl Held {
    /// Whether both can be settled by one call.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.queue, &other.queue)
            && self.consumer == other.consumer
            && self.is_acquired == other.is_acquired
    }
}
