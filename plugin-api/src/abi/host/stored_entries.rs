//! Entries of a store of a plugin on their way to whoever asked for them.

use std::ffi::c_void;
use std::ops::Range;

use super::Fault;
use super::handle::Handle;
use super::plugin::shielded;
use super::reply::result_bytes;
use crate::abi::layout::read_versioned;
use crate::abi::types::{PhEntries, PhStoredEntry};
use crate::error::Result;
use crate::store::StoredEntry;

/// Where the entries of a call arrive.
pub(super) struct Entries<'a> {
    visit: &'a mut dyn FnMut(StoredEntry<'_>) -> bool,
    fault: Option<Fault>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(visit: &'a mut dyn FnMut(StoredEntry<'_>) -> bool) -> Self {
        Self { visit, fault: None }
    }

    /// What the plugin's entry takes; valid while `self` stays where it is.
    pub(super) fn raw(&mut self, queue: u64, ids: Range<u64>) -> PhEntries {
        PhEntries {
            size: size_of::<PhEntries>(),
            queue,
            from: ids.start,
            until: ids.end,
            ctx: std::ptr::from_mut(self).cast(),
            visit: Some(visit),
        }
    }

    /// The end of the call: an error where an entry was wrong.
    pub(super) fn end(self, handle: &Handle) -> Result<()> {
        match self.fault {
            Some(fault) => Err(handle.plugin().fault(&fault)),
            None => Ok(()),
        }
    }
}

unsafe extern "C" fn visit(ctx: *mut c_void, entry: *const PhStoredEntry) -> i32 {
    // SAFETY: the context of a call, which the plugin uses during the call alone.
    let Some(entries) = (unsafe { ctx.cast::<Entries<'_>>().as_mut() }) else { return 0 };
    if entries.fault.is_some() {
        return 0;
    }
    // SAFETY: the plugin's entry, alive for the visit.
    match unsafe { read_entry(entry) } {
        Ok(entry) => shielded(false, || (entries.visit)(entry)).into(),
        Err(fault) => {
            entries.fault = Some(fault);
            0
        }
    }
}

/// # Safety
/// `entry` is NULL or a `ph_stored_entry` that is alive for `'a`, with what it points to.
unsafe fn read_entry<'a>(entry: *const PhStoredEntry) -> Result<StoredEntry<'a>, Fault> {
    const ENTRY: &str = "entries";
    if entry.is_null() {
        return Err(Fault::NullPointer { entry: ENTRY, of: "stored entry", count: 1 });
    }
    // SAFETY: not NULL, and the caller's promise.
    let raw = unsafe { read_versioned(entry) };
    // SAFETY: the caller's promise.
    let header = unsafe { result_bytes(ENTRY, raw.header) }?;
    // SAFETY: the caller's promise.
    let body = unsafe { result_bytes(ENTRY, raw.body) }?;
    Ok(StoredEntry { id: raw.id, header, body })
}
