//! The meta data's part of a store of a plugin.

use std::ffi::c_void;

use super::Fault;
use super::plugin::shielded;
use super::reply::{Done, Reading, result_bytes, result_struct, result_text};
use super::store::NativeStore;
use crate::abi::layout::read_versioned;
use crate::abi::types::{PhMetaEntry, PhMetaList, PhRevision, PhSlice, PhStoreVtable};
use crate::completion::Completion;
use crate::error::{Error, Result};
use crate::store::{MetaEntry, MetaRevision, Offers};

/// What a table has no function for, whatever the store says that it offers.
pub(super) fn missing(vtable: &PhStoreVtable) -> Offers {
    let unless = |is_there, offer| if is_there { Offers::NONE } else { offer };
    unless(vtable.meta_list.is_some(), Offers::META_LIST)
        .and(unless(vtable.meta_watch.is_some(), Offers::META_WATCH))
        .and(unless(vtable.meta_remove.is_some(), Offers::META_REMOVE))
        .and(unless(vtable.append_here.is_some(), Offers::APPEND_HERE))
        .and(unless(vtable.entries.is_some(), Offers::ENTRIES))
        .and(unless(vtable.append_lazily.is_some(), Offers::APPEND_LAZILY))
}

impl NativeStore {
    pub(super) fn get_meta(&self, key: &str) -> Result<Option<(MetaRevision, Vec<u8>)>> {
        let meta_get = self.vtable.meta_get.ok_or_else(|| Error::unsupported("meta_get"))?;
        let key = PhSlice::of(key);
        let mut revision = PhRevision { size: size_of::<PhRevision>(), revision: 0 };
        let mut value = Vec::new();
        let mut take = |bytes| {
            // SAFETY: results are alive while they are read.
            value = unsafe { result_bytes("meta_get", bytes) }?.to_vec();
            Ok(())
        };
        let done = self.handle.each("meta_get", &mut take, |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { meta_get(self.handle.instance(), key, &raw mut revision, reply) }
        })?;
        Ok(match done {
            Done::Ok => Some((MetaRevision(revision.revision), value)),
            Done::Absent => None,
        })
    }

    pub(super) fn set_meta(
        &self,
        key: &str,
        expected: MetaRevision,
        value: &[u8],
        done: Completion<Option<MetaRevision>>,
    ) {
        let Some(set) = self.vtable.meta_compare_and_set else {
            return done.err(Error::unsupported("meta_compare_and_set"));
        };
        let (key, value) = (PhSlice::of(key), PhSlice::new(value));
        self.handle.start("meta_compare_and_set", done, |token, reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { set(self.handle.instance(), key, expected.0, value, token, reply) }
        });
    }

    pub(super) fn list_meta(
        &self,
        prefix: &str,
        visit: &mut dyn FnMut(MetaEntry) -> bool,
    ) -> Result<()> {
        let entry = self.vtable.meta_list.ok_or_else(|| Error::unsupported("meta_list"))?;
        let mut list = List { visit, fault: None };
        let raw = PhMetaList {
            size: size_of::<PhMetaList>(),
            ctx: (&raw mut list).cast(),
            visit: Some(take_entry),
        };
        let done = self.handle.run("meta_list", |reply| {
            let prefix = PhSlice::of(prefix);
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { entry(self.handle.instance(), prefix, &raw const raw, reply) }
        });
        match list.fault {
            Some(fault) => Err(self.handle.plugin().fault(&fault)),
            None => done,
        }
    }

    pub(super) fn watch_meta(&self, prefix: &str) -> Result<()> {
        let watch = self.vtable.meta_watch.ok_or_else(|| Error::unsupported("meta_watch"))?;
        let prefix = PhSlice::of(prefix);
        // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
        self.handle
            .run("meta_watch", |reply| unsafe { watch(self.handle.instance(), prefix, reply) })
    }

    pub(super) fn remove_meta(&self, key: &str, expected: MetaRevision, done: Completion<bool>) {
        let Some(remove) = self.vtable.meta_remove else {
            return done.err(Error::unsupported("meta_remove"));
        };
        let key = PhSlice::of(key);
        self.handle.start("meta_remove", done, |token, reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { remove(self.handle.instance(), key, expected.0, token, reply) }
        });
    }
}

/// Where the keys of a list arrive.
struct List<'a> {
    visit: &'a mut dyn FnMut(MetaEntry) -> bool,
    fault: Option<Fault>,
}

unsafe extern "C" fn take_entry(ctx: *mut c_void, entry: *const PhMetaEntry) -> i32 {
    // SAFETY: the context of a list, which the plugin uses during the call alone.
    let Some(list) = (unsafe { ctx.cast::<List<'_>>().as_mut() }) else { return 0 };
    if list.fault.is_some() {
        return 0;
    }
    // SAFETY: the plugin's key, alive for the visit.
    match unsafe { read_entry(entry) } {
        Ok(entry) => shielded(false, || (list.visit)(entry)).into(),
        Err(fault) => {
            list.fault = Some(fault);
            0
        }
    }
}

/// # Safety
/// `entry` is NULL or a `ph_meta_entry` that is alive, with what it points to.
unsafe fn read_entry(entry: *const PhMetaEntry) -> Result<MetaEntry, Fault> {
    const ENTRY: &str = "meta_list";
    if entry.is_null() {
        return Err(Fault::NullPointer { entry: ENTRY, of: "meta entry", count: 1 });
    }
    // SAFETY: not NULL, and the caller's promise.
    let raw = unsafe { read_versioned(entry) };
    // SAFETY: the caller's promise.
    let key = unsafe { result_text(ENTRY, raw.key) }?;
    // SAFETY: the caller's promise.
    let value = unsafe { result_bytes(ENTRY, raw.value) }?.to_vec();
    Ok(MetaEntry { key, revision: MetaRevision(raw.revision), value })
}

impl Reading for Option<MetaRevision> {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let raw = unsafe { result_struct::<PhRevision>(entry, result) }?;
        Ok(Some(MetaRevision(raw.revision)))
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// Whether a key was removed.
impl Reading for bool {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        Option::<MetaRevision>::read(entry, result).map(|removed| removed.is_some())
    }

    fn absent() -> Option<Self> {
        Some(false)
    }
}
