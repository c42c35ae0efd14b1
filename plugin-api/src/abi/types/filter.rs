//! The filter kind.

use std::ffi::c_void;

use super::{CommandFn, CreateFn, DestroyFn, PhMatches, PhMsg, PhReply, PhSlice};
use crate::abi::layout::abi_struct;

abi_struct! {
    /// `ph_compiled`: what `compile` says of an expression.
    versioned struct PhCompiled = "ph_compiled" {
        /// Size of this struct.
        size: usize,
        /// The plugin's name for it.
        handle: u64,
        /// Bits of what the decision reads.
        reads: u32,
        /// Zero.
        reserved: u32,
    }
}

abi_struct! {
    /// `ph_verdict`: what `transform` makes of a message; the reply's result is this struct.
    versioned struct PhVerdict = "ph_verdict" {
        /// Size of this struct.
        size: usize,
        /// 1 pass, 2 drop, 3 dead-letter, 4 replace.
        verdict: u32,
        /// Zero.
        reserved: u32,
        /// For replace: the new body.
        body: PhSlice,
        /// For replace: its content type; NULL keeps the message's own.
        content_type: PhSlice,
    }
}

abi_struct! {
    /// `ph_filter_vtable`.
    versioned struct PhFilterVtable = "ph_filter_vtable" {
        /// Size of this struct.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Optional.
        command: Option<CommandFn>,
        /// Compiles an expression.
        compile: Option<
            unsafe extern "C" fn(*mut c_void, PhSlice, *mut PhCompiled, *const PhReply) -> i32,
        >,
        /// Forgets an expression.
        release: Option<unsafe extern "C" fn(*mut c_void, u64)>,
        /// Which handles each message matches.
        matches: Option<MatchesFn>,
        /// Optional: decides about a message and may replace its body.
        transform: Option<
            unsafe extern "C" fn(*mut c_void, u64, *const PhMsg, *const PhReply) -> i32,
        >,
        /// Optional: counters of the instance (NULL) or an expression.
        inspect: Option<unsafe extern "C" fn(*mut c_void, *const u64, *const PhReply) -> i32>,
        /// Optional: how an expression is decided.
        explain: Option<unsafe extern "C" fn(*mut c_void, PhSlice, *const PhReply) -> i32>,
        /// Optional: what an expression answers for a message.
        try_expression: Option<
            unsafe extern "C" fn(*mut c_void, PhSlice, *const PhMsg, *const PhReply) -> i32,
        >,
    }
}

/// `matches`: instance, messages, their number, handles, their number, answers, reply.
pub type MatchesFn = unsafe extern "C" fn(
    *mut c_void,
    *const *const PhMsg,
    usize,
    *const u64,
    usize,
    *const PhMatches,
    *const PhReply,
) -> i32;
