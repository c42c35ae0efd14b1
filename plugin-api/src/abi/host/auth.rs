//! An auth provider of a plugin behind the SDK's own trait.

use std::sync::Arc;

use super::Fault;
use super::handle::Handle;
use super::reply::{Reading, result_bytes, result_struct, result_text};
use crate::abi::types::number;
use crate::abi::types::{
    PhAccess, PhAuthVtable, PhAuthorization, PhLimits, PhPeer, PhSaslOutcome, PhSlice,
};
use crate::auth::{
    Access, Auth, Authorization, Limits, MechanismName, Peer, SaslOutcome, SessionId,
};
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::limits::{GROUPS_MAX, MECHANISMS_MAX};
use crate::log::Level;

/// An auth provider of a plugin.
pub(super) struct NativeAuth {
    pub(super) handle: Arc<Handle>,
    pub(super) vtable: PhAuthVtable,
}

impl Auth for NativeAuth {
    fn mechanisms(&self, peer: &Peer<'_>) -> Vec<MechanismName> {
        let Some(mechanisms) = self.vtable.mechanisms else { return Vec::new() };
        let peer = raw_peer(peer);
        let mut names = Vec::new();
        let mut take = |name| {
            // SAFETY: results are alive while they are read.
            let name = unsafe { result_text("mechanisms", name) }?;
            if names.len() == MECHANISMS_MAX {
                let (found, max) = (names.len() + 1, MECHANISMS_MAX);
                return Err(Fault::TooMuch { entry: "mechanisms", of: "names", found, max });
            }
            names.push(name);
            Ok(())
        };
        let done = self.handle.each("mechanisms", &mut take, |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { mechanisms(self.handle.instance(), &raw const peer, reply) }
        });
        match done {
            Ok(_) => names,
            Err(error) => {
                self.handle.plugin().log(Level::Error, &format!("mechanisms: {error}"));
                Vec::new()
            }
        }
    }

    fn start(
        &self,
        session: SessionId,
        peer: &Peer<'_>,
        mechanism: &str,
        initial: Option<&[u8]>,
        done: Completion<SaslOutcome>,
    ) {
        let Some(start) = self.vtable.start else { return done.err(Error::unsupported("start")) };
        let peer = raw_peer(peer);
        let mechanism = PhSlice::of(mechanism);
        let initial = initial.map(PhSlice::new);
        let initial = initial.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        self.handle.start("start", done, |token, reply| {
            let (instance, peer) = (self.handle.instance(), &raw const peer);
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { start(instance, session.0, peer, mechanism, initial, token, reply) }
        });
    }

    fn step(&self, session: SessionId, response: &[u8], done: Completion<SaslOutcome>) {
        let Some(step) = self.vtable.step else { return done.err(Error::unsupported("step")) };
        let response = PhSlice::new(response);
        self.handle.start("step", done, |token, reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { step(self.handle.instance(), session.0, response, token, reply) }
        });
    }

    fn abandon(&self, session: SessionId) {
        if let Some(abandon) = self.vtable.abandon {
            // SAFETY: the plugin's entry and its instance.
            unsafe { abandon(self.handle.instance(), session.0) };
        }
    }

    fn authorize(&self, access: &Access<'_>, done: Completion<Authorization>) {
        let Some(authorize) = self.vtable.authorize else { return done.ok(Authorization::Abstain) };
        let access = PhAccess {
            size: size_of::<PhAccess>(),
            identity: PhSlice::of(access.identity),
            action: access.action.number(),
            object: access.object.number(),
            name: PhSlice::of(access.name),
            properties: PhSlice::new(access.properties.encoded()),
        };
        self.handle.start("authorize", done, |token, reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { authorize(self.handle.instance(), &raw const access, token, reply) }
        });
    }

    fn limits(&self, identity: &str) -> Limits {
        let Some(limits) = self.vtable.limits else { return Limits::default() };
        let size = size_of::<PhLimits>();
        let mut raw =
            PhLimits { size, connections_max: number::NO_LIMIT, queues_max: number::NO_LIMIT };
        let identity = PhSlice::of(identity);
        let done = self.handle.run("limits", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { limits(self.handle.instance(), identity, &raw mut raw, reply) }
        });
        if let Err(error) = done {
            self.handle.plugin().log(Level::Error, &format!("limits: {error}"));
            // A provider that cannot say how much is allowed allows nothing.
            return Limits { connections_max: Some(0), queues_max: Some(0) };
        }
        let limit = |value| (value != number::NO_LIMIT).then_some(value);
        Limits { connections_max: limit(raw.connections_max), queues_max: limit(raw.queues_max) }
    }

    fn inspect(&self) -> Result<String> {
        let inspect = self.vtable.inspect.ok_or_else(|| Error::unsupported("inspect"))?;
        // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
        self.handle.call("inspect", |reply| unsafe { inspect(self.handle.instance(), reply) })
    }
}

fn raw_peer(peer: &Peer<'_>) -> PhPeer {
    PhPeer {
        size: size_of::<PhPeer>(),
        address: PhSlice::of(peer.address),
        server_name: PhSlice::of(peer.server_name),
        is_loopback: peer.is_loopback.into(),
        is_encrypted: peer.is_encrypted.into(),
    }
}

impl Reading for SaslOutcome {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let raw = unsafe { result_struct::<PhSaslOutcome>(entry, result) }?;
        // SAFETY: the struct's slices are alive as long as it is.
        let data = unsafe { result_bytes(entry, raw.data) }?.to_vec();
        Ok(match raw.outcome {
            number::SASL_CHALLENGE => SaslOutcome::Challenge(data),
            number::SASL_SUCCESS => SaslOutcome::Success {
                // SAFETY: as above.
                identity: unsafe { result_text(entry, raw.identity) }?,
                // SAFETY: as above.
                groups: unsafe { groups(entry, &raw) }?,
                expires_at_ms: (raw.expires_at_ms != 0).then_some(raw.expires_at_ms),
                additional: data,
            },
            number::SASL_FAILURE => {
                SaslOutcome::Failure(String::from_utf8_lossy(&data).into_owned())
            }
            number::SASL_NOT_MINE => SaslOutcome::NotMine,
            other => return Err(Fault::BadNumber { entry, of: "the outcome", number: other }),
        })
    }
}

/// # Safety
/// What `raw` points to is alive.
unsafe fn groups(entry: &'static str, raw: &PhSaslOutcome) -> Result<Vec<String>, Fault> {
    let (count, max) = (raw.group_count, GROUPS_MAX);
    if count == 0 {
        return Ok(Vec::new());
    }
    if count > max {
        return Err(Fault::TooMuch { entry, of: "groups", found: count, max });
    }
    if raw.groups.is_null() {
        return Err(Fault::NullPointer { entry, of: "groups", count });
    }
    // SAFETY: not NULL, and as many as the plugin says, as the caller promises.
    let groups = unsafe { std::slice::from_raw_parts(raw.groups, count) };
    // SAFETY: the caller's promise.
    groups.iter().map(|group| unsafe { result_text(entry, *group) }).collect()
}

impl Reading for Authorization {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let raw = unsafe { result_struct::<PhAuthorization>(entry, result) }?;
        match raw.decision {
            number::DECISION_ALLOW => Ok(Authorization::Allow { log: raw.log != 0 }),
            number::DECISION_DENY => Ok(Authorization::Deny { log: raw.log != 0 }),
            number::DECISION_ABSTAIN => Ok(Authorization::Abstain),
            other => Err(Fault::BadNumber { entry, of: "the decision", number: other }),
        }
    }
}
