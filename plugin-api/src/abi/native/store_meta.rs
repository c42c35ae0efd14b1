//! The meta data's part of the store kind's table.

use std::ffi::c_void;

use super::call::{Answer, pending};
use super::factory::instance;
use super::reply::Reply;
use crate::abi::layout::{read_versioned, write_versioned};
use crate::abi::status;
use crate::abi::types::{PhMetaEntry, PhMetaList, PhReply, PhRevision, PhSlice};
use crate::store::{MetaEntry, MetaRevision, Store};

pub(super) unsafe extern "C" fn meta_get<T: Store>(
    store: *mut c_void,
    key: PhSlice,
    out: *mut PhRevision,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let key = unsafe { key.host_text() };
        // SAFETY: an instance of `T` that is not destroyed.
        let Some((revision, value)) = unsafe { instance::<T>(store) }.meta_get(key)? else {
            return Ok(status::ABSENT);
        };
        let revision = PhRevision { size: size_of::<PhRevision>(), revision: revision.0 };
        // SAFETY: the host's place for the answer, alive for the call, not shared.
        unsafe { write_versioned(out, &revision) };
        reply.result(&value);
        Ok(status::OK)
    })
}

pub(super) unsafe extern "C" fn meta_compare_and_set<T: Store>(
    store: *mut c_void,
    key: PhSlice,
    expected: u64,
    value: PhSlice,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    // SAFETY: UTF-8 of the host, alive for the call.
    let key = unsafe { key.host_text() };
    // SAFETY: bytes of the host, alive for the call.
    let value = unsafe { value.bytes() }.unwrap_or_default();
    // SAFETY: an instance of `T` that is not destroyed.
    let store = unsafe { instance::<T>(store) };
    let expected = MetaRevision(expected);
    pending(reply, token, |done| store.meta_compare_and_set(key, expected, value, done))
}

pub(super) unsafe extern "C" fn meta_list<T: Store>(
    store: *mut c_void,
    prefix: PhSlice,
    list: *const PhMetaList,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let prefix = unsafe { prefix.host_text() };
        // SAFETY: the host's place for the keys, alive for the call.
        let list = unsafe { read_versioned(list) };
        // SAFETY: an instance of `T` that is not destroyed.
        let store = unsafe { instance::<T>(store) };
        store.meta_list(prefix, &mut |entry| send_entry(&list, &entry))
    })
}

/// Hands one key to the host; false ends the list.
fn send_entry(list: &PhMetaList, entry: &MetaEntry) -> bool {
    let Some(visit) = list.visit else { return false };
    let raw = PhMetaEntry {
        size: size_of::<PhMetaEntry>(),
        key: PhSlice::of(&entry.key),
        revision: entry.revision.0,
        value: PhSlice::new(&entry.value),
    };
    // SAFETY: the host's function and context, and a key that lives for the call.
    unsafe { visit(list.ctx, &raw const raw) != 0 }
}

pub(super) unsafe extern "C" fn meta_watch<T: Store>(
    store: *mut c_void,
    prefix: PhSlice,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let prefix = unsafe { prefix.host_text() };
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(store) }.meta_watch(prefix)
    })
}

pub(super) unsafe extern "C" fn meta_remove<T: Store>(
    store: *mut c_void,
    key: PhSlice,
    expected: u64,
    token: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    // SAFETY: UTF-8 of the host, alive for the call.
    let key = unsafe { key.host_text() };
    // SAFETY: an instance of `T` that is not destroyed.
    let store = unsafe { instance::<T>(store) };
    pending(reply, token, |done| store.meta_remove(key, MetaRevision(expected), done))
}

impl Answer for Option<MetaRevision> {
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice)) {
        match self {
            Some(MetaRevision(revision)) => {
                let raw = PhRevision { size: size_of::<PhRevision>(), revision: *revision };
                send(status::OK, PhSlice::over(&raw));
            }
            None => send(status::ABSENT, PhSlice::ABSENT),
        }
    }
}

/// Whether a key was removed: its revision is 0 then.
impl Answer for bool {
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice)) {
        self.then_some(MetaRevision(0)).send(send);
    }
}
