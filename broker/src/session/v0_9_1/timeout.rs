//! The acknowledgement timeout: a delivery that is not settled in time ends its channel, so that
//! what a stuck client holds goes to others.

use super::connection::Connection;
use super::failure::Failure;

/// When to look for deliveries that are late.
#[derive(Debug, Default)]
pub(super) struct AckTimeout {
    timeout_ms: Option<u64>,
    look_at_ms: Option<u64>,
}

impl AckTimeout {
    /// Deliveries may wait for so long; none: for any time.
    pub(super) fn new(timeout_ms: Option<u64>) -> Self {
        Self { timeout_ms, look_at_ms: None }
    }

    /// A delivery was sent.
    pub(super) fn sent(&mut self, now_ms: u64) {
        if self.look_at_ms.is_none() {
            self.look_at_ms = self.timeout_ms.map(|timeout_ms| now_ms.saturating_add(timeout_ms));
        }
    }

    /// When to look next.
    pub(super) fn next_look_ms(&self) -> Option<u64> {
        self.look_at_ms
    }
}

impl Connection {
    /// Ends channels whose oldest delivery has waited for too long.
    pub(super) fn end_late_channels(&mut self) {
        let now_ms = self.now_ms;
        let Some(timeout_ms) = self.ack_timeout.timeout_ms else { return };
        if self.ack_timeout.look_at_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return;
        }
        let mut next_ms = None;
        let mut late = Vec::new();
        for (channel, state) in &self.channels {
            let Some((_, oldest)) = state.unsettled.first() else { continue };
            let due_ms = oldest.at_ms.saturating_add(timeout_ms);
            if due_ms <= now_ms {
                late.push(*channel);
            } else {
                next_ms = [next_ms, Some(due_ms)].into_iter().flatten().min();
            }
        }
        self.ack_timeout.look_at_ms = next_ms;
        for channel in late {
            let failure = Failure::precondition(format!(
                "delivery acknowledgement on channel {channel} timed out. Timeout value used: \
                 {timeout_ms} ms. It is the broker's option --consumer-timeout"
            ));
            self.fail(channel, (0, 0), &failure);
        }
    }
}
