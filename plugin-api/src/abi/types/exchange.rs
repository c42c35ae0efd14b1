//! The exchange kind.

use std::ffi::c_void;

use super::{CommandFn, CreateFn, DestroyFn, PhMsg, PhReply, PhSlice};
use crate::abi::layout::abi_struct;

abi_struct! {
    /// `ph_binding`: a binding, borrowed for the call.
    versioned struct PhBinding = "ph_binding" {
        /// Size of this struct.
        size: usize,
        /// Its id.
        id: u64,
        /// 1 a queue, 2 an exchange.
        destination_kind: u32,
        /// The protocol that declared it.
        declared_by: u32,
        /// The destination's name.
        destination: PhSlice,
        /// The binding key.
        key: PhSlice,
        /// Arguments as an AMQP 1.0 map; empty for none.
        arguments: PhSlice,
    }
}

abi_struct! {
    /// `ph_bound`: what `bind` says of a binding.
    versioned struct PhBound = "ph_bound" {
        /// Size of this struct.
        size: usize,
        /// Bits of what the decision reads.
        reads: u32,
        /// 1 where equal keys always get equal answers.
        cacheable: u32,
    }
}

abi_struct! {
    /// `ph_matches`: where `route` and `matches` leave their answers.
    versioned struct PhMatches = "ph_matches" {
        /// Size of this struct.
        size: usize,
        /// Handed back to `push`.
        ctx: *mut c_void,
        /// A message's index in the batch and what it matches.
        push: Option<PushFn>,
    }
}

/// Takes a message's index in the batch and the ids, or the handles' indices, that it matches.
pub type PushFn = unsafe extern "C" fn(*mut c_void, usize, *const u64, usize);

abi_struct! {
    /// `ph_exchange_vtable`.
    versioned struct PhExchangeVtable = "ph_exchange_vtable" {
        /// Size of this struct.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Optional.
        command: Option<CommandFn>,
        /// Takes a binding.
        bind: Option<BindFn>,
        /// Forgets a binding.
        unbind: Option<unsafe extern "C" fn(*mut c_void, u64, *const PhReply) -> i32>,
        /// Which bindings each message matches.
        route: Option<RouteFn>,
        /// Optional: counters of the instance (NULL) or a binding.
        inspect: Option<unsafe extern "C" fn(*mut c_void, *const u64, *const PhReply) -> i32>,
        /// Optional: how a binding is decided.
        explain: Option<unsafe extern "C" fn(*mut c_void, u64, *const PhReply) -> i32>,
        /// Optional: whether a binding would match a message.
        try_binding: Option<
            unsafe extern "C" fn(
                *mut c_void,
                *const PhBinding,
                *const PhMsg,
                *const PhReply,
            ) -> i32,
        >,
    }
}

/// `bind`: instance, binding, what is said of it, reply.
pub type BindFn =
    unsafe extern "C" fn(*mut c_void, *const PhBinding, *mut PhBound, *const PhReply) -> i32;

/// `route`: instance, messages, their number, answers, reply.
pub type RouteFn = unsafe extern "C" fn(
    *mut c_void,
    *const *const PhMsg,
    usize,
    *const PhMatches,
    *const PhReply,
) -> i32;
