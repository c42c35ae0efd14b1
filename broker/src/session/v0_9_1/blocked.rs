//! What a publisher is told, and what becomes of what it sends, while messages take too much
//! memory.
//!
//! It is told by connection.blocked, and read no more unless it takes messages as well: what it
//! says of those may make room. One that sends on far above the limit is refused, message by
//! message where it selected confirms, else with its channel.

use std::sync::Arc;

use super::connection::Connection;
use super::failure::{Failure, Outcome};
use super::publish::Messages;
use crate::net::Token;
use crate::virtual_host::Waker;

/// Stands in a token where it is not about a consumer: there may be room in memory.
pub(super) const MEMORY: Token = Token { channel: 0, consumer: u64::MAX };

/// Why a publisher is held back, for its client.
const REASON: &str = "low on memory";

/// Whether the client is held back.
#[derive(Debug, Default)]
pub(super) struct Pressure {
    is_blocked: bool,
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
            self.protocol.blocked(REASON);
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

    /// Whether it sends on although it was told not to: then it is not read, unless what it says of
    /// messages may make room.
    pub(super) fn is_pressing(&self) -> bool {
        self.pressure.is_blocked && !self.takes_messages()
    }

    fn takes_messages(&self) -> bool {
        let takes = |state: &super::channel::Channel| {
            !state.consumers.is_empty() || !state.unsettled.is_empty()
        };
        self.channels.values().any(|state| takes(state))
    }

    /// Messages come in: refuses them where the client was told to wait and memory is far beyond
    /// its limit.
    ///
    /// # Errors
    /// They can't be refused one by one.
    pub(super) fn check_memory(&mut self, channel: u16, messages: &mut Messages) -> Outcome {
        if !self.pressure.is_blocked || !self.host.memory().is_far_over() {
            return Ok(());
        }
        if messages.is_confirmed() {
            self.refuse_all(channel, messages);
            return Ok(());
        }
        Err(Failure::exhausted(format!(
            "messages take far more than --memory-limit, {} bytes, and the client was told to \
             wait (connection.blocked): more are refused",
            self.host.memory().limit_bytes()
        )))
    }

    fn memory_waker(&self) -> Waker {
        Waker { mailbox: Arc::clone(&self.mailbox), token: MEMORY }
    }
}
