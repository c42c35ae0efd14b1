//! What the two sides show each other at the entry: `ph_host`, `ph_plugin`, `ph_factory`.

use std::ffi::c_void;

use super::{PhMsg, PhSlice, PhValue};
use crate::abi::layout::abi_struct;

/// Visits a header: its name and value, borrowed for the visit.
pub type VisitHeaderFn = unsafe extern "C" fn(*mut c_void, PhSlice, *const PhValue);

abi_struct! {
    /// `ph_host`: what the host offers. Lives as long as the process.
    versioned struct PhHost = "ph_host" {
        /// [`crate::abi::magic::MAGIC`].
        magic: u32,
        /// Major of the mechanism.
        abi_major: u16,
        /// Minor of the mechanism.
        abi_minor: u16,
        /// Size of this struct.
        size: usize,
        /// Handed back to `log`, `notify` and `complete`.
        ctx: *mut c_void,
        /// The host's name and version, for people.
        version: PhSlice,
        /// Writes a line to the log.
        log: Option<unsafe extern "C" fn(*mut c_void, u32, PhSlice)>,
        /// Says something unasked: instance, event, encoded value.
        notify: Option<unsafe extern "C" fn(*mut c_void, u64, u32, PhSlice)>,
        /// Answers a call that was PENDING: token, status, result or error text.
        complete: Option<unsafe extern "C" fn(*mut c_void, u64, i32, PhSlice)>,
        /// A message's routing key.
        msg_routing_key: Option<unsafe extern "C" fn(*const PhMsg, *mut PhSlice) -> i32>,
        /// A message's property by number.
        msg_property: Option<unsafe extern "C" fn(*const PhMsg, u32, *mut PhValue) -> i32>,
        /// A message's header by name.
        msg_header: Option<unsafe extern "C" fn(*const PhMsg, PhSlice, *mut PhValue) -> i32>,
        /// Visits every header.
        msg_headers: Option<unsafe extern "C" fn(*const PhMsg, *mut c_void, VisitHeaderFn) -> i32>,
        /// A message's body length.
        msg_body_len: Option<unsafe extern "C" fn(*const PhMsg) -> u64>,
        /// The longest run of body bytes that begins at an offset.
        msg_body: Option<unsafe extern "C" fn(*const PhMsg, u64, *mut PhSlice) -> i32>,
    }
}

abi_struct! {
    /// `ph_factory`: a type that a plugin offers. Lives as long as the process.
    versioned struct PhFactory = "ph_factory" {
        /// Size of this struct.
        size: usize,
        /// The kind's number.
        kind: u32,
        /// The kind's major.
        kind_major: u16,
        /// The kind's minor.
        kind_minor: u16,
        /// The type's name.
        type_name: PhSlice,
        /// JSON Schema of the configuration.
        configuration_schema: PhSlice,
        /// The subcommand; NULL for none.
        subcommand: PhSlice,
        /// A set of [`super::number::FACTORY_MAY_BLOCK`].
        flags: u64,
        /// The kind's table, which begins as [`super::PhVtable`].
        vtable: *const c_void,
    }
}

abi_struct! {
    /// `ph_plugin`: what a library says of itself. Lives as long as the process.
    versioned struct PhPlugin = "ph_plugin" {
        /// [`crate::abi::magic::MAGIC`].
        magic: u32,
        /// Major of the mechanism.
        abi_major: u16,
        /// Minor of the mechanism.
        abi_minor: u16,
        /// Size of this struct.
        size: usize,
        /// The plugin's name.
        name: PhSlice,
        /// Its version.
        version: PhSlice,
        /// Its licence, an SPDX expression.
        licence: PhSlice,
        /// The first factory.
        factories: *const PhFactory,
        /// How many.
        factory_count: usize,
        /// Bytes from one factory to the next.
        factory_stride: usize,
    }
}

// SAFETY: the pointers lead to constants of the library, which nothing writes and which is never
// unloaded.
unsafe impl Sync for PhFactory {}
// SAFETY: as above.
unsafe impl Sync for PhPlugin {}
// SAFETY: `ctx` is used by the host's own functions alone, which any thread may call.
unsafe impl Sync for PhHost {}
// SAFETY: as above.
unsafe impl Send for PhHost {}
