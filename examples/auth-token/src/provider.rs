//! The provider: who comes in, by which mechanism.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use philter_plugin_api::{
    Auth, Completion, Context, Factory, MechanismName, Peer, Result, SaslOutcome, SessionId,
    granted, now_ms,
};

use crate::claims::Bearer;
use crate::keys::Keys;
use crate::message::{Mechanism, Said};
use crate::settings::{SCHEMA, Settings};
use crate::token::{Token, is_token};

/// What a client of OAUTHBEARER and XOAUTH2 is told before it is refused (RFC 7628, section 3.2.2).
const INVALID_TOKEN: &[u8] = br#"{"status":"invalid_token"}"#;

/// Where a login is that goes on.
enum Login {
    /// It owes its message.
    Asked(Mechanism),
    /// It was told that its token is none, and has to say that it heard it.
    Refused(String),
}

/// The provider.
pub(crate) struct Provider {
    settings: Settings,
    keys: Mutex<Keys>,
    logins: Mutex<HashMap<SessionId, Login>>,
}

impl Provider {
    fn new(settings: Settings, read: fn(&str) -> Result<Vec<u8>>, now_ms: u64) -> Result<Self> {
        let keys = Mutex::new(Keys::open(&settings.keys, read, now_ms)?);
        Ok(Self { settings, keys, logins: Mutex::default() })
    }

    /// What becomes of a login that says this.
    fn judge(
        &self,
        session: SessionId,
        mechanism: Mechanism,
        message: &[u8],
        now_ms: u64,
    ) -> SaslOutcome {
        let Some(said) = Said::read(mechanism, message) else {
            return SaslOutcome::Failure(format!("no message of {}", mechanism.name()));
        };
        // Another provider may know the password that is no token.
        if mechanism == Mechanism::Plain && !is_token(said.token) {
            return SaslOutcome::NotMine;
        }
        match self.bearer(&said, now_ms) {
            Ok(Bearer { identity, groups, expires_at_ms }) => SaslOutcome::Success {
                identity,
                groups,
                expires_at_ms: Some(expires_at_ms),
                additional: Vec::new(),
            },
            Err(why) if mechanism == Mechanism::Plain => SaslOutcome::Failure(why.to_owned()),
            Err(why) => {
                lock(&self.logins).insert(session, Login::Refused(why.to_owned()));
                SaslOutcome::Challenge(INVALID_TOKEN.to_vec())
            }
        }
    }

    fn bearer(&self, said: &Said<'_>, now_ms: u64) -> std::result::Result<Bearer, &'static str> {
        let token = Token::read(said.token)?;
        if !self.settings.algorithms.contains(&token.algorithm) {
            return Err("the token is signed by an algorithm that is not allowed");
        }
        let id = token.key_id.as_deref();
        let mut keys = lock(&self.keys);
        if !keys.signed(token.algorithm, id, token.signed, &token.signature, now_ms) {
            return Err("the token is not signed by a key of the file");
        }
        drop(keys);
        let claims = token.claims().ok_or("the token's claims are none")?;
        let bearer = Bearer::read(&claims, &self.settings, now_ms)?;
        if !said.user.is_empty() && said.user != bearer.identity {
            return Err("the token is of another user than the one that is named");
        }
        Ok(bearer)
    }
}

impl Factory for Provider {
    const TYPE_NAME: &'static str = "token";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;

    fn create(context: &Context<'_>) -> Result<Self> {
        Self::new(Settings::read(context.configuration)?, granted::read_file, now_ms())
    }
}

impl Auth for Provider {
    /// A token is as good as a password to whoever reads it on its way.
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName> {
        if !peer.is_encrypted && !peer.is_loopback {
            return Vec::new();
        }
        Mechanism::ALL.map(|mechanism| mechanism.name().to_owned()).to_vec()
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let Some(mechanism) = Mechanism::of(mechanism) else {
            return done.ok(SaslOutcome::NotMine);
        };
        if self.mechanisms(peer).is_empty() {
            let why = format!("a token from {}, which is not encrypted", peer.address);
            return done.ok(SaslOutcome::Failure(why));
        }
        done.ok(match initial {
            Some(message) => self.judge(session, mechanism, message, now_ms()),
            None => {
                lock(&self.logins).insert(session, Login::Asked(mechanism));
                SaslOutcome::Challenge(Vec::new())
            }
        });
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        let login = lock(&self.logins).remove(&session);
        done.ok(match login {
            Some(Login::Asked(mechanism)) => self.judge(session, mechanism, response, now_ms()),
            Some(Login::Refused(why)) => SaslOutcome::Failure(why),
            None => SaslOutcome::Failure("this login never began".to_owned()),
        });
    }

    fn abandon(&self, session: SessionId) {
        lock(&self.logins).remove(&session);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
