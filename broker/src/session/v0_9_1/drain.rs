//! The broker ends: a connection delivers nothing any more, and lives on until what it was given is
//! settled.
//!
//! Invariant: what a client sends meanwhile is done and answered as ever.

use super::channel::{Channel, Mode};
use super::connection::Connection;

impl Connection {
    /// Ends deliveries; publishers are held back no more, for nothing may make room.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
        for state in self.channels.values_mut() {
            for consumer in state.consumers.values_mut() {
                consumer.rest();
            }
        }
        self.let_publish();
    }

    /// Whether a channel holds messages that may still be settled, or a transaction that may still
    /// be committed.
    pub(super) fn is_unsettled(&self) -> bool {
        self.channels.values().any(|state| state.is_unsettled())
    }
}

impl Channel {
    fn is_unsettled(&self) -> bool {
        let has_more = match &self.mode {
            Mode::Transaction(transaction) => !transaction.is_empty(),
            Mode::Plain | Mode::Confirm(_) => false,
        };
        has_more || !self.unsettled.is_empty()
    }
}
