//! A live session, attached or waiting to be attached again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::clock::unix_ns;
use crate::virtual_host::DEFAULT_HOST;

/// A session in the directory.
pub(crate) struct LiveSession {
    /// Its number in the directory.
    pub(crate) number: u64,
    /// The virtual host that it is in.
    pub(crate) virtual_host: Arc<str>,
    /// `identity.name`.
    pub(crate) full_name: String,
    /// When it was attached first, in nanoseconds since 1970.
    pub(crate) created_ns: u64,
    /// The connection's number and the channel.
    place: Mutex<Option<(u64, u16)>>,
    lifespan_s: AtomicU32,
    expires_at_ns: AtomicU64,
    unacked: AtomicU64,
    transactions_pending: AtomicU32,
    transactions_started: AtomicU64,
    transactions_committed: AtomicU64,
    transactions_rejected: AtomicU64,
}

impl LiveSession {
    /// A session that is attached nowhere yet. A name that is no text is shown escaped.
    pub(crate) fn new(number: u64, identity: &str, name: &Bytes) -> Self {
        let full_name = match std::str::from_utf8(name) {
            Ok(name) => format!("{identity}.{name}"),
            Err(_) => format!("{identity}.{}", name.escape_ascii()),
        };
        Self {
            number,
            virtual_host: DEFAULT_HOST.into(),
            full_name,
            created_ns: unix_ns(),
            place: Mutex::new(None),
            lifespan_s: AtomicU32::new(0),
            expires_at_ns: AtomicU64::new(0),
            unacked: AtomicU64::new(0),
            transactions_pending: AtomicU32::new(0),
            transactions_started: AtomicU64::new(0),
            transactions_committed: AtomicU64::new(0),
            transactions_rejected: AtomicU64::new(0),
        }
    }

    /// The same in this virtual host and not in the default one.
    #[must_use]
    pub(crate) fn within(mut self, virtual_host: &str) -> Self {
        self.virtual_host = virtual_host.into();
        self
    }

    /// The number of the connection that it is attached to.
    pub(crate) fn connection(&self) -> Option<u64> {
        self.place.lock().map(|(connection, _)| connection)
    }

    /// The channel that it is attached to.
    pub(crate) fn channel(&self) -> Option<u16> {
        self.place.lock().map(|(_, channel)| channel)
    }

    /// It is attached now.
    pub(crate) fn attach(&self, connection: u64, channel: u16) {
        *self.place.lock() = Some((connection, channel));
        self.expires_at_ns.store(0, Ordering::Relaxed);
    }

    /// It is detached, and lives on until a time in nanoseconds since 1970.
    pub(crate) fn detach(&self, lifespan_s: u32, expires_at_ns: Option<u64>) {
        *self.place.lock() = None;
        self.set_lifespan(lifespan_s);
        self.expires_at_ns.store(expires_at_ns.unwrap_or(0), Ordering::Relaxed);
    }

    /// Seconds that it lives on when it is detached.
    pub(crate) fn lifespan_s(&self) -> u32 {
        self.lifespan_s.load(Ordering::Relaxed)
    }

    /// Sets how many seconds it lives on when it is detached.
    pub(crate) fn set_lifespan(&self, lifespan_s: u32) {
        self.lifespan_s.store(lifespan_s, Ordering::Relaxed);
    }

    /// Where it is detached: when it ends, in nanoseconds since 1970.
    pub(crate) fn expires_at_ns(&self) -> Option<u64> {
        Some(self.expires_at_ns.load(Ordering::Relaxed)).filter(|at_ns| *at_ns > 0)
    }

    /// Messages that it holds and that the client has not accepted.
    pub(crate) fn unacked(&self) -> u64 {
        self.unacked.load(Ordering::Relaxed)
    }

    /// Sets how many it holds; its connection calls this once a turn.
    pub(crate) fn record_unacked(&self, unacked: usize) {
        self.unacked.store(unacked as u64, Ordering::Relaxed);
    }

    /// Transactions that were begun.
    pub(crate) fn transactions_started(&self) -> u64 {
        self.transactions_started.load(Ordering::Relaxed)
    }

    /// Transactions that were committed.
    pub(crate) fn transactions_committed(&self) -> u64 {
        self.transactions_committed.load(Ordering::Relaxed)
    }

    /// Transactions that were rolled back.
    pub(crate) fn transactions_rejected(&self) -> u64 {
        self.transactions_rejected.load(Ordering::Relaxed)
    }

    /// Transactions under way: one for a session that selected them; the branches of distributed
    /// ones that it is associated with.
    pub(crate) fn transactions_pending(&self) -> u32 {
        self.transactions_pending.load(Ordering::Relaxed)
    }

    /// The session's first transaction begins.
    pub(crate) fn begin_transactions(&self) {
        self.transactions_pending.store(1, Ordering::Relaxed);
        self.transactions_started.fetch_add(1, Ordering::Relaxed);
    }

    /// The session begins to work on a branch of a distributed transaction, a new one or not.
    pub(crate) fn enter_branch(&self, is_new: bool) {
        self.transactions_pending.fetch_add(1, Ordering::Relaxed);
        self.transactions_started.fetch_add(u64::from(is_new), Ordering::Relaxed);
    }

    /// It is not associated with one of them any more.
    pub(crate) fn leave_branch(&self) {
        self.transactions_pending.fetch_sub(1, Ordering::Relaxed);
    }

    /// A transaction ended, and the next began.
    pub(crate) fn end_transaction(&self, is_committed: bool) {
        self.count_end(is_committed);
        self.transactions_started.fetch_add(1, Ordering::Relaxed);
    }

    /// A transaction ended: it was committed or rolled back.
    pub(crate) fn count_end(&self, is_committed: bool) {
        let ended = match is_committed {
            true => &self.transactions_committed,
            false => &self.transactions_rejected,
        };
        ended.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_knows_where_it_is_attached_and_when_it_ends() {
        let session = LiveSession::new(7, "guest@QPID", &Bytes::from_static(b"work"));
        assert_eq!(session.full_name, "guest@QPID.work");
        session.attach(3, 1);
        assert_eq!((session.connection(), session.channel()), (Some(3), Some(1)));
        session.detach(30, Some(99));
        assert_eq!((session.connection(), session.channel()), (None, None));
        assert_eq!((session.lifespan_s(), session.expires_at_ns()), (30, Some(99)));
        session.attach(4, 2);
        assert_eq!(session.expires_at_ns(), None);
    }

    #[test]
    fn a_transaction_that_ends_begins_the_next() {
        let session = LiveSession::new(7, "me", &Bytes::from_static(b"\xff"));
        assert_eq!(session.full_name, "me.\\xff");
        assert_eq!(session.transactions_pending(), 0);
        session.begin_transactions();
        session.end_transaction(true);
        session.end_transaction(false);
        assert_eq!(session.transactions_started(), 3);
        assert_eq!(session.transactions_committed(), 1);
        assert_eq!(session.transactions_rejected(), 1);
        assert_eq!(session.transactions_pending(), 1);
    }
}
