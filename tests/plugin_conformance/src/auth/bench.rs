//! A provider and the peers that come to it.

use std::sync::atomic::{AtomicU64, Ordering};

use philter_plugin_api::{Auth, Error, MechanismName, Peer, SaslOutcome, SessionId};

use crate::limits::CHALLENGES_MAX;
use crate::rule::{Stop, accepted_or_refused, done, fails};
use crate::subject::Subject;

/// A peer on the broker's own machine.
pub(super) const LOCAL: Peer<'static> =
    Peer { address: "127.0.0.1:4711", is_loopback: true, is_encrypted: false, server_name: "" };

/// A peer elsewhere.
pub(super) const REMOTE: Peer<'static> =
    Peer { address: "192.0.2.1:4711", is_loopback: false, is_encrypted: false, server_name: "" };

/// First messages that no honest client sends, and some that it might.
pub(super) const MESSAGES: [Option<&[u8]>; 9] = [
    None,
    Some(b""),
    Some(b"\0"),
    Some(b"\xff\xfe\xfd"),
    Some(b"\0\0\0\0\0"),
    Some(b"\0nobody\0philter-wrong-password"),
    Some(b"other\0nobody\0philter-wrong-password"),
    Some(b"n,,n=nobody,r=fyko+d2lbbFgONRv9qkxdawL"),
    Some(&[b'x'; 20_000]),
];

/// What makes providers of the type that is looked at.
pub(super) struct Bench {
    pub(super) subject: Subject,
    sessions: AtomicU64,
}

impl Bench {
    pub(super) fn new(subject: Subject) -> Self {
        Self { subject, sessions: AtomicU64::new(0) }
    }

    /// A provider.
    pub(super) fn provider(&self) -> Result<Box<dyn Auth>, Stop> {
        let making = self.subject.making()?;
        let type_name = &self.subject.factory.type_name;
        done("create", self.subject.plugin.create_auth(type_name, &making.context()))
    }

    /// A number for a login, never used before.
    pub(super) fn session(&self) -> SessionId {
        SessionId(self.sessions.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Begins a login and waits for what is answered.
    pub(super) fn start(
        &self,
        auth: &dyn Auth,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        message: Option<&[u8]>,
    ) -> Result<Result<SaslOutcome, Error>, Stop> {
        let start = |done| auth.start(session, peer, mechanism, message, done);
        self.subject.answer(&format!("start of {mechanism}"), start)
    }

    /// Goes on with a login and waits for what is answered.
    pub(super) fn step(
        &self,
        auth: &dyn Auth,
        session: SessionId,
        message: &[u8],
    ) -> Result<Result<SaslOutcome, Error>, Stop> {
        self.subject.answer("step", |done| auth.step(session, message, done))
    }

    /// A whole login that answers every challenge with `message`; none where the plugin refused it
    /// by an error.
    pub(super) fn log_in(
        &self,
        auth: &dyn Auth,
        peer: &Peer<'_>,
        mechanism: &str,
        message: Option<&[u8]>,
    ) -> Result<Option<SaslOutcome>, Stop> {
        let session = self.session();
        let call = format!("a login by {mechanism}");
        let mut answer = self.start(auth, session, peer, mechanism, message)?;
        for _ in 0..CHALLENGES_MAX {
            match accepted_or_refused(&call, answer)? {
                Some(SaslOutcome::Challenge(_)) => {
                    answer = self.step(auth, session, message.unwrap_or(b"garbage"))?;
                }
                ended => return Ok(ended),
            }
        }
        fails(format!("{call} goes on after {CHALLENGES_MAX} challenges"))
    }

    /// Every mechanism on offer to either peer, once each.
    pub(super) fn mechanisms(&self, auth: &dyn Auth) -> Vec<MechanismName> {
        let mut mechanisms = auth.mechanisms(&LOCAL);
        mechanisms.extend(auth.mechanisms(&REMOTE));
        mechanisms.sort();
        mechanisms.dedup();
        mechanisms
    }
}

/// An outcome for people.
pub(super) fn named(outcome: Option<&SaslOutcome>) -> String {
    match outcome {
        Some(SaslOutcome::Challenge(_)) => "a challenge".to_owned(),
        Some(SaslOutcome::Success { identity, .. }) => format!("success as '{identity}'"),
        Some(SaslOutcome::Failure(text)) => format!("failure ('{text}')"),
        Some(SaslOutcome::NotMine) => "not mine".to_owned(),
        None => "an error".to_owned(),
    }
}
