//! The auth kind's table over [`Auth`].

use std::ffi::c_void;

use super::call::{Answer, pending};
use super::factory::{command, create, destroy, factory_record, instance, map};
use super::reply::{Reply, caught_or_logged};
use crate::abi::layout::{read_versioned, write_versioned};
use crate::abi::status;
use crate::abi::types::number;
use crate::abi::types::{
    PhAccess, PhAuthVtable, PhAuthorization, PhFactory, PhLimits, PhPeer, PhReply, PhSaslOutcome,
    PhSlice,
};
use crate::auth::{Access, Action, Auth, Authorization, ObjectKind, Peer, SaslOutcome, SessionId};
use crate::error::{Error, ErrorKind, Result};
use crate::factory::{Factory, Kind};

/// The record of an auth provider.
pub const fn auth_factory<T: Factory + Auth>() -> PhFactory {
    factory_record::<T, _>(Kind::Auth, Table::<T>::VTABLE)
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Factory + Auth> Table<T> {
    const VTABLE: &'static PhAuthVtable = &PhAuthVtable {
        size: size_of::<PhAuthVtable>(),
        create: Some(create::<T>),
        destroy: Some(destroy::<T>),
        command: Some(command::<T>),
        mechanisms: Some(mechanisms::<T>),
        start: Some(start::<T>),
        step: Some(step::<T>),
        abandon: Some(abandon::<T>),
        authorize: Some(authorize::<T>),
        limits: Some(limits::<T>),
        inspect: Some(inspect::<T>),
    };
}

unsafe extern "C" fn mechanisms<T: Auth>(
    auth: *mut c_void,
    peer: *const PhPeer,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: the host's peer, alive for the call.
        let peer = unsafe { read_peer(peer) };
        // SAFETY: an instance of `T` that is not destroyed.
        for name in unsafe { instance::<T>(auth) }.mechanisms(&peer) {
            reply.result(name.as_bytes());
        }
        Ok(status::OK)
    })
}

unsafe extern "C" fn start<T: Auth>(
    auth: *mut c_void,
    session: u64,
    peer: *const PhPeer,
    mechanism: PhSlice,
    initial: *const PhSlice,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    // SAFETY: the host's peer, alive for the call.
    let peer = unsafe { read_peer(peer) };
    // SAFETY: UTF-8 of the host, alive for the call.
    let mechanism = unsafe { mechanism.host_text() };
    // SAFETY: NULL or a slice of the host, alive for the call.
    let initial = unsafe { initial.as_ref() };
    // SAFETY: bytes of the host, alive for the call.
    let initial = initial.map(|initial| unsafe { initial.bytes() }.unwrap_or_default());
    // SAFETY: an instance of `T` that is not destroyed.
    let auth = unsafe { instance::<T>(auth) };
    pending(reply, token, |done| auth.start(SessionId(session), &peer, mechanism, initial, done))
}

unsafe extern "C" fn step<T: Auth>(
    auth: *mut c_void,
    session: u64,
    response: PhSlice,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    // SAFETY: bytes of the host, alive for the call.
    let response = unsafe { response.bytes() }.unwrap_or_default();
    // SAFETY: an instance of `T` that is not destroyed.
    let auth = unsafe { instance::<T>(auth) };
    pending(reply, token, |done| auth.step(SessionId(session), response, done))
}

unsafe extern "C" fn abandon<T: Auth>(auth: *mut c_void, session: u64) {
    caught_or_logged("abandon", || {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(auth) }.abandon(SessionId(session));
    });
}

unsafe extern "C" fn authorize<T: Auth>(
    auth: *mut c_void,
    access: *const PhAccess,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: the host's question, alive for the call.
        let access = unsafe { read_access(access) }?;
        // SAFETY: an instance of `T` that is not destroyed.
        let auth = unsafe { instance::<T>(auth) };
        Ok(pending(reply, token, |done| auth.authorize(&access, done)))
    })
}

