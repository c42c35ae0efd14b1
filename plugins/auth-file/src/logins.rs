//! What happens between a mechanism's name and a verdict.
//!
//! Invariants: every completion is answered once; PLAIN for a name that the file does not know
//! answers "not mine" after the same work as a wrong password, except where that hides nothing;
//! SCRAM for such a name fails at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use philter_plugin_api::{Completion, Error, ErrorKind, SaslOutcome, SessionId};

use crate::hashing::HashingPool;
use crate::limits::{HASH_THREADS_MAX, HASHES_WAITING_MAX, MESSAGE_BYTES_MAX};
use crate::mechanism::Mechanism;
use crate::name::UserName;
use crate::password::Password;
use crate::plain::PlainMessage;
use crate::realm::Realm;
use crate::scram::{Challenged, ClientFirst, NONCE_BYTES, ScramError};
use crate::sessions::{Login, Sessions};
use crate::sha256::random;
use crate::users::{Directory, Found, Users};
use crate::verified::Verified;

type Done = Completion<SaslOutcome>;

/// The logins of one users file.
pub(crate) struct Logins {
    pub(crate) directory: Directory,
    pub(crate) realm: Realm,
    pub(crate) sessions: Arc<Sessions>,
    verified: Arc<Verified>,
    hashing: HashingPool<PasswordCheck>,
}

impl Logins {
    /// Logins against this file.
    ///
    /// # Errors
    /// The operating system gives no thread or no random bytes.
    pub(crate) fn new(directory: Directory, realm: Realm) -> Result<Self, Error> {
        let hashing = HashingPool::start(HASH_THREADS_MAX, HASHES_WAITING_MAX, PasswordCheck::run)
            .map_err(|error| Error::internal(format!("no thread to hash in: {error}")))?;
        let verified = Verified::new().map_err(|error| Error::internal(error.to_string()))?;
        let verified = Arc::new(verified);
        Ok(Self { directory, realm, sessions: Arc::default(), verified, hashing })
    }

    /// Passwords that wait to be hashed.
    pub(crate) fn hashes_waiting(&self) -> usize {
        self.hashing.waiting()
    }

    /// A peer named its mechanism and sent nothing yet.
    pub(crate) fn ask(&self, session: SessionId, mechanism: Mechanism, done: Done) {
        let kept = self.sessions.keep(session, Login::Message(mechanism));
        done.finish(kept.map(|()| SaslOutcome::Challenge(Vec::new())).map_err(Error::from));
    }

    /// A peer's first message; `is_near` says that it is a program on this machine.
    pub(crate) fn first(
        &self,
        session: SessionId,
        mechanism: Mechanism,
        message: &[u8],
        is_near: bool,
        done: Done,
    ) {
        if message.len() > MESSAGE_BYTES_MAX {
            let text =
                format!("a {} message has more than {MESSAGE_BYTES_MAX} bytes", mechanism.name());
            return done.ok(SaslOutcome::Failure(text));
        }
        match (self.directory.users(), mechanism) {
            (Err(error), _) => done.ok(SaslOutcome::Failure(error.to_string())),
            (Ok(users), Mechanism::Plain) => self.plain(session, message, is_near, &users, done),
            (Ok(users), Mechanism::ScramSha256) => {
                done.finish(self.scram(session, message, &users));
            }
        }
    }

    /// A peer's answer to a challenge.
    pub(crate) fn next(&self, session: SessionId, message: &[u8], done: Done) {
        match self.sessions.take_waiting(session) {
            Some(Login::Message(mechanism)) => self.first(session, mechanism, message, false, done),
            Some(Login::Proof(challenged)) => done.ok(self.proof(*challenged, message)),
            Some(Login::Hash(_)) | None => {
                let text = format!("login {} of 'file' waits for no response", session.0);
                done.err(Error::new(ErrorKind::NotFound, text));
            }
        }
    }

    fn scram(
        &self,
        session: SessionId,
        message: &[u8],
        users: &Users,
    ) -> Result<SaslOutcome, Error> {
        let (first, user) = match self.client_first(message) {
            Ok(first) => first,
            Err(error) => return Ok(SaslOutcome::Failure(error.to_string())),
        };
        let nonce: [u8; NONCE_BYTES] =
            random().map_err(|error| Error::internal(error.to_string()))?;
        let found = users.find(&user);
        let (challenged, server_first) =
            Challenged::begin(&first, user, found, &STANDARD.encode(nonce));
        self.sessions.keep(session, Login::Proof(Box::new(challenged)))?;
        Ok(SaslOutcome::Challenge(server_first.into_bytes()))
    }

