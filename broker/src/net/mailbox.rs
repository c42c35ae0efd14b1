//! How a queue tells a connection that one of its consumers has something to pull.
//!
//! Invariant: a token stands in a mailbox at most once, so a mailbox never holds more tokens than
//! its connection has consumers, however often queues call.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::net::alone;

/// Names a consumer within its connection: the channel and the consumer's number in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Token {
    /// The channel of its session.
    pub(crate) channel: u16,
    /// Its number in the session; never used again.
    pub(crate) consumer: u64,
}

/// Tokens of consumers that have something to pull.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    ready: Mutex<Ready>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct Ready {
    order: Vec<Token>,
    present: foldhash::HashSet<Token>,
}

impl Mailbox {
    /// An empty mailbox.
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Leaves a token and wakes the connection. Does nothing where the token lies there already.
    pub(crate) fn wake(&self, token: Token) {
        let is_new = {
            let mut ready = self.ready.lock();
            let is_new = ready.present.insert(token);
            if is_new {
                ready.order.push(token);
            }
            is_new
        };
        if is_new {
            self.ring();
        }
    }

    /// Wakes the connection without a token: it has something else to look at.
    pub(crate) fn ring(&self) {
        alone::note_ring();
        self.notify.notify_one();
    }

    /// Moves all tokens into `into`, in the order they came.
    pub(crate) fn take(&self, into: &mut Vec<Token>) {
        let mut ready = self.ready.lock();
        if !ready.order.is_empty() {
            into.append(&mut ready.order);
            ready.present.clear();
        }
    }

    /// Returns when a token may lie in the box.
    pub(crate) async fn notified(&self) {
        self.notify.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(consumer: u64) -> Token {
        Token { channel: 0, consumer }
    }

    #[test]
    fn holds_a_token_once_and_in_order() {
        let mailbox = Mailbox::new();
        for consumer in [2, 1, 2, 1, 3] {
            mailbox.wake(token(consumer));
        }
        let mut taken = Vec::new();
        mailbox.take(&mut taken);
        assert_eq!(taken, [token(2), token(1), token(3)]);
        mailbox.wake(token(2));
        taken.clear();
        mailbox.take(&mut taken);
        assert_eq!(taken, [token(2)]);
    }
}
