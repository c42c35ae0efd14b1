//! An auth provider of a component behind the SDK's own trait.
//!
//! Who the caller is decides where it runs: what may wait goes to a thread of the provider's own,
//! what has to be answered at once is asked of an instance that may not wait.
//!
//! Invariant: where the plugin fails nobody is let in and nothing is allowed.

mod crew;
mod desk;
mod encoded;
mod outcome;
mod providing;

use std::sync::Arc;

use philter_plugin_api::{
    Access, Auth, Authorization, Completion, Error, Kind, Limits, MechanismName, Peer, Result,
    SaslOutcome, SessionId,
};

use crew::Work;
pub(crate) use providing::Providing;

/// An auth provider of a component.
pub(crate) struct WasmAuth(pub(crate) Arc<Providing>);

impl Auth for WasmAuth {
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName> {
        let peer = encoded::peer(peer);
        let asked = self.0.at_once(|live, time| {
            let (names,) = live.call(|calls| &calls.mechanisms, (peer,), time)?;
            outcome::mechanisms(names)
        });
        // The log has heard why.
        asked.unwrap_or_default()
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let (peer, mechanism) = (encoded::peer(peer), mechanism.to_owned());
        let initial = initial.map(<[u8]>::to_vec);
        self.0.hand_out(Work::Start { session: session.0, peer, mechanism, initial, done });
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        let response = response.to_vec();
        self.0.hand_out(Work::Step { session: session.0, response, done });
    }

    fn abandon(&self, session: SessionId) {
        self.0.hand_out(Work::Abandon { session: session.0 });
    }

    fn authorize(&self, access: &Access<'_>, done: Completion<Authorization>) {
        self.0.hand_out(Work::Authorize { access: encoded::access(access), done });
    }

    fn limits(&self, identity: &str) -> Limits {
        let identity = identity.to_owned();
        let asked = self.0.at_once(|live, time| {
            let (map,) = live.call(|calls| &calls.limits, (identity,), time)?;
            outcome::limits(&map)
        });
        // A provider that cannot say how much is allowed allows nothing.
        asked.unwrap_or(Limits { connections_max: Some(0), queues_max: Some(0) })
    }

    fn inspect(&self) -> Result<String> {
        let loaded = self.0.loaded();
        let factory = loaded.factory(Kind::Auth);
        if !factory.is_some_and(|factory| factory.optional_entries.contains(&"inspect")) {
            return Err(Error::unsupported("inspect"));
        }
        let time = loaded.create_time();
        let asked = self.0.at_once(|live, _| {
            let (answer,) = live.call(|calls| &calls.inspect, (), time)?;
            Ok(answer?)
        });
        asked.map_err(|failure| failure.into_error(&loaded.info.name))
    }
}

impl Drop for WasmAuth {
    fn drop(&mut self) {
        self.0.end();
    }
}
