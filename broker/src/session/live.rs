//! The directory of live connections, sessions and subscriptions: what management shows of them,
//! and how it ends them.
//!
//! Invariants:
//! - an entry is listed as long as its owner keeps its [`Listed`], and no longer;
//! - owners write counters once a turn, without a lock; readers never make an owner wait for longer
//!   than an insertion into the directory;
//! - numbers of connections and sessions are the virtual host's, so that an event's actor and the
//!   owner of a queue are found here.

mod connection;
mod session;
mod subscription;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::net::Mailbox;
use crate::virtual_host::{Actor, Event as HostEvent, VirtualHost};

pub(crate) use connection::{LiveConnection, Order, Remote, Traffic};
pub(crate) use session::LiveSession;
pub(crate) use subscription::{LiveSubscription, Subscribed};

/// Every connection that is open, and what lives in it.
#[derive(Default)]
pub(crate) struct Live {
    connections: Arc<Shelf<LiveConnection>>,
    sessions: Arc<Shelf<LiveSession>>,
    subscriptions: Arc<Shelf<LiveSubscription>>,
    next: AtomicU64,
}

impl Live {
    /// Open connections, the oldest first.
    pub(crate) fn connections(&self) -> Vec<Arc<LiveConnection>> {
        self.connections.all()
    }

    /// Sessions, detached ones included, the oldest first.
    pub(crate) fn sessions(&self) -> Vec<Arc<LiveSession>> {
        self.sessions.all()
    }

    /// Subscriptions, the oldest first.
    pub(crate) fn subscriptions(&self) -> Vec<Arc<LiveSubscription>> {
        self.subscriptions.all()
    }

    /// A connection by its number.
    pub(crate) fn connection(&self, number: u64) -> Option<Arc<LiveConnection>> {
        self.connections.get(number)
    }

    /// A session by its number.
    pub(crate) fn session(&self, number: u64) -> Option<Arc<LiveSession>> {
        self.sessions.get(number)
    }

    /// Asks a session's connection to detach it; whether it is attached to one.
    pub(crate) fn detach(&self, session: &LiveSession) -> bool {
        let connection = session.connection().and_then(|number| self.connection(number));
        connection.is_some_and(|connection| {
            connection.order(Order::Detach { session: session.number });
            true
        })
    }

    /// A number for a subscription; never given again.
    pub(crate) fn next_subscription(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Lists the connection of `actor`, which is open now, and tells so.
    pub(crate) fn enter(
        &self,
        host: &VirtualHost,
        actor: &Actor,
        remote: Remote,
        mailbox: Arc<Mailbox>,
    ) -> Listed<LiveConnection> {
        host.raise(|| HostEvent::ClientConnected {
            by: actor.clone(),
            properties: remote.properties.clone(),
        });
        let (number, address) = (u64::from(actor.connection.0), actor.remote.as_ref());
        self.list_connection(LiveConnection::new(number, address, remote, mailbox))
    }

    /// Lists a connection.
    pub(crate) fn list_connection(&self, connection: LiveConnection) -> Listed<LiveConnection> {
        Shelf::list(&self.connections, connection.number, connection)
    }

    /// Lists a session.
    pub(crate) fn list_session(&self, session: LiveSession) -> Listed<LiveSession> {
        Shelf::list(&self.sessions, session.number, session)
    }

    /// Lists a subscription.
    pub(crate) fn list_subscription(
        &self,
        subscription: LiveSubscription,
    ) -> Listed<LiveSubscription> {
        Shelf::list(&self.subscriptions, subscription.number, subscription)
    }
}

/// Entries of one kind by number.
struct Shelf<T> {
    entries: Mutex<BTreeMap<u64, Arc<T>>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { entries: Mutex::default() }
    }
}

impl<T> Shelf<T> {
    fn all(&self) -> Vec<Arc<T>> {
        self.entries.lock().values().cloned().collect()
    }

    fn get(&self, number: u64) -> Option<Arc<T>> {
        self.entries.lock().get(&number).cloned()
    }

    fn list(shelf: &Arc<Self>, number: u64, entry: T) -> Listed<T> {
        let entry = Arc::new(entry);
        shelf.entries.lock().insert(number, Arc::clone(&entry));
        Listed { shelf: Arc::clone(shelf), number, entry }
    }
}

/// An entry that stays in the directory until this is dropped.
pub(crate) struct Listed<T> {
    shelf: Arc<Shelf<T>>,
    number: u64,
    entry: Arc<T>,
}

impl Listed<LiveConnection> {
    /// The connection of `actor` is over: that is told, and it is listed no longer.
    pub(crate) fn leave(self, host: &VirtualHost, actor: &Actor) {
        host.raise(|| HostEvent::ClientDisconnected {
            by: actor.clone(),
            properties: self.remote.properties.clone(),
        });
    }
}

impl<T> Deref for Listed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.entry
    }
}

impl<T> Drop for Listed<T> {
    fn drop(&mut self) {
        self.shelf.entries.lock().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn connection(live: &Live, number: u64) -> Listed<LiveConnection> {
        let mailbox = Mailbox::new();
        live.list_connection(LiveConnection::new(number, "a-b", Remote::default(), mailbox))
    }

    #[test]
    fn an_entry_is_listed_as_long_as_its_owner_lives() {
        let live = Live::default();
        let first = connection(&live, 1);
        let second = connection(&live, 2);
        let numbers: Vec<u64> = live.connections().iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [first.number, second.number]);
        let kept = live.connection(first.number).unwrap();
        drop(first);
        assert!(live.connection(kept.number).is_none());
        assert_eq!(live.connections().len(), 1);
    }

    #[test]
    fn a_detach_is_an_order_to_the_connection_that_has_the_session() {
        let live = Live::default();
        let connection = connection(&live, 1);
        let session = LiveSession::new(7, "me", &Bytes::from_static(b"s"));
        let session = live.list_session(session);
        assert!(!live.detach(&session), "it is attached nowhere");
        session.attach(connection.number, 3);
        assert!(live.detach(&session));
        assert_eq!(connection.take_orders(), [Order::Detach { session: session.number }]);
        session.detach(0, None);
        assert!(!live.detach(&session));
    }
}
