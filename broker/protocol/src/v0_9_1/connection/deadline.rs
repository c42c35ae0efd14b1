//! Time: the handshake's deadline, heartbeats both ways, and the wait for connection.close-ok
//! (section 4.2.7).
//!
//! Heartbeats go out twice an interval where nothing else does, as RabbitMQ sends them: several
//! clients give up after little more than one interval of silence.
//!
//! Invariant: no state waits for a peer without an end, but for an open connection without
//! heartbeats.

use super::{Connection, Role, State};
use crate::limits::CLOSE_MS_MAX;
use crate::v0_9_1::error::ConnectionError;
use crate::v0_9_1::frame::{FrameKind, write_frame};

impl Connection {
    /// When [`Connection::handle_timeout`] wants to be called; a time in the past means at once.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        let silence = self.heard_ms.saturating_add(2 * self.heartbeat_ms);
        let heartbeat = self.said_ms.saturating_add(self.heartbeat_ms / 2);
        match (self.state, &self.role) {
            (State::Closed, _) => None,
            // Closing began without a time: the first call learns it.
            (State::Closing, _) => Some(self.closing_until_ms.unwrap_or(0)),
            (State::Open, _) if self.heartbeat_ms == 0 => None,
            (State::Open, _) => Some(silence.min(heartbeat)),
            (_, Role::Server(config)) => {
                Some(self.started_ms.saturating_add(config.negotiation_ms_max))
            }
            (_, Role::Client(_)) => None,
        }
    }

    /// Time passed: sends a heartbeat that is due, gives up on a peer that is silent.
    pub fn handle_timeout(&mut self, now_ms: u64) {
        match self.state {
            State::Closed => {}
            State::Closing => self.handle_closing_timeout(now_ms),
            State::Open => self.handle_heartbeat_timeout(now_ms),
            _ => self.handle_negotiation_timeout(now_ms),
        }
    }

    fn handle_closing_timeout(&mut self, now_ms: u64) {
        let until = self.closing_until_ms.get_or_insert(now_ms.saturating_add(CLOSE_MS_MAX));
        if now_ms >= *until {
            self.end(None, "no answer to connection.close".to_owned());
        }
    }

    fn handle_heartbeat_timeout(&mut self, now_ms: u64) {
        if self.heartbeat_ms == 0 {
            return;
        }
        if now_ms >= self.heard_ms.saturating_add(2 * self.heartbeat_ms) {
            return self.fail(ConnectionError::HeartbeatTimeout(2 * self.heartbeat_ms));
        }
        if now_ms < self.said_ms.saturating_add(self.heartbeat_ms / 2) {
            return;
        }
        if self.output.bytes_in_all() == self.said_bytes {
            write_frame(&mut self.output, FrameKind::Heartbeat, 0, &[]);
        }
        self.said_ms = now_ms;
        self.said_bytes = self.output.bytes_in_all();
    }

    fn handle_negotiation_timeout(&mut self, now_ms: u64) {
        let Role::Server(config) = &self.role else { return };
        let max = config.negotiation_ms_max;
        if now_ms >= self.started_ms.saturating_add(max) {
            self.fail(ConnectionError::NegotiationTimeout(max));
        }
    }
}
