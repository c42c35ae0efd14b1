//! One attached session: its subscriptions, what it holds, the queues it owns.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use philter_model::queue::{ConsumerId, EntryId};
use philter_model::unsettled::Unsettled;
use philter_protocol::v0_10::CommandId;

use super::association::Associations;
use super::consumer::Consumer;
use super::transaction::Transaction;
use super::withheld::Withheld;
use crate::clock::now_ms;
use crate::long_work::in_steps;
use crate::session::live::{Listed, LiveSession};
use crate::virtual_host::{Actor, Event, OwnerId, Queue, VirtualHost};

/// Transfers of a session that were shown, not taken, and not settled. A browser may see any number
/// of messages come and go; beyond this the oldest are forgotten, and can't be acquired any more.
const SHOWN_MAX: usize = 65_536;

/// Transfers of a session that count against windows until the client completes them. No window of
/// use is larger; of a client that completes nothing the oldest are forgotten, and their credit
/// does not come back.
const IN_WINDOW_MAX: usize = 1 << 20;

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

impl InWindow {
    /// Counts a transfer, the last that was sent.
    pub(super) fn count(self, windows: &mut Unsettled<Self>, id: CommandId) {
        windows.insert(id.0, self);
        // Half of them at once, so that it costs little for each.
        if windows.len() > IN_WINDOW_MAX {
            let mut left = IN_WINDOW_MAX / 2;
            let oldest = |_, _: &mut Self| {
                let is_one = left > 0;
                left -= usize::from(is_one);
                is_one
            };
            let first = id.0.wrapping_sub(i32::MAX.unsigned_abs());
            windows.settle(first, id.0, oldest, &mut Vec::new());
        }
    }
}

/// One attached session.
pub(super) struct Session {
    pub(super) name: Bytes,
    pub(super) owner: OwnerId,
    /// Who the virtual host is told causes what the session does.
    pub(super) actor: Actor,
    /// Subscriptions by number, which is never used again.
    pub(super) consumers: HashMap<u64, Consumer>,
    pub(super) destinations: HashMap<String, u64>,
    pub(super) next_consumer: u64,
    pub(super) held: Unsettled<Held>,
    pub(super) windows: Unsettled<InWindow>,
    /// How many in `held` were shown and not taken.
    pub(super) shown: usize,
    /// Exclusive queues, given up when the session ends.
    pub(super) owned: Vec<Arc<Queue>>,
    /// What waits for a commit; none before tx.select.
    pub(super) transaction: Option<Transaction>,
    /// Branches of distributed transactions that it works on; none before dtx.select.
    pub(super) dtx: Option<Associations>,
    /// It gave commands about such branches, its own or others'.
    pub(super) manages_branches: bool,
    /// Transfers that are complete when queues have shrunk.
    pub(super) withheld: Vec<Withheld>,
    /// It is attached again, and its client has not said yet what it expects.
    pub(super) is_silent: bool,
    /// Its entry in the directory.
    pub(super) live: Listed<LiveSession>,
}

impl Session {
    pub(super) fn new(
        name: Bytes,
        owner: OwnerId,
        actor: Actor,
        live: Listed<LiveSession>,
    ) -> Self {
        Self {
            name,
            owner,
            actor,
            consumers: HashMap::default(),
            destinations: HashMap::default(),
            next_consumer: 0,
            held: Unsettled::default(),
            windows: Unsettled::default(),
            shown: 0,
            owned: Vec::new(),
            transaction: None,
            dtx: None,
            manages_branches: false,
            withheld: Vec::new(),
            is_silent: false,
            live,
        }
    }

    /// It has no connection for now: its queues give others what they have.
    pub(super) fn rest(&mut self) {
        for consumer in self.consumers.values_mut() {
            consumer.rest();
            consumer.is_ready = false;
        }
    }

    /// Tells the directory how much it holds.
    pub(super) fn record(&self) {
        self.live.record_unacked(self.held.len());
    }

    /// The subscription of a destination.
    pub(super) fn consumer_of(&mut self, destination: &str) -> Option<&mut Consumer> {
        let number = self.destinations.get(destination)?;
        self.consumers.get_mut(number)
    }

