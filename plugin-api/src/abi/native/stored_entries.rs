//! Entries by ids in a row: the store kind's part that came with 1.1.

use std::ffi::c_void;

use super::factory::instance;
use super::reply::Reply;
use crate::abi::layout::read_versioned;
use crate::abi::types::{PhEntries, PhReply, PhSlice, PhStoredEntry};
use crate::store::{Shard, Store, StoredEntry};

pub(super) unsafe extern "C" fn entries<T: Store>(
    store: *mut c_void,
    shard: u32,
    entries: *const PhEntries,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: the host's wish, alive for the call.
        let raw = unsafe { read_versioned(entries) };
        // SAFETY: an instance of `T` that is not destroyed.
        let store = unsafe { instance::<T>(store) };
        let ids = raw.from..raw.until;
        store.entries(Shard(shard), raw.queue, ids, &mut |entry| send_entry(&raw, &entry))
    })
}

/// Hands one entry to the host; false ends the call.
fn send_entry(entries: &PhEntries, entry: &StoredEntry<'_>) -> bool {
    let Some(visit) = entries.visit else { return false };
    let raw = PhStoredEntry {
        size: size_of::<PhStoredEntry>(),
        id: entry.id,
        header: PhSlice::new(entry.header),
        body: PhSlice::new(entry.body),
    };
    // SAFETY: the host's function and context, and an entry that lives for the call.
    unsafe { visit(entries.ctx, &raw const raw) != 0 }
}
