//! What all virtual hosts of a broker have in common beside its limits: numbers that tell
//! connections and sessions apart wherever they are, switches, and what is due when.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use tokio::sync::Notify;

use crate::virtual_host::agenda::Agenda;
use crate::virtual_host::{ConnectionId, OwnerId, VirtualHost};

/// Shared by reference.
#[derive(Debug)]
pub(super) struct Shared {
    next_owner: AtomicU64,
    next_connection: AtomicU32,
    /// Messages are stamped with the time when they come in.
    stamps_received: AtomicBool,
    /// Which queues are due when.
    pub(super) agenda: Arc<Agenda>,
    /// A delayed message is due sooner than any other was.
    pub(super) alarm_set: Notify,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            next_owner: AtomicU64::new(1),
            next_connection: AtomicU32::new(ConnectionId::BROKER.0 + 1),
            stamps_received: AtomicBool::new(false),
            agenda: Arc::default(),
            alarm_set: Notify::new(),
        }
    }
}

impl VirtualHost {
    /// A number for a session, to own queues by.
    pub(crate) fn next_owner(&self, connection: ConnectionId) -> OwnerId {
        let session = self.shared.next_owner.fetch_add(1, Ordering::Relaxed);
        OwnerId { session, connection }
    }

    /// A number for a connection.
    pub(crate) fn next_connection(&self) -> ConnectionId {
        ConnectionId(self.shared.next_connection.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether messages are stamped with the time when they come in.
    pub(crate) fn stamps_received(&self) -> bool {
        self.shared.stamps_received.load(Ordering::Relaxed)
    }

    /// Says whether messages are stamped with the time when they come in, in every virtual host.
    pub(crate) fn set_stamps_received(&self, stamps: bool) {
        self.shared.stamps_received.store(stamps, Ordering::Relaxed);
    }
}
