//! What waits for the agent: requests that were published to the management exchanges, and what
//! happened.
//!
//! Invariant: whoever publishes or causes an event never waits; what has no room is dropped and
//! counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use philter_management::object::Event;
use philter_management::qmf::{v1, v2};
use philter_model::message::Message;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::management::events;
use crate::management::limits::{EVENTS_MAX, REQUEST_BYTES_MAX, REQUESTS_MAX};
use crate::virtual_host::{Event as Happened, EventSink, Exchange, Tap};

/// Where requests and events are left.
pub(super) struct Inbox {
    v1: Arc<v1::Agent>,
    v2: Arc<v2::Agent>,
    requests: Sender<Arc<Message>>,
    events: Sender<Event>,
    /// Where events go, if somebody is bound.
    broadcasts: Vec<Weak<Exchange>>,
    dropped_requests: AtomicU64,
    dropped_events: AtomicU64,
}

/// Where the agent takes them.
pub(super) struct Received {
    pub(super) requests: Receiver<Arc<Message>>,
    pub(super) events: Receiver<Event>,
}

impl Inbox {
    /// The inbox of an agent, whose events go to `broadcasts`.
    pub(super) fn new(
        v1: &Arc<v1::Agent>,
        v2: &Arc<v2::Agent>,
        broadcasts: &[Arc<Exchange>],
    ) -> (Self, Received) {
        let (requests, received_requests) = channel(REQUESTS_MAX);
        let (events, received_events) = channel(EVENTS_MAX);
        let inbox = Self {
            v1: Arc::clone(v1),
            v2: Arc::clone(v2),
            requests,
            events,
            broadcasts: broadcasts.iter().map(Arc::downgrade).collect(),
            dropped_requests: AtomicU64::new(0),
            dropped_events: AtomicU64::new(0),
        };
        (inbox, Received { requests: received_requests, events: received_events })
    }

    /// How many requests and events were dropped since the last call.
    pub(super) fn take_dropped(&self) -> (u64, u64) {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        (take(&self.dropped_requests), take(&self.dropped_events))
    }

    fn has_listeners(&self) -> bool {
        let mut exchanges = self.broadcasts.iter().filter_map(Weak::upgrade);
        exchanges.any(|exchange| exchange.binding_count() > 0)
    }
}

impl Tap for Inbox {
    fn offer(&self, exchange: &str, message: &Arc<Message>) {
        let key = message.routing_key();
        if !self.v1.is_addressed_by(exchange, key) && !self.v2.is_addressed_by(exchange, key) {
            return;
        }
        let is_small = message.body_bytes() <= REQUEST_BYTES_MAX;
        if !is_small || self.requests.try_send(Arc::clone(message)).is_err() {
            self.dropped_requests.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl EventSink for Inbox {
    fn raise(&self, happened: Happened) {
        if !self.has_listeners() {
            return;
        }
        let Some(event) = events::event(&happened) else { return };
        if self.events.try_send(event).is_err() {
            self.dropped_events.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use philter_model::message::{Format, NewMessage};

    fn message(key: &str, body: usize) -> Arc<Message> {
        Arc::new(Message::new(&NewMessage {
            format: Format::V0_10,
            exchange: v2::DIRECT_EXCHANGE.into(),
            routing_key: key,
            publisher: "me".into(),
            header: &[],
            body: &[vec![0; body].into()],
            is_durable: false,
            priority: 4,
            expires_at_ms: None,
        }))
    }

    fn inbox() -> (Inbox, Received) {
        let v1 = v1::Agent::new([0; 16], v1::Catalog::new([], []));
        let identity = v2::Identity::new("apache.org", "qpidd", "1").unwrap();
        let v2 = v2::Agent::new(identity, 10, 1);
        Inbox::new(&Arc::new(v1), &Arc::new(v2), &[])
    }

    #[test]
    fn what_is_for_nobody_is_left_alone() {
        let (inbox, mut received) = inbox();
        for key in ["console.obj.1.0.a.b", "somebody", ""] {
            inbox.offer(v2::DIRECT_EXCHANGE, &message(key, 1));
            inbox.offer(v1::EXCHANGE, &message(key, 1));
        }
        assert!(received.requests.try_recv().is_err());
        inbox.offer(v2::DIRECT_EXCHANGE, &message("apache.org:qpidd:1", 1));
        assert!(received.requests.try_recv().is_ok());
    }

    #[test]
    fn what_has_no_room_is_dropped_and_counted() {
        let (inbox, mut received) = inbox();
        for _ in 0..REQUESTS_MAX + 3 {
            inbox.offer(v2::DIRECT_EXCHANGE, &message("broker", 1));
        }
        assert_eq!(inbox.take_dropped(), (3, 0));
        assert!(received.requests.try_recv().is_ok());
        inbox.offer(v2::DIRECT_EXCHANGE, &message("broker", REQUEST_BYTES_MAX + 1));
        assert_eq!(inbox.take_dropped(), (1, 0));
    }
}
