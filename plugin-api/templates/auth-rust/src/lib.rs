//! Auth provider `my-plugin`: lets the users of its configuration in by SASL's PLAIN (RFC 4616),
//! over connections that nobody reads along.
//!
//! Begin with `Users::judge`, which says who may come in. Users with their passwords in a
//! configuration are for trying out: ask your directory or your token's issuer there.
//!
//! Invariant: no password is in a text, a log line or an error.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use philter_plugin_api::{
    Auth, Completion, Context, Error, Factory, MechanismName, Peer, Result, SaslOutcome, SessionId,
    export_plugin,
};

const PLAIN: &str = "PLAIN";

/// Passwords by users.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Users {
    #[serde(default)]
    users: BTreeMap<String, String>,
}

impl Users {
    /// Who a PLAIN message is of: somebody else's identity, NUL, the user, NUL, the password.
    fn judge(&self, message: &[u8]) -> SaslOutcome {
        let mut fields = message.split(|byte| *byte == 0);
        let (Some(_), Some(user), Some(password), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return SaslOutcome::Failure("no PLAIN message".to_owned());
        };
        let Some((user, wanted)) = self.users.get_key_value(&*String::from_utf8_lossy(user)) else {
            return SaslOutcome::NotMine; // the next provider may know the user
        };
        if !are_equal(wanted.as_bytes(), password) {
            return SaslOutcome::Failure(format!("wrong password for {user}"));
        }
        SaslOutcome::Success {
            identity: user.clone(),
            groups: Vec::new(),
            expires_at_ms: None,
            additional: Vec::new(),
        }
    }
}

/// Whether both are equal, in a time that does not say how far they are.
fn are_equal(left: &[u8], right: &[u8]) -> bool {
    let differing = left.iter().zip(right).fold(0, |all, (left, right)| all | (left ^ right));
    left.len() == right.len() && differing == 0
}

/// The provider, and the logins that still owe their message.
struct Provider {
    users: Users,
    asked: Mutex<HashSet<SessionId>>,
}

impl Factory for Provider {
    const TYPE_NAME: &'static str = "my-plugin";

    const CONFIGURATION_SCHEMA: &'static str = r#"{
        "type": "object",
        "properties": {
            "users": {
                "type": "object",
                "description": "Passwords by users",
                "additionalProperties": { "type": "string" }
            }
        },
        "additionalProperties": false
    }"#;

    fn create(context: &Context<'_>) -> Result<Self> {
        let users = serde_json::from_str(context.configuration)
            .map_err(|error| Error::invalid(format!("the configuration of my-plugin: {error}")))?;
        Ok(Self { users, asked: Mutex::default() })
    }
}

impl Auth for Provider {
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName> {
        let is_private = peer.is_encrypted || peer.is_loopback;
        if is_private { vec![PLAIN.to_owned()] } else { Vec::new() }
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        if mechanism != PLAIN {
            return done.ok(SaslOutcome::NotMine);
        }
        if self.mechanisms(peer).is_empty() {
            let why = format!("PLAIN from {}, which is not encrypted", peer.address);
            return done.ok(SaslOutcome::Failure(why));
        }
        let Some(message) = initial else {
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(session);
            return done.ok(SaslOutcome::Challenge(Vec::new()));
        };
        done.ok(self.users.judge(message));
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        let was_asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
        if was_asked {
            done.ok(self.users.judge(response));
        } else {
            done.ok(SaslOutcome::Failure("this login never began".to_owned()));
        }
    }

    fn abandon(&self, session: SessionId) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&session);
    }
}

export_plugin! { auth: [Provider] }

#[cfg(test)]
mod tests {
    use philter_plugin_api::testing::{completion, context};

    use super::*;

    const PEER: Peer<'_> =
        Peer { address: "127.0.0.1:4711", is_loopback: true, is_encrypted: false, server_name: "" };

    fn provider() -> Provider {
        let configuration = r#"{"users": {"jo": "secret"}}"#;
        Provider::create(&Context { configuration, ..context("my-plugin") }).unwrap()
    }

    fn login(provider: &Provider, peer: &Peer<'_>, initial: Option<&[u8]>) -> SaslOutcome {
        let (done, answer) = completion();
        provider.start(SessionId(1), peer, PLAIN, initial, done);
        answer.wait().unwrap()
    }

    fn step(provider: &Provider, response: &[u8]) -> SaslOutcome {
        let (done, answer) = completion();
        provider.step(SessionId(1), response, done);
        answer.wait().unwrap()
    }

    fn is_jo(outcome: &SaslOutcome) -> bool {
        matches!(outcome, SaslOutcome::Success { identity, .. } if identity == "jo")
    }

    #[test]
    fn lets_in_who_has_the_password() {
        assert!(is_jo(&login(&provider(), &PEER, Some(b"\0jo\0secret"))));
        for wrong in [b"\0jo\0Secret".as_slice(), b"\0jo\0", b"jo\0secret", b""] {
            let outcome = login(&provider(), &PEER, Some(wrong));
            assert!(matches!(outcome, SaslOutcome::Failure(_)), "{outcome:?}");
        }
        assert_eq!(login(&provider(), &PEER, Some(b"\0al\0secret")), SaslOutcome::NotMine);
    }

    #[test]
    fn a_login_without_its_message_is_asked_for_it_once() {
        let provider = provider();
        assert_eq!(login(&provider, &PEER, None), SaslOutcome::Challenge(Vec::new()));
        assert!(is_jo(&step(&provider, b"\0jo\0secret")));
        assert!(!is_jo(&step(&provider, b"\0jo\0secret")));
        login(&provider, &PEER, None);
        provider.abandon(SessionId(1));
        assert!(!is_jo(&step(&provider, b"\0jo\0secret")));
    }

    #[test]
    fn nobody_comes_in_where_others_read_along() {
        let remote = Peer { is_loopback: false, ..PEER };
        assert!(provider().mechanisms(&remote).is_empty());
        let outcome = login(&provider(), &remote, Some(b"\0jo\0secret"));
        assert!(matches!(outcome, SaslOutcome::Failure(_)), "{outcome:?}");
    }

    #[test]
    fn refuses_a_configuration_that_it_does_not_know() {
        let configuration = r#"{"user": {}}"#;
        let error = Provider::create(&Context { configuration, ..context("my-plugin") });
        assert!(error.err().unwrap().text().contains("unknown field `user`"));
    }
}
