//! Producer flow control: a transfer into a queue that holds its publishers back is completed when
//! the queue has shrunk (as Qpid's brokers do it). Everything else of the session goes on.
//!
//! Invariant: a command that waits is in the set of at least one queue; it is completed when the
//! last of its queues lets it go.

use std::sync::Arc;

use philter_protocol::v0_10::{CommandId, RangeSet};

use super::connection::Connection;
use crate::net::Token;
use crate::virtual_host::{Queue, Waker};

/// Stands in a token where it is not about a consumer: a queue lets publishers go on.
pub(super) const FLOW: u64 = u64::MAX;

/// Commands that wait for a queue.
pub(super) struct Withheld {
    pub(super) queue: Arc<Queue>,
    pub(super) commands: RangeSet,
}

impl Connection {
    /// Withholds the completion of commands whose messages entered queues that hold their
    /// publishers back; answers those that have to wait.
    pub(super) fn withhold(
        &mut self,
        channel: u16,
        held: impl Iterator<Item = (CommandId, Arc<Queue>)>,
    ) -> RangeSet {
        let waker = self.flow_waker(channel);
        let mut waiting = RangeSet::default();
        if self.is_draining {
            return waiting;
        }
        let Some(session) = self.sessions.get_mut(&channel) else { return waiting };
        for (id, queue) in held {
            let have = session.withheld.iter_mut().find(|held| Arc::ptr_eq(&held.queue, &queue));
            if let Some(withheld) = have {
                withheld.commands.add(id);
            } else if queue.wait_flow(&waker) {
                let commands = RangeSet::single(id);
                session.withheld.push(Withheld { queue, commands });
            } else {
                continue;
            }
            waiting.add(id);
        }
        waiting
    }

    /// A queue may let publishers of a session go on: what waits for no queue any more is complete.
    pub(super) fn let_go(&mut self, channel: u16) {
        let waker = self.flow_waker(channel);
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let mut free = RangeSet::default();
        session.withheld.retain(|withheld| {
            let waits = withheld.queue.wait_flow(&waker);
            if !waits {
                let ranges = withheld.commands.ranges();
                ranges.iter().for_each(|(first, last)| free.add_range(*first, *last));
            }
            waits
        });
        for withheld in &session.withheld {
            free.remove(&withheld.commands);
        }
        for id in free.iter() {
            self.protocol.complete(channel, id);
        }
    }

    fn flow_waker(&self, channel: u16) -> Waker {
        let token = Token { channel, consumer: FLOW };
        Waker { mailbox: Arc::clone(&self.mailbox), token }
    }
}
