//! Sessions by name: a name is attached once for each identity (0-10, section 2.4) in a virtual
//! host, and a session that asked for it lives on for a while without a connection.
//!
//! Invariants:
//! - a name stands for one session at a time: attached to one connection, or waiting for one;
//! - at most [`DETACHED_MAX`] sessions wait, each no longer than it was granted.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::HashMap;
use parking_lot::Mutex;
use philter_protocol::v0_10::connection::DetachedSession;

use super::session::Session;
use crate::net::Mailbox;
use crate::store::Awaited;
use crate::virtual_host::{ConnectionId, VirtualHost};

/// Sessions that may wait for a connection at a time: each keeps its messages from others, and up
/// to a megabyte to be sent again.
const DETACHED_MAX: usize = 1_000;

/// What tells sessions apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The virtual host's name.
    pub(super) host: Arc<str>,
    /// Whose it is.
    pub(super) identity: Arc<str>,
    /// The name that was given to it.
    pub(super) name: Bytes,
}

/// Every session by name.
#[derive(Default)]
pub(crate) struct Sessions {
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    by_name: HashMap<Key, Place>,
    detached: usize,
}

/// Where a session is.
enum Place {
    Attached {
        to: ConnectionId,
        /// Who is told when it is free: somebody takes it over.
        heir: Option<Arc<Mailbox>>,
    },
    Detached(Box<Detached>),
}

/// A session without a connection.
pub(super) struct Detached {
    /// Where it is.
    pub(super) host: Arc<VirtualHost>,
    /// What it is to the broker.
    pub(super) session: Box<Session>,
    /// What it is to the protocol.
    pub(super) protocol: DetachedSession,
    /// When it ends.
    pub(super) until_ms: u64,
    /// Appends on which rests what was complete when it was left.
    pub(super) rests_on: Vec<Arc<Awaited>>,
}

/// What an attach finds.
pub(super) enum Found {
    /// Nothing: the name is the caller's now.
    New,
    /// A session that waited: it is the caller's now.
    Resumed(Box<Detached>),
    /// It is attached to this connection.
    Busy(ConnectionId),
}

impl Sessions {
    /// Takes a name for a connection.
    pub(super) fn attach(&self, key: &Key, to: ConnectionId) -> Found {
        let mut places = self.places.lock();
        if let Some(Place::Attached { to, .. }) = places.by_name.get(key) {
            return Found::Busy(*to);
        }
        // The name's own bytes, not the network buffer around them.
        let own = Key { name: Bytes::copy_from_slice(&key.name), ..key.clone() };
        match places.by_name.insert(own, Place::Attached { to, heir: None }) {
            Some(Place::Detached(detached)) => {
                places.detached -= 1;
                Found::Resumed(detached)
            }
            _ => Found::New,
        }
    }

    /// Asks to be told when a name is free; false where somebody else asked before, or it is free.
    pub(super) fn await_end(&self, key: &Key, mailbox: &Arc<Mailbox>) -> bool {
        match self.places.lock().by_name.get_mut(key) {
            Some(Place::Attached { heir, .. }) => {
                let first = heir.get_or_insert_with(|| Arc::clone(mailbox));
                Arc::ptr_eq(first, mailbox)
            }
            _ => false,
        }
    }

    /// Leaves a session to wait for another connection.
    ///
    /// # Errors
    /// Too many wait: the session comes back, and its name is free.
    pub(super) fn detach(&self, key: &Key, detached: Box<Detached>) -> Result<(), Box<Detached>> {
        let mut places = self.places.lock();
        let old = places.by_name.remove(key);
        let result = if places.detached < DETACHED_MAX {
            places.detached += 1;
            places.by_name.insert(key.clone(), Place::Detached(detached));
            Ok(())
        } else {
            Err(detached)
        };
        drop(places);
        ring_heir(old);
        result
    }

    /// Gives a name back: its session ended.
    pub(super) fn forget(&self, key: &Key) {
        let old = self.places.lock().by_name.remove(key);
        ring_heir(old);
    }

    /// Ends sessions that waited long enough.
    pub(crate) fn expire(&self, now_ms: u64) {
        for detached in self.take_expired(now_ms) {
            detached.session.end(&detached.host);
        }
    }

    fn take_expired(&self, now_ms: u64) -> Vec<Detached> {
        let mut places = self.places.lock();
        if places.detached == 0 {
            return Vec::new();
        }
        let is_over = |place: &Place| match place {
            Place::Detached(detached) => detached.until_ms <= now_ms,
            Place::Attached { .. } => false,
        };
        let mut expired = Vec::new();
        for (_, place) in places.by_name.extract_if(|_, place| is_over(place)) {
            if let Place::Detached(detached) = place {
                expired.push(*detached);
            }
        }
        places.detached -= expired.len();
        expired
    }
}

fn ring_heir(place: Option<Place>) {
    if let Some(Place::Attached { heir: Some(mailbox), .. }) = place {
        mailbox.ring();
    }
}
