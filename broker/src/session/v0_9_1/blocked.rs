//! What a publisher is told, and what becomes of what it sends, while messages take too much
//! memory, or the store has little room.
//!
//! It is told by connection.blocked, and read no more, as RabbitMQ does it: what it sends waits
//! with itself. One that holds deliveries is read on, for what it says of them may make room; far
//! above the limit it is read only if all that it publishes is confirmed, and so may be refused.

use std::sync::Arc;

use super::connection::Connection;
use super::publish::Messages;
use crate::net::Token;
use crate::virtual_host::Waker;

/// Stands in a token where it is not about a consumer: there may be room in memory.
pub(super) const MEMORY: Token = Token { channel: 0, consumer: u64::MAX };

/// Whether the client is held back.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    is_blocked: bool,
    /// It publishes without confirms.
    pub(super) has_unconfirmed: bool,
}

impl Connection {
    /// The client published: it is told where memory has no room for more.
    pub(super) fn look_at_memory(&mut self) {
        if self.pressure.is_blocked || self.is_draining || !self.host.memory().is_over() {
            return;
        }
        let waker = self.memory_waker();
        if self.host.memory().wait(&waker) {
            self.pressure.is_blocked = true;
            self.protocol.blocked(self.host.memory().reason());
        }
    }

    /// There may be room again.
    pub(super) fn look_for_room(&mut self) {
        let waker = self.memory_waker();
        if self.pressure.is_blocked && !self.host.memory().wait(&waker) {
            self.let_publish();
        }
    }

    /// The client may publish again.
    pub(super) fn let_publish(&mut self) {
        if std::mem::take(&mut self.pressure.is_blocked) {
            self.protocol.unblocked();
        }
    }

    /// Whether it sends on although it was told not to, and can't be served by being read.
    pub(super) fn is_pressing(&self) -> bool {
        self.pressure.is_blocked && (!self.holds_deliveries() || self.is_hopeless())
    }

    fn holds_deliveries(&self) -> bool {
        self.channels.values().any(|state| !state.unsettled.is_empty())
    }

    fn is_hopeless(&self) -> bool {
        self.pressure.has_unconfirmed && self.host.memory().is_far_over()
    }

    /// Messages come in: refuses them where the client was told to wait, memory is far beyond its
    /// limit, and each can be refused.
    pub(super) fn refuse_beyond_memory(&mut self, channel: u16, messages: &mut Messages) {
        self.pressure.has_unconfirmed |= !messages.is_confirmed();
        let is_beyond = self.pressure.is_blocked && self.host.memory().is_far_over();
        if is_beyond && messages.is_confirmed() {
            self.refuse_all(channel, messages);
        }
    }

    fn memory_waker(&self) -> Waker {
        Waker { mailbox: Arc::clone(&self.mailbox), token: MEMORY }
    }
}
