//! The auth kind of a component over [`Auth`]: every answer within its call, because a component
//! has no thread that could give it later.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::context::{Component, create, not_created};
use crate::auth::{Access, Action, Auth, Authorization, ObjectKind, Peer, SaslOutcome, SessionId};
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::factory::Factory;
use crate::value::{MapRef, Value, encode_map};

/// The one provider of a component.
#[derive(Debug)]
pub struct AuthComponent<T>(Mutex<Option<T>>);

impl<T: Factory + Auth> Component for AuthComponent<T> {
    type Plugin = T;

    // `describe` names no more of a provider.
    const ENTRIES: &'static [&'static str] = &["inspect"];

    fn create(&self, configuration: &str, context: &[u8]) -> Result<()> {
        *self.lock() = Some(create::<T>(configuration, context)?);
        Ok(())
    }

    fn destroy(&self) {
        *self.lock() = None;
    }
}

impl<T: Factory + Auth> AuthComponent<T> {
    /// A component before `create`.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// None where something is wrong: nobody is let in then.
    pub(super) fn mechanisms(&self, peer: &[u8]) -> Vec<String> {
        let names = self.with(|auth| Ok(auth.mechanisms(&read_peer(&MapRef::parse(peer)?))));
        names.unwrap_or_default()
    }

    pub(super) fn start(
        &self,
        session: u64,
        peer: &[u8],
        mechanism: &str,
        initial: Option<&[u8]>,
    ) -> Result<SaslOutcome> {
        let peer = MapRef::parse(peer)?;
        self.with(|auth| {
            let session = SessionId(session);
            answered(|done| auth.start(session, &read_peer(&peer), mechanism, initial, done))
        })
    }

    pub(super) fn step(&self, session: u64, response: &[u8]) -> Result<SaslOutcome> {
        self.with(|auth| answered(|done| auth.step(SessionId(session), response, done)))
    }

    pub(super) fn abandon(&self, session: u64) {
        if let Some(auth) = &*self.lock() {
            auth.abandon(SessionId(session));
        }
    }

    /// No opinion on what this version does not know.
    pub(super) fn authorize(&self, access: &[u8]) -> Result<Authorization> {
        let access = MapRef::parse(access)?;
        let Some(access) = read_access(&access) else { return Ok(Authorization::Abstain) };
        self.with(|auth| answered(|done| auth.authorize(&access, done)))
    }

    /// Leaves an encoded map.
    pub(super) fn limits(&self, identity: &str) -> Vec<u8> {
        let limits = self.with(|auth| Ok(auth.limits(identity)));
        let Ok(limits) = limits else { return Vec::new() };
        let of = |name, limit: Option<u64>| limit.map(|limit| (name, Value::Ulong(limit)));
        let both =
            [of("connections-max", limits.connections_max), of("queues-max", limits.queues_max)];
        encode_map(both.into_iter().flatten())
    }

    pub(super) fn inspect(&self) -> Result<String> {
        self.with(|auth| auth.inspect())
    }

    fn with<R>(&self, work: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        self.lock().as_ref().map_or_else(|| Err(not_created()), work)
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Factory + Auth> Default for AuthComponent<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A success as the WIT has it.
pub(super) fn success(
    identity: String,
    groups: Vec<String>,
    expires_at_ms: Option<u64>,
    additional: Vec<u8>,
) -> Vec<u8> {
    let mut pairs = vec![("identity", Value::String(identity))];
    if !groups.is_empty() {
        let groups = groups.into_iter().map(Value::String);
        pairs.push(("groups", Value::List(groups.collect())));
    }
    if let Some(at_ms) = expires_at_ms {
        pairs.push(("expires-at-ms", Value::Ulong(at_ms)));
    }
    if !additional.is_empty() {
        pairs.push(("additional", Value::Binary(additional)));
    }
    encode_map(pairs)
}

/// What a call was answered.
fn answered<R: Send + 'static>(call: impl FnOnce(Completion<R>)) -> Result<R> {
    let place = Arc::new(Mutex::new(None));
    let own = Arc::clone(&place);
    call(Completion::new(move |answer| {
        *own.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }));
    let answer = place.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer.unwrap_or_else(|| {
        let text = "the plugin keeps the call's answer for later, and a component has to answer \
                    within the call";
        Err(Error::internal(text))
    })
}

fn read_peer<'a>(map: &MapRef<'a>) -> Peer<'a> {
    let text = |name| map.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let is = |name| map.get(name).and_then(|value| value.as_bool()).unwrap_or_default();
    Peer {
        address: text("address"),
        is_loopback: is("is-loopback"),
        is_encrypted: is("is-encrypted"),
        server_name: text("server-name"),
    }
}

fn read_access<'a>(map: &MapRef<'a>) -> Option<Access<'a>> {
    let text = |name| map.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let number = |name| {
        let number = map.get(name).and_then(|value| value.as_i64())?;
        u32::try_from(number).ok()
    };
    Some(Access {
        identity: text("identity"),
        action: Action::from_number(number("action")?)?,
        object: ObjectKind::from_number(number("object")?)?,
        name: text("name"),
        properties: map.get("properties").and_then(|map| map.as_map()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
