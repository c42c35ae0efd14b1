//! The auth kind.

use std::ffi::c_void;

use super::{CommandFn, CreateFn, DestroyFn, PhReply, PhSlice};
use crate::abi::layout::abi_struct;

abi_struct! {
    /// `ph_peer`: who asks to be let in, borrowed for the call.
    versioned struct PhPeer = "ph_peer" {
        /// Size of this struct.
        size: usize,
        /// Address and port, as text.
        address: PhSlice,
        /// The name that the peer asked for; empty where unknown.
        server_name: PhSlice,
        /// 1 where the address is a loopback one.
        is_loopback: u32,
        /// 1 where the connection is encrypted.
        is_encrypted: u32,
    }
}

abi_struct! {
    /// `ph_sasl_outcome`: how a step ended; the result is this struct.
    versioned struct PhSaslOutcome = "ph_sasl_outcome" {
        /// Size of this struct.
        size: usize,
        /// 1 challenge, 2 success, 3 failure, 4 not mine.
        outcome: u32,
        /// Zero.
        reserved: u32,
        /// Challenge: the bytes to send. Success: additional data. Failure: a text for the log.
        data: PhSlice,
        /// Success: the identity.
        identity: PhSlice,
        /// Success: the groups.
        groups: *const PhSlice,
        /// How many.
        group_count: usize,
        /// Success: when the identity ends, milliseconds since 1970; 0: with the connection.
        expires_at_ms: u64,
    }
}

abi_struct! {
    /// `ph_access`: a question, borrowed for the call.
    versioned struct PhAccess = "ph_access" {
        /// Size of this struct.
        size: usize,
        /// The authenticated identity.
        identity: PhSlice,
        /// What it wants to do.
        action: u32,
        /// To what kind of object.
        object: u32,
        /// Of which name.
        name: PhSlice,
        /// The properties as an AMQP 1.0 map; empty for none.
        properties: PhSlice,
    }
}

abi_struct! {
    /// `ph_authorization`: the answer; the result is this struct.
    versioned struct PhAuthorization = "ph_authorization" {
        /// Size of this struct.
        size: usize,
        /// 1 allow, 2 deny, 3 abstain.
        decision: u32,
        /// 1 asks for a line in the log.
        log: u32,
    }
}

abi_struct! {
    /// `ph_limits`: quotas of an identity.
    versioned struct PhLimits = "ph_limits" {
        /// Size of this struct.
        size: usize,
        /// Connections at a time; `u64::MAX`: no limit.
        connections_max: u64,
        /// Queues at a time; `u64::MAX`: no limit.
        queues_max: u64,
    }
}

abi_struct! {
    /// `ph_auth_vtable`.
    versioned struct PhAuthVtable = "ph_auth_vtable" {
        /// Size of this struct.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Optional.
        command: Option<CommandFn>,
        /// The mechanisms on offer: the reply's result is called once for each.
        mechanisms: Option<unsafe extern "C" fn(*mut c_void, *const PhPeer, *const PhReply) -> i32>,
        /// Begins an exchange. Instance, session, peer, mechanism, initial response or NULL, token.
        start: Option<StartFn>,
        /// Goes on: instance, session, response, token.
        step: Option<unsafe extern "C" fn(*mut c_void, u64, PhSlice, u64, *const PhReply) -> i32>,
        /// Forgets an exchange.
        abandon: Option<unsafe extern "C" fn(*mut c_void, u64)>,
        /// Optional (abstains): may this identity do this?
        authorize: Option<
            unsafe extern "C" fn(*mut c_void, *const PhAccess, u64, *const PhReply) -> i32,
        >,
        /// Optional (no limits): the quotas of an identity.
        limits: Option<
            unsafe extern "C" fn(*mut c_void, PhSlice, *mut PhLimits, *const PhReply) -> i32,
        >,
        /// Optional: counters.
        inspect: Option<unsafe extern "C" fn(*mut c_void, *const PhReply) -> i32>,
    }
}

/// `start`: instance, session, peer, mechanism, initial response (or NULL), token, reply.
pub type StartFn = unsafe extern "C" fn(
    *mut c_void,
    u64,
    *const PhPeer,
    PhSlice,
    *const PhSlice,
    u64,
    *const PhReply,
) -> i32;
