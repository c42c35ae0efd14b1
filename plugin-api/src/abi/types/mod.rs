//! The structs of `include/philter_plugin.h`, one by one; who owns what and which thread may call
//! what stands there.
//!
//! Invariants: equal to the header in size and offsets (a test compiles both and compares);
//! versioned structs begin with their size, or with magic, version and size; slices, values,
//! records of a queue and messages never change.

mod auth;
mod exchange;
mod filter;
pub mod number;
mod record;
mod slice;
mod store;
mod value;

use std::ffi::c_void;

pub use auth::{PhAccess, PhAuthVtable, PhAuthorization, PhLimits, PhPeer, PhSaslOutcome, StartFn};
pub use exchange::{BindFn, PhBinding, PhBound, PhExchangeVtable, PhMatches, PushFn, RouteFn};
pub use filter::{MatchesFn, PhCompiled, PhFilterVtable, PhVerdict};
pub use record::{PhFactory, PhHost, PhPlugin, VisitHeaderFn};
pub use slice::PhSlice;
pub use store::{
    AcquireFn, AppendFn, EntriesFn, MetaListFn, MetaRemoveFn, PhAcquired, PhAppendOutcome,
    PhCapabilities, PhEntries, PhMetaEntry, PhMetaList, PhOperation, PhRecord, PhReplay,
    PhRevision, PhStoreVtable, PhStoredEntry, ReplayFn,
};
#[cfg(test)]
pub(crate) use value::tag;
pub use value::{PhValue, PhValueData};

use super::layout::abi_struct;

/// `ph_msg`: a message, opaque to the plugin, valid during the call that handed it over.
#[repr(C)]
pub struct PhMsg {
    opaque: [u8; 0],
}

abi_struct! {
    /// `ph_reply`: where an entry leaves its result or its error.
    versioned struct PhReply = "ph_reply" {
        /// Size of this struct.
        size: usize,
        /// Handed back to the functions.
        ctx: *mut c_void,
        /// Takes the result.
        result: Option<unsafe extern "C" fn(*mut c_void, PhSlice)>,
        /// Takes the error's line and column (0: none) and text.
        error: Option<unsafe extern "C" fn(*mut c_void, u32, u32, PhSlice)>,
    }
}

abi_struct! {
    /// `ph_context`: what an instance is made from.
    versioned struct PhContext = "ph_context" {
        /// Size of this struct.
        size: usize,
        /// The host's number of the instance, for `notify`.
        instance: u64,
        /// The instance's name.
        name: PhSlice,
        /// Its virtual host; empty for what belongs to the broker.
        virtual_host: PhSlice,
        /// Configuration as a JSON object.
        configuration: PhSlice,
        /// The data directory; NULL where there is none.
        data_dir: PhSlice,
        /// Arguments as an AMQP 1.0 map; empty for none.
        arguments: PhSlice,
    }
}

abi_struct! {
    /// `ph_command`: a run of a subcommand.
    versioned struct PhCommand = "ph_command" {
        /// Size of this struct.
        size: usize,
        /// What follows the subcommand's name.
        arguments: *const PhSlice,
        /// How many.
        argument_count: usize,
        /// Handed back to the functions.
        ctx: *mut c_void,
        /// Reads standard input into a buffer: bytes read, 0 at the end, below 0 on failure.
        read: Option<unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i64>,
        /// Writes to standard output (1) or standard error (2).
        write: Option<unsafe extern "C" fn(*mut c_void, u32, PhSlice)>,
        /// Set by the plugin.
        exit_code: i32,
        /// Zero.
        reserved: u32,
    }
}

/// `create`: makes an instance.
pub type CreateFn = unsafe extern "C" fn(*const PhContext, *mut *mut c_void, *const PhReply) -> i32;
/// `destroy`: ends an instance.
pub type DestroyFn = unsafe extern "C" fn(*mut c_void);
/// `command`: runs the subcommand.
pub type CommandFn = unsafe extern "C" fn(*const PhContext, *mut PhCommand, *const PhReply) -> i32;

abi_struct! {
    /// `ph_vtable`: what every kind's table begins with.
    versioned struct PhVtable = "ph_vtable" {
        /// Size of the kind's whole table.
        size: usize,
        /// Makes an instance.
        create: Option<CreateFn>,
        /// Ends an instance.
        destroy: Option<DestroyFn>,
        /// Runs the subcommand; optional.
        command: Option<CommandFn>,
    }
}
