//! The provider itself: offers mechanisms and answers logins at once.

use philter_plugin_api::{
    Auth, Completion, Context, Error, ErrorKind, Factory, MechanismName, Peer, Result, SaslOutcome,
    SessionId,
};

use crate::accept::{ANONYMOUS, Accept, PLAIN};
use crate::challenged::{CHALLENGED_MAX, Challenged};
use crate::configuration::{Configuration, SCHEMA};
use crate::identity::identity;
use crate::plain::PlainMessage;

/// Who a peer is that gave no name.
const NOBODY: &str = "anonymous";

/// Lets peers in without a password.
#[derive(Debug)]
pub struct Anonymous {
    configuration: Configuration,
    challenged: Challenged,
}

impl Factory for Anonymous {
    const TYPE_NAME: &'static str = "anonymous";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;

    fn create(context: &Context<'_>) -> Result<Self> {
        let configuration = Configuration::parse(context.configuration)?;
        Ok(Self { configuration, challenged: Challenged::default() })
    }
}

impl Auth for Anonymous {
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName> {
        self.offered(peer).iter().copied().map(str::to_owned).collect()
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let offered = self.offered(peer).contains(&mechanism);
        let initial = initial.filter(|message| !message.is_empty());
        done.ok(match (mechanism, initial) {
            // The trace that RFC 4505 lets a peer send says nothing that could be trusted.
            (ANONYMOUS, _) if offered => self.welcome(NOBODY),
            (PLAIN, Some(message)) if offered => self.plain(message),
            (PLAIN, None) if offered => self.ask(session),
            _ => SaslOutcome::NotMine,
        });
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        if self.challenged.answered(session) {
            done.ok(self.plain(response));
        } else {
            let text = format!("login {} of 'anonymous' waits for no response", session.0);
            done.err(Error::new(ErrorKind::NotFound, text));
        }
    }

    fn abandon(&self, session: SessionId) {
        self.challenged.answered(session);
    }
}

impl Anonymous {
    fn offered(&self, peer: &Peer<'_>) -> &'static [&'static str] {
        self.configuration.accept.mechanisms(peer, self.configuration.guest)
    }

    fn ask(&self, session: SessionId) -> SaslOutcome {
        if self.challenged.asked(session) {
            SaslOutcome::Challenge(Vec::new())
        } else {
            SaslOutcome::Failure(format!("{CHALLENGED_MAX} logins wait for a response already"))
        }
    }

    /// A PLAIN message of a peer that PLAIN is on offer to.
    fn plain(&self, message: &[u8]) -> SaslOutcome {
        match PlainMessage::parse(message) {
            Ok(said) if self.configuration.accept == Accept::Everyone => self.welcome(said.user),
            Ok(said) if said.is_guest() => self.welcome(NOBODY),
            Ok(_) => SaslOutcome::NotMine,
            Err(malformed) => SaslOutcome::Failure(malformed.to_string()),
        }
    }

    fn welcome(&self, name: &str) -> SaslOutcome {
        match identity(name, &self.configuration.realm) {
            Ok(identity) => SaslOutcome::Success {
                identity,
                groups: Vec::new(),
                expires_at_ms: None,
                additional: Vec::new(),
            },
            Err(bad_name) => SaslOutcome::Failure(bad_name.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