unsafe extern "C" fn limits<T: Auth>(
    auth: *mut c_void,
    identity: PhSlice,
    out: *mut PhLimits,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let identity = unsafe { identity.host_text() };
        // SAFETY: an instance of `T` that is not destroyed.
        let limits = unsafe { instance::<T>(auth) }.limits(identity);
        let limits = PhLimits {
            size: size_of::<PhLimits>(),
            connections_max: limits.connections_max.unwrap_or(number::NO_LIMIT),
            queues_max: limits.queues_max.unwrap_or(number::NO_LIMIT),
        };
        // SAFETY: the host's place for the answer, alive for the call, not shared.
        unsafe { write_versioned(out, &limits) };
        Ok(())
    })
}

unsafe extern "C" fn inspect<T: Auth>(auth: *mut c_void, reply: *const PhReply) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(auth) }.inspect()
    })
}

/// The peer as the SDK's own type.
///
/// # Safety
/// `peer` is a `ph_peer` that lives for `'a`, its texts UTF-8.
unsafe fn read_peer<'a>(peer: *const PhPeer) -> Peer<'a> {
    // SAFETY: the caller's promise.
    let raw = unsafe { read_versioned(peer) };
    // SAFETY: the caller's promise.
    let address = unsafe { raw.address.host_text() };
    // SAFETY: the caller's promise.
    let server_name = unsafe { raw.server_name.host_text() };
    Peer {
        address,
        is_loopback: raw.is_loopback != 0,
        is_encrypted: raw.is_encrypted != 0,
        server_name,
    }
}

/// The question as the SDK's own type. What this version has no word for, it has no rule for
/// either, and refuses to answer.
///
/// # Safety
/// `access` is a `ph_access` that lives for `'a`, its texts UTF-8.
unsafe fn read_access<'a>(access: *const PhAccess) -> Result<Access<'a>> {
    // SAFETY: the caller's promise.
    let raw = unsafe { read_versioned(access) };
    let unknown = |what: &str, number: u32| {
        Error::new(ErrorKind::Unsupported, format!("this plugin knows no {what} {number}"))
    };
    let action = Action::from_number(raw.action).ok_or_else(|| unknown("action", raw.action))?;
    let object = ObjectKind::from_number(raw.object);
    let object = object.ok_or_else(|| unknown("kind of object", raw.object))?;
    // SAFETY: the caller's promise.
    let identity = unsafe { raw.identity.host_text() };
    // SAFETY: the caller's promise.
    let name = unsafe { raw.name.host_text() };
    // SAFETY: the caller's promise.
    let properties = unsafe { map(raw.properties) }?;
    Ok(Access { identity, action, object, name, properties })
}

impl Answer for SaslOutcome {
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice)) {
        let mut raw = PhSaslOutcome {
            size: size_of::<PhSaslOutcome>(),
            outcome: number::SASL_NOT_MINE,
            reserved: 0,
            data: PhSlice::ABSENT,
            identity: PhSlice::ABSENT,
            groups: std::ptr::null(),
            group_count: 0,
            expires_at_ms: 0,
        };
        let group_slices: Vec<PhSlice>;
        match self {
            SaslOutcome::Challenge(bytes) => {
                raw.outcome = number::SASL_CHALLENGE;
                raw.data = PhSlice::new(bytes);
            }
            SaslOutcome::Success { identity, groups, expires_at_ms, additional } => {
                group_slices = groups.iter().map(|group| PhSlice::of(group)).collect();
                raw.outcome = number::SASL_SUCCESS;
                raw.data = PhSlice::new(additional);
                raw.identity = PhSlice::of(identity);
                raw.groups = group_slices.as_ptr();
                raw.group_count = group_slices.len();
                raw.expires_at_ms = expires_at_ms.unwrap_or(0);
            }
            SaslOutcome::Failure(text) => {
                raw.outcome = number::SASL_FAILURE;
                raw.data = PhSlice::of(text);
            }
            SaslOutcome::NotMine => {}
        }
        send(status::OK, PhSlice::over(&raw));
    }
}

impl Answer for Authorization {
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice)) {
        let (decision, log) = match *self {
            Authorization::Allow { log } => (number::DECISION_ALLOW, log),
            Authorization::Deny { log } => (number::DECISION_DENY, log),
            Authorization::Abstain => (number::DECISION_ABSTAIN, false),
        };
        let raw = PhAuthorization { size: size_of::<PhAuthorization>(), decision, log: log.into() };
        send(status::OK, PhSlice::over(&raw));
    }
}