    fn client_first<'a>(
        &self,
        message: &'a [u8],
    ) -> Result<(ClientFirst<'a>, UserName), ScramError> {
        let first = ClientFirst::parse(message)?;
        let user = self.realm.user(&first.user)?;
        match &first.authorization {
            Some(other) if self.realm.user(other).as_ref() != Ok(&user) => {
                Err(ScramError::Authorization { user: user.to_string() })
            }
            _ => Ok((first, user)),
        }
    }

    fn proof(&self, challenged: Challenged, message: &[u8]) -> SaslOutcome {
        if message.len() > MESSAGE_BYTES_MAX {
            let text = format!("a SCRAM message has more than {MESSAGE_BYTES_MAX} bytes");
            return SaslOutcome::Failure(text);
        }
        match challenged.finish(message) {
            Ok(proven) => {
                success(self.realm.identity(&proven.user), proven.server_final.into_bytes())
            }
            Err(error) => SaslOutcome::Failure(error.to_string()),
        }
    }

    fn plain(&self, session: SessionId, message: &[u8], is_near: bool, users: &Users, done: Done) {
        let message = match PlainMessage::parse(message) {
            Ok(message) => message,
            Err(malformed) => return done.ok(SaslOutcome::Failure(malformed.to_string())),
        };
        // A name that cannot stand in the file may well be known to another provider.
        let Ok(user) = self.realm.user(message.user) else {
            return done.ok(SaslOutcome::NotMine);
        };
        let acts_as = message.authorization;
        if !acts_as.is_empty() && self.realm.user(acts_as).as_ref() != Ok(&user) {
            let error = ScramError::Authorization { user: user.to_string() };
            return done.ok(SaslOutcome::Failure(error.to_string()));
        }
        let found = users.find(&user);
        if !found.is_known && !hides(users, &user, is_near) {
            return done.ok(SaslOutcome::NotMine);
        }
        match Password::parse(message.password) {
            Ok(password) => self.check(session, user, found, password, done),
            Err(bad) if found.is_known => {
                done.ok(SaslOutcome::Failure(format!("login of '{user}': {bad}")));
            }
            Err(_) => done.ok(SaslOutcome::NotMine),
        }
    }

    fn check(
        &self,
        session: SessionId,
        user: UserName,
        found: Found,
        password: Password,
        done: Done,
    ) {
        let identity = self.realm.identity(&user);
        if self.verified.knows(&user, &found.credential, &password) && found.is_known {
            return done.ok(success(identity, Vec::new()));
        }
        let is_abandoned = Arc::new(AtomicBool::new(false));
        let login = Login::Hash(Arc::clone(&is_abandoned));
        if let Err(not_kept) = self.sessions.keep(session, login) {
            return done.err(not_kept.into());
        }
        let check = PasswordCheck {
            session,
            sessions: Arc::clone(&self.sessions),
            verified: Arc::clone(&self.verified),
            is_abandoned,
            user,
            identity,
            found,
            password,
            done,
        };
        if let Err(check) = self.hashing.submit(check) {
            self.sessions.forget(session);
            let text = format!("{HASHES_WAITING_MAX} passwords wait to be checked already");
            check.done.err(Error::new(ErrorKind::LimitExceeded, text));
        }
    }
}

/// Whether it costs a hash to learn that the file does not know this user. There is nothing to hide
/// where it has no users. Nor is it a secret on this machine whether it has the one that clients of
/// RabbitMQ come as: a hash for each of their connections would buy nothing.
fn hides(users: &Users, user: &UserName, is_near: bool) -> bool {
    let is_guest = is_near && user.as_str() == "guest";
    users.len() > 0 && !is_guest
}

/// A password that waits for its hash.
struct PasswordCheck {
    session: SessionId,
    sessions: Arc<Sessions>,
    verified: Arc<Verified>,
    is_abandoned: Arc<AtomicBool>,
    user: UserName,
    identity: String,
    found: Found,
    password: Password,
    done: Done,
}

impl PasswordCheck {
    fn run(self) {
        let outcome = self.outcome();
        self.sessions.forget(self.session);
        self.done.ok(outcome);
    }

    fn outcome(&self) -> SaslOutcome {
        let Self { user, found: Found { credential, is_known }, password, .. } = self;
        if self.is_abandoned.load(Ordering::Relaxed) {
            return SaslOutcome::Failure(format!("the peer that said it is '{user}' has gone"));
        }
        // Of many connections that came at once with the same password, the first did the work.
        let is_right =
            self.verified.knows(user, credential, password) || credential.is_of(password);
        match (is_right, *is_known) {
            (true, true) => {
                self.verified.remember(user.clone(), credential, password);
                success(self.identity.clone(), Vec::new())
            }
            (false, true) => SaslOutcome::Failure(format!("wrong password of '{user}'")),
            (_, false) => SaslOutcome::NotMine,
        }
    }
}

fn success(identity: String, additional: Vec<u8>) -> SaslOutcome {
    SaslOutcome::Success { identity, groups: Vec::new(), expires_at_ms: None, additional }
}
