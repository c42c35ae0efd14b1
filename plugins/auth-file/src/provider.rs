//! The provider as the broker sees it.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use philter_plugin_api::{
    Auth, CommandOutput, Completion, Context, Error, Factory, Level, MechanismName, Peer, Result,
    SaslOutcome, SessionId, log,
};

use crate::command;
use crate::configuration::{Configuration, SCHEMA};
use crate::logins::Logins;
use crate::mechanism::Mechanism;
use crate::users::Directory;

/// Users in a file.
pub struct FileAuth {
    mechanisms: Vec<Mechanism>,
    /// None where there is no data directory, and so no file.
    logins: Option<Logins>,
    has_warned: AtomicBool,
}

impl Factory for FileAuth {
    const TYPE_NAME: &'static str = "file";
    const CONFIGURATION_SCHEMA: &'static str = SCHEMA;
    const SUBCOMMAND: Option<&'static str> = Some("user");

    fn create(context: &Context<'_>) -> Result<Self> {
        let Configuration { users_path, realm, iterations, mechanisms } =
            Configuration::parse(context)?;
        let Some(path) = users_path else {
            log(Level::Info, "no data directory, so no users file and no users");
            return Ok(Self::new(Vec::new(), None));
        };
        let directory = Directory::open(path, iterations)
            .map_err(|error| Error::invalid(format!("users file: {error}")))?;
        Ok(Self::new(mechanisms, Some(Logins::new(directory, realm)?)))
    }

    fn command(
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn Read,
    ) -> Result<CommandOutput> {
        Ok(command::run(context, arguments, input))
    }
}

impl Auth for FileAuth {
    fn mechanisms(&self, _peer: &Peer<'_>) -> Vec<MechanismName> {
        self.mechanisms.iter().map(|mechanism| mechanism.name().to_owned()).collect()
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let offered = self.mechanisms.iter().find(|offered| offered.name() == mechanism);
        let (Some(&mechanism), Some(logins)) = (offered, &self.logins) else {
            return done.ok(SaslOutcome::NotMine);
        };
        self.warn_once(mechanism, peer);
        match initial {
            None | Some([]) => logins.ask(session, mechanism, done),
            Some(message) => logins.first(session, mechanism, message, peer.is_loopback, done),
        }
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        match &self.logins {
            Some(logins) => logins.next(session, response, done),
            None => done.err(Error::invalid("'file' has no users file and began no login")),
        }
    }

    fn abandon(&self, session: SessionId) {
        if let Some(logins) = &self.logins {
            logins.sessions.forget(session);
        }
    }

    fn inspect(&self) -> Result<String> {
        let Some(logins) = &self.logins else {
            return Ok(serde_json::json!({ "path": null, "users": 0 }).to_string());
        };
        let (users, error) = match logins.directory.users() {
            Ok(users) => (users.len(), None),
            Err(error) => (0, Some(error.to_string())),
        };
        let state = serde_json::json!({
            "path": logins.directory.path(),
            "users": users,
            "error": error,
            "logins_under_way": logins.sessions.len(),
            "passwords_waiting": logins.hashes_waiting(),
        });
        Ok(state.to_string())
    }
}

impl FileAuth {
    fn new(mechanisms: Vec<Mechanism>, logins: Option<Logins>) -> Self {
        Self { mechanisms, logins, has_warned: AtomicBool::new(false) }
    }

    /// Says once that passwords cross the network in the clear.
    fn warn_once(&self, mechanism: Mechanism, peer: &Peer<'_>) {
        let is_readable = mechanism == Mechanism::Plain && !peer.is_encrypted && !peer.is_loopback;
        if is_readable && !self.has_warned.swap(true, Ordering::Relaxed) {
            let text = "a password came by PLAIN over an unencrypted connection; \
                configure \"mechanisms\": [\"SCRAM-SHA-256\"] to refuse that";
            log(Level::Warn, text);
        }
    }
}

impl std::fmt::Debug for FileAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FileAuth")
    }
}

#[cfg(test)]
mod tests;
