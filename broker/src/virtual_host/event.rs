//! What happens in a broker and its operators may want to hear of, in the broker's own words.
//! Management turns it into what goes over the wire.
//!
//! Invariant: an event is raised when what it tells is done, and never under a lock.

use std::sync::{Arc, OnceLock};

use philter_plugin_api::Value;

use crate::virtual_host::{Actor, VirtualHost};

/// Arguments of a declare, bind or subscribe by name.
pub(crate) type Arguments = Vec<(String, Value)>;

/// Something that happened.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the fields are those of the commands that the events tell of")]
pub(crate) enum Event {
    ClientConnected {
        by: Actor,
        properties: Arguments,
    },
    ClientConnectFailed {
        by: Actor,
        reason: String,
        properties: Arguments,
    },
    ClientDisconnected {
        by: Actor,
        properties: Arguments,
    },
    QueueDeclared {
        by: Actor,
        queue: Arc<str>,
        is_durable: bool,
        is_exclusive: bool,
        is_auto_delete: bool,
        alternate: Option<Arc<str>>,
        arguments: Arguments,
        /// It was made; otherwise it was there.
        is_new: bool,
    },
    QueueDeleted {
        by: Actor,
        queue: Arc<str>,
    },
    ExchangeDeclared {
        by: Actor,
        exchange: Arc<str>,
        type_name: Arc<str>,
        alternate: Option<Arc<str>>,
        is_durable: bool,
        is_auto_delete: bool,
        arguments: Arguments,
        /// It was made; otherwise it was there.
        is_new: bool,
    },
    ExchangeDeleted {
        by: Actor,
        exchange: Arc<str>,
    },
    Bound {
        by: Actor,
        exchange: Arc<str>,
        queue: Arc<str>,
        key: String,
        arguments: Arguments,
    },
    Unbound {
        by: Actor,
        exchange: Arc<str>,
        queue: Arc<str>,
        key: String,
    },
    Subscribed {
        by: Actor,
        queue: Arc<str>,
        destination: String,
        is_exclusive: bool,
        arguments: Arguments,
    },
    Unsubscribed {
        by: Actor,
        destination: String,
    },
    /// A queue's depth went past a threshold.
    ThresholdCrossedUpward {
        queue: Arc<str>,
        messages: u64,
        bytes: u64,
    },
    /// A queue's depth came back below a threshold.
    ThresholdCrossedDownward {
        queue: Arc<str>,
        messages: u64,
        bytes: u64,
    },
    /// It went past one without a lower mark: consoles of old expect this one besides.
    ThresholdExceeded {
        queue: Arc<str>,
        messages: u64,
        bytes: u64,
    },
    QueueRedirected {
        queue: Arc<str>,
        target: Arc<str>,
    },
    QueueRedirectCancelled {
        queue: Arc<str>,
        target: Arc<str>,
    },
}

/// Who hears of events. It must not block.
pub(crate) trait EventSink: Send + Sync {
    /// Something happened.
    fn raise(&self, event: Event);
}

/// Where events go, once somebody listens.
#[derive(Default)]
pub(super) struct Events {
    sink: OnceLock<Arc<dyn EventSink>>,
}

impl Events {
    /// Something happened: `event` is made only where somebody listens. Never under a lock.
    pub(super) fn raise(&self, event: impl FnOnce() -> Event) {
        if let Some(sink) = self.sink.get() {
            sink.raise(event());
        }
    }
}

impl Event {
    /// Whether it tells of a connection, and not of what is in a virtual host.
    fn is_of_connection(&self) -> bool {
        matches!(
            self,
            Self::ClientConnected { .. }
                | Self::ClientConnectFailed { .. }
                | Self::ClientDisconnected { .. }
        )
    }
}

/// Passes on what happens to connections, and nothing else.
pub(super) struct ConnectionsOf(pub(super) Arc<Events>);

impl EventSink for ConnectionsOf {
    fn raise(&self, event: Event) {
        if event.is_of_connection() {
            self.0.raise(|| event);
        }
    }
}

impl VirtualHost {
    /// Sends events to `sink` from now on; false where somebody listens already.
    pub(crate) fn listen(&self, sink: Arc<dyn EventSink>) -> bool {
        self.events.sink.set(sink).is_ok()
    }

    /// Something happened: `event` is made only where somebody listens.
    pub(crate) fn raise(&self, event: impl FnOnce() -> Event) {
        self.events.raise(event);
    }
}
