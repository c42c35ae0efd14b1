//! The logins that were asked for a response and have not answered yet.
//!
//! Invariant: it never holds more than [`CHALLENGED_MAX`] of them, however many peers fall silent.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use philter_plugin_api::SessionId;

/// Logins that may wait for a response at a time: twenty times the broker's default of connections.
pub(crate) const CHALLENGED_MAX: usize = 10_000;

/// A bounded set of logins.
#[derive(Debug, Default)]
pub(crate) struct Challenged {
    sessions: Mutex<HashSet<SessionId>>,
}

impl Challenged {
    /// Remembers that `session` was asked; false where too many wait already.
    pub(crate) fn asked(&self, session: SessionId) -> bool {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let has_room = sessions.len() < CHALLENGED_MAX || sessions.contains(&session);
        if has_room {
            sessions.insert(session);
        }
        has_room
    }

    /// Forgets `session`; whether it had been asked.
    pub(crate) fn answered(&self, session: SessionId) -> bool {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgets_a_login_once() {
        let challenged = Challenged::default();
        assert!(challenged.asked(SessionId(7)));
        assert!(challenged.answered(SessionId(7)));
        assert!(!challenged.answered(SessionId(7)));
    }

    #[test]
    fn holds_no_more_than_its_limit() {
        let challenged = Challenged::default();
        for id in 0..CHALLENGED_MAX as u64 {
            assert!(challenged.asked(SessionId(id)));
        }
        assert!(!challenged.asked(SessionId(u64::MAX)));
        assert!(challenged.answered(SessionId(0)));
        assert!(challenged.asked(SessionId(u64::MAX)));
    }
}
