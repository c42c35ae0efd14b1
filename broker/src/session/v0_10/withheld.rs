//! Producer flow control: a transfer into a queue that holds its publishers back is completed when
//! the queue has shrunk (as Qpid's brokers do it), and any transfer when memory has room.
//! Everything else of the session goes on.
//!
//! Invariant: a command that waits is in the set of at least one gate; it is completed when the
//! last of its gates lets it go.

use std::sync::Arc;

use philter_protocol::v0_10::command::error_code;
use philter_protocol::v0_10::{CommandId, RangeSet};

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::session::Session;
use crate::memory::MemoryGate;
use crate::net::Token;
use crate::store::{self, Awaited};
use crate::virtual_host::{Queue, Waker};

/// Stands in a token where it is not about a consumer: a queue lets publishers go on.
pub(super) const FLOW: u64 = u64::MAX;

/// What holds publishers back.
#[derive(Clone)]
pub(super) enum Gate {
    Queue(Arc<Queue>),
    Memory(Arc<MemoryGate>),
    Store(Arc<Awaited>),
}

impl Gate {
    /// Rings `waker` once it is open; false where it is open now.
    fn wait(&self, waker: &Waker) -> bool {
        match self {
            Self::Queue(queue) => queue.wait_flow(waker),
            Self::Memory(memory) => memory.wait(waker),
            Self::Store(awaited) => awaited.wait(waker),
        }
    }

    /// The append by which it never opens.
    fn failed(&self) -> Option<&Arc<Awaited>> {
        match self {
            Self::Store(awaited) => awaited.outcome()?.is_err().then_some(awaited),
            Self::Queue(_) | Self::Memory(_) => None,
        }
    }

    /// Whether it opens sooner where somebody says that they wait.
    fn is_in_no_haste(&self) -> bool {
        match self {
            Self::Store(awaited) => awaited.is_in_no_haste(),
            Self::Queue(_) | Self::Memory(_) => false,
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Queue(queue), Self::Queue(other)) => Arc::ptr_eq(queue, other),
            (Self::Memory(_), Self::Memory(_)) => true,
            (Self::Store(awaited), Self::Store(other)) => Arc::ptr_eq(awaited, other),
            _ => false,
        }
    }
}

impl Session {
    fn waits_for_memory(&self) -> bool {
        self.withheld.iter().any(|withheld| matches!(withheld.gate, Gate::Memory(_)))
    }

    fn takes_messages(&self) -> bool {
        !self.consumers.is_empty() || !self.held.is_empty()
    }
}

/// Commands that wait for a gate.
pub(super) struct Withheld {
    gate: Gate,
    pub(super) commands: RangeSet,
}

impl Withheld {
    pub(super) fn is_for_store(&self) -> bool {
        matches!(self.gate, Gate::Store(_))
    }
}

impl Connection {
    /// Withholds the completion of commands that gates hold back; answers those that have to wait.
    pub(super) fn withhold(
        &mut self,
        channel: u16,
        held: impl Iterator<Item = (CommandId, Gate)>,
    ) -> RangeSet {
        let waker = self.flow_waker(channel);
        let mut waiting = RangeSet::default();
        let is_draining = self.is_draining;
        let Some(session) = self.sessions.get_mut(&channel) else { return waiting };
        for (id, gate) in held {
            // Who drains holds nobody back; what is not stored is not confirmed to the end.
            if is_draining && !matches!(gate, Gate::Store(_)) {
                continue;
            }
            let have = session.withheld.iter_mut().find(|held| held.gate.is_same(&gate));
            if let Some(withheld) = have {
                withheld.commands.add(id);
            } else if gate.wait(&waker) {
                let commands = RangeSet::single(id);
                session.withheld.push(Withheld { gate, commands });
            } else {
                continue;
            }
            waiting.add(id);
        }
        waiting
    }

    /// Withholds the completion of a command until the store has what this turn changed so far, in
    /// no haste unless the client waits; whether it has to wait.
    pub(super) fn withhold_for_store(&mut self, channel: u16, id: CommandId, waits: bool) -> bool {
        let awaited = if waits { store::awaited() } else { store::awaited_lazily() };
        let gate = awaited.map(|awaited| (id, Gate::Store(awaited)));
        !self.withhold(channel, gate.into_iter()).is_empty()
    }

    /// The client waits for what is withheld.
    pub(super) fn hurry_store(&self, channel: u16) {
        let session = self.sessions.get(&channel);
        let is_left = |withheld: &Withheld| withheld.gate.is_in_no_haste();
        if session.is_some_and(|session| session.withheld.iter().any(is_left)) {
            self.host.hurry_store();
        }
    }

    /// A queue may let publishers of a session go on: what waits for no queue any more is complete.
    pub(super) fn let_go(&mut self, channel: u16) {
        let session = self.sessions.get(&channel);
        let failed = session.and_then(|session| {
            session.withheld.iter().find_map(|withheld| withheld.gate.failed())
        });
        if let Some(failed) = failed {
            // Told once and in one place, with what else may have waited for it.
            return store::await_append(Arc::clone(failed));
        }
        let waker = self.flow_waker(channel);
        let Some(session) = self.sessions.get_mut(&channel) else { return };
        let mut free = RangeSet::default();
        session.withheld.retain(|withheld| {
            let waits = withheld.gate.wait(&waker);
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

    /// Whether it sends on although memory has no room and it was told so by what is not completed:
    /// then it is not read. One that takes messages as well may make room by what it says of them,
    /// and is.
    pub(super) fn is_pressing(&self) -> bool {
        self.host.memory().is_far_over()
            && self.sessions.values().any(|session| session.waits_for_memory())
            && !self.takes_messages()
    }

    fn takes_messages(&self) -> bool {
        self.sessions.values().any(|session| session.takes_messages())
    }

    /// A transfer comes of one that sends on although memory has no room and it was told so.
    ///
    /// # Errors
    /// It takes messages as well, so that it has to be read: what it sends is refused instead.
    pub(super) fn check_memory(&self, channel: u16) -> Outcome {
        let memory = self.host.memory();
        let is_refused = memory.is_far_over()
            && self.sessions.get(&channel).is_some_and(|session| session.waits_for_memory())
            && self.takes_messages();
        if !is_refused {
            return Ok(());
        }
        let text = format!(
            "messages take far more than --memory-limit, {} bytes, and transfers before this one \
             wait for room: more are refused",
            memory.limit_bytes()
        );
        Err(Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text))
    }

    /// Transfers were kept for a commit. They complete at once, and whoever sends them may leave
    /// them there: nothing holds that back but this.
    ///
    /// # Errors
    /// Memory has no room for them by far.
    pub(super) fn check_kept(&self) -> Outcome {
        let memory = self.host.memory();
        if !memory.is_far_over() {
            return Ok(());
        }
        let text = format!(
            "messages take far more than --memory-limit, {} bytes: a transaction may not grow",
            memory.limit_bytes()
        );
        Err(Failure::new(error_code::RESOURCE_LIMIT_EXCEEDED, text))
    }

    pub(super) fn flow_waker(&self, channel: u16) -> Waker {
        let token = Token { channel, consumer: FLOW };
        Waker { mailbox: Arc::clone(&self.mailbox), token }
    }
}
