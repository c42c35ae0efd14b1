//! Who asks: what owns queues and scopes, what a message's publisher is told apart by, and what
//! events say of who caused them.
//!
//! Invariant: a session's number is never used again, so that what it left behind is never taken
//! for another's; and it is the session's alone, whichever connection it runs over by now.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

/// The number of a connection; used again only after four thousand million others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ConnectionId(pub(crate) u32);

impl ConnectionId {
    /// The broker itself, which is nobody's peer.
    pub(crate) const BROKER: Self = Self(0);
}

/// A session that may own queues, subscriptions and scoped bindings. It is the same owner when it
/// goes on over another connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnerId {
    /// The session's number.
    pub(crate) session: u64,
    /// The connection that it runs over.
    pub(crate) connection: ConnectionId,
}

impl PartialEq for OwnerId {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session
    }
}

impl Eq for OwnerId {}

impl Hash for OwnerId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.session.hash(state);
    }
}

impl PartialOrd for OwnerId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OwnerId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.session.cmp(&other.session)
    }
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

/// As logs name it.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.connection == ConnectionId::BROKER {
            return f.write_str("the broker itself");
        }
        f.write_str(&self.user)
    }
}
