//! Logins under way, by the number that the broker gave them.
//!
//! Invariants: never more than [`LOGINS_MAX`]; a login stands here while it waits for the peer or
//! for its password's hash, and no longer.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use philter_plugin_api::{Error, SessionId};

use crate::limits::LOGINS_MAX;
use crate::mechanism::Mechanism;
use crate::scram::Challenged;

/// What a login waits for.
pub(crate) enum Login {
    /// The first message, which did not come with the mechanism's name.
    Message(Mechanism),
    /// The proof of SCRAM.
    Proof(Box<Challenged>),
    /// A hash; the flag is raised when the peer has gone.
    Hash(Arc<AtomicBool>),
}

/// The logins under way.
#[derive(Default)]
pub(crate) struct Sessions {
    logins: Mutex<HashMap<SessionId, Login>>,
}

impl Sessions {
    /// Keeps a login until it goes on.
    ///
    /// # Errors
    /// The number is in use, or there are too many.
    pub(crate) fn keep(&self, session: SessionId, login: Login) -> Result<(), NotKept> {
        let mut logins = self.lock();
        let is_full = logins.len() >= LOGINS_MAX;
        match logins.entry(session) {
            Entry::Occupied(_) => Err(NotKept::InUse { session: session.0 }),
            Entry::Vacant(_) if is_full => Err(NotKept::Full),
            Entry::Vacant(vacant) => {
                vacant.insert(login);
                Ok(())
            }
        }
    }

    /// Takes out a login that waits for the peer.
    pub(crate) fn take_waiting(&self, session: SessionId) -> Option<Login> {
        match self.lock().entry(session) {
            Entry::Occupied(login) if !matches!(login.get(), Login::Hash(_)) => {
                Some(login.remove())
            }
            _ => None,
        }
    }

    /// Forgets a login; one that waits for a hash learns that nobody waits for it any more.
    pub(crate) fn forget(&self, session: SessionId) {
        let login = self.lock().remove(&session);
        if let Some(Login::Hash(is_abandoned)) = login {
            is_abandoned.store(true, Ordering::Relaxed);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Login>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a login cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotKept {
    /// The broker is at fault.
    #[error("login {session} is under way already")]
    InUse { session: u64 },
    /// Too many peers at once.
    #[error("{LOGINS_MAX} logins are under way, the most there may be")]
    Full,
}

impl From<NotKept> for Error {
    fn from(not_kept: NotKept) -> Self {
        let kind = match not_kept {
            NotKept::InUse { .. } => philter_plugin_api::ErrorKind::InvalidArgument,
            NotKept::Full => philter_plugin_api::ErrorKind::LimitExceeded,
        };
        Error::new(kind, not_kept.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> Login {
        Login::Message(Mechanism::Plain)
    }

    #[test]
    fn a_login_goes_on_once() {
        let sessions = Sessions::default();
        sessions.keep(SessionId(1), waiting()).unwrap();
        assert!(sessions.take_waiting(SessionId(1)).is_some());
        assert!(sessions.take_waiting(SessionId(1)).is_none());
    }

    #[test]
    fn a_number_in_use_is_refused() {
        let sessions = Sessions::default();
        sessions.keep(SessionId(1), waiting()).unwrap();
        let refused = sessions.keep(SessionId(1), waiting());
        assert_eq!(refused, Err(NotKept::InUse { session: 1 }));
    }

    #[test]
    fn holds_no_more_than_its_limit() {
        let sessions = Sessions::default();
        for session in 0..LOGINS_MAX as u64 {
            sessions.keep(SessionId(session), waiting()).unwrap();
        }
        assert_eq!(sessions.keep(SessionId(u64::MAX), waiting()), Err(NotKept::Full));
        sessions.forget(SessionId(0));
        assert_eq!(sessions.keep(SessionId(u64::MAX), waiting()), Ok(()));
    }

    #[test]
    fn a_hash_learns_that_its_peer_has_gone() {
        let sessions = Sessions::default();
        let is_abandoned = Arc::new(AtomicBool::new(false));
        sessions.keep(SessionId(1), Login::Hash(Arc::clone(&is_abandoned))).unwrap();
        assert!(sessions.take_waiting(SessionId(1)).is_none());
        sessions.forget(SessionId(1));
        assert!(is_abandoned.load(Ordering::Relaxed));
        assert_eq!(sessions.len(), 0);
    }
}
