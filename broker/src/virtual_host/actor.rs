//! Who asks: what owns queues and scopes, what a message's publisher is told apart by, and what
//! events say of who caused them.
//!
//! Invariant: a session's number is never used again, so that what it left behind is never taken
//! for another's.

use std::sync::{Arc, LazyLock};

/// The number of a connection; used again only after four thousand million others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u32);

impl ConnectionId {
    /// The broker itself, which is nobody's peer.
    pub(crate) const BROKER: Self = Self(0);
}

/// A session that may own queues, subscriptions and scoped bindings, and its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct OwnerId {
    /// The session's number.
    pub(crate) session: u64,
    /// The connection that it runs over.
    pub(crate) connection: ConnectionId,
}

/// Who causes a change.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    /// The connection.
    pub(crate) connection: ConnectionId,
    /// The peer, as management names the connection; empty for the broker.
    pub(crate) remote: Arc<str>,
    /// The user; empty for the broker.
    pub(crate) user: Arc<str>,
}

static BROKER: LazyLock<Actor> = LazyLock::new(|| Actor {
    connection: ConnectionId::BROKER,
    remote: Arc::default(),
    user: Arc::default(),
});

impl Actor {
    /// The broker itself.
    pub(crate) fn broker() -> &'static Self {
        &BROKER
    }
}