    /// Keeps a transfer, the last that was sent, until it is settled.
    pub(super) fn hold(&mut self, id: CommandId, held: Held) {
        self.shown += usize::from(!held.is_acquired);
        self.held.insert(id.0, held);
        // Half of them at once, so that it costs little for each.
        if self.shown > 2 * SHOWN_MAX {
            let mut left = self.shown - SHOWN_MAX;
            let oldest = |_, held: &mut Held| {
                let is_one = !held.is_acquired && left > 0;
                left -= usize::from(is_one);
                is_one
            };
            let mut forgotten = Vec::new();
            let first = id.0.wrapping_sub(i32::MAX.unsigned_abs());
            self.held.settle(first, id.0, oldest, &mut forgotten);
            self.shown = SHOWN_MAX;
        }
    }

    /// Ends a subscription. What it holds stays with the session.
    pub(super) fn cancel(&mut self, host: &VirtualHost, destination: &str) -> bool {
        let Some(number) = self.destinations.remove(destination) else { return false };
        if let Some(consumer) = self.consumers.remove(&number) {
            consumer.queue.cancel(consumer.id);
            host.auto_delete_queue(&consumer.queue);
            self.tell_unsubscribed(host, &consumer);
        }
        true
    }

    fn tell_unsubscribed(&self, host: &VirtualHost, consumer: &Consumer) {
        host.raise(|| Event::Unsubscribed {
            by: self.actor.clone(),
            destination: consumer.destination.clone(),
        });
    }

    /// The session ends: what it holds goes back, marked as redelivered; its subscriptions end; its
    /// exclusive queues are given up, and go if they are auto-delete. Branches that it is
    /// associated with can only be rolled back.
    pub(super) fn end(self, host: &VirtualHost) {
        in_steps(self.held.len() + self.consumers.len(), || self.end_at_once(host));
    }

    fn end_at_once(mut self, host: &VirtualHost) {
        if let Some(dtx) = self.dtx.take() {
            dtx.abandon(host, self.owner.session);
        }
        // Subscriptions first, so that nothing comes back to them; queues last, so that what comes
        // back is in them when they go to their alternate exchange.
        let consumers = std::mem::take(&mut self.consumers);
        consumers.values().for_each(|consumer| consumer.queue.cancel(consumer.id));
        let held: Vec<Held> = self.held.drain().map(|(_, held)| held).collect();
        for run in held.chunk_by(Held::is_alike) {
            if let Some(first) = run.first().filter(|held| held.is_acquired) {
                let entries: Vec<EntryId> = run.iter().map(|held| held.entry).collect();
                host.release(&first.queue, first.consumer, &entries, true, now_ms());
            }
        }
        for consumer in consumers.values() {
            host.auto_delete_queue(&consumer.queue);
            self.tell_unsubscribed(host, consumer);
        }
        host.end_scope(self.owner);
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

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use philter_model::queue::QueueSettings;

    use super::*;
    use crate::session::live::Live;
    use crate::virtual_host::ConnectionId;

    #[test]
    fn a_client_that_completes_nothing_costs_no_more_than_the_limit() {
        let mut windows = Unsettled::default();
        let begin = u32::MAX - 10;
        for number in 0..2_000_000 {
            let in_window = InWindow { consumer: 0, epoch: number, bytes: 1 };
            in_window.count(&mut windows, CommandId(begin.wrapping_add(number)));
            assert!(windows.len() <= IN_WINDOW_MAX);
        }
        let (_, last) = windows.drain().last().unwrap();
        assert_eq!(last.epoch, 1_999_999, "the newest stay");
    }

    #[test]
    fn a_browser_that_settles_nothing_costs_no_more_than_the_limit() {
        let queue = Arc::new(Queue::bare(QueueSettings::new("q")));
        let owner = OwnerId { session: 1, connection: ConnectionId(1) };
        let live = Live::default().list_session(LiveSession::new(1, "me", &Bytes::new()));
        let mut session = Session::new(Bytes::new(), owner, Actor::broker().clone(), live);
        let begin = u32::MAX - 10;
        for number in 0..200_000 {
            let held = Held {
                queue: Arc::clone(&queue),
                entry: EntryId(u64::from(number)),
                consumer: ConsumerId(NonZeroU32::MIN),
                is_acquired: number == 0,
                is_accept_none: false,
            };
            session.hold(CommandId(begin.wrapping_add(number)), held);
            assert!(session.held.len() <= 2 * SHOWN_MAX + 1);
        }
        assert_eq!(session.held.len(), session.shown + 1);
        let (_, first) = session.held.drain().next().unwrap();
        assert!(first.is_acquired, "what was taken is never forgotten");
    }
}
