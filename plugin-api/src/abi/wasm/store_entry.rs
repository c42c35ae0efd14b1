//! The functions of the WIT's interface `store`, as a module exports them.
//!
//! # Safety
//! As in `filter_entry`.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::given::{list, text};
use super::store::StoreComponent;
use crate::factory::Factory;
use crate::store::{QueueRecord, Store};

pub use super::common_entry::{command, create, describe, destroy};

pub fn capabilities<T: Factory + Store>(component: &StoreComponent<T>) -> *const u32 {
    leave(|answer| answer.list(component.capabilities()))
}

pub unsafe fn acquire<T: Factory + Store>(
    component: &StoreComponent<T>,
    shard: u32,
    node: *mut u8,
    node_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let node = unsafe { text(node, node_len) };
    leave(|answer| answer.acquired(component.acquire(shard, &node)))
}

pub unsafe fn append<T: Factory + Store>(
    component: &StoreComponent<T>,
    shard: u32,
    epoch: u64,
    operations: *mut u8,
    operations_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let operations = unsafe { list(operations, operations_len) };
    leave(|answer| answer.appended(component.append(shard, epoch, &operations)))
}

pub fn purge<T: Factory + Store>(
    component: &StoreComponent<T>,
    shard: u32,
    epoch: u64,
    queue: u64,
) -> *const u32 {
    leave(|answer| answer.purged(component.purge(shard, epoch, queue)))
}

pub fn replay<T: Factory + Store>(
    component: &StoreComponent<T>,
    shard: u32,
    from: u64,
    until: u64,
    with_bodies: u32,
    bytes_max: u32,
) -> *const u32 {
    let page = component.replay(shard, (from, until), with_bodies != 0, bytes_max);
    leave(|answer| answer.list_or_error(page))
}

pub fn read<T: Factory + Store>(
    component: &StoreComponent<T>,
    shard: u32,
    queue: u64,
    id: u64,
) -> *const u32 {
    leave(|answer| answer.maybe_list(component.read(shard, QueueRecord { queue, id })))
}

pub fn entries<T: Factory + Store>(
    component: &StoreComponent<T>,
    shard: u32,
    queue: u64,
    from: u64,
    until: u64,
    bytes_max: u32,
) -> *const u32 {
    let page = component.entries(shard, queue, from..until, bytes_max);
    leave(|answer| answer.list_or_error(page))
}

pub fn statistics<T: Factory + Store>(component: &StoreComponent<T>, shard: u32) -> *const u32 {
    leave(|answer| answer.text_or_error(component.statistics(shard)))
}

pub unsafe fn meta_get<T: Factory + Store>(
    component: &StoreComponent<T>,
    key: *mut u8,
    key_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let key = unsafe { text(key, key_len) };
    leave(|answer| answer.revision_and_value(component.meta_get(&key)))
}

pub unsafe fn meta_compare_and_set<T: Factory + Store>(
    component: &StoreComponent<T>,
    key: *mut u8,
    key_len: usize,
    expected: u64,
    value: *mut u8,
    value_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let key = unsafe { text(key, key_len) };
    // SAFETY: given for this call.
    let value = unsafe { list(value, value_len) };
    leave(|answer| answer.revision(component.meta_compare_and_set(&key, expected, &value)))
}

pub unsafe fn meta_remove<T: Factory + Store>(
    component: &StoreComponent<T>,
    key: *mut u8,
    key_len: usize,
    expected: u64,
) -> *const u32 {
    // SAFETY: given for this call.
    let key = unsafe { text(key, key_len) };
    leave(|answer| answer.number(component.meta_remove(&key, expected).map(u32::from)))
}

pub unsafe fn meta_list<T: Factory + Store>(
    component: &StoreComponent<T>,
    prefix: *mut u8,
    prefix_len: usize,
    from: *mut u8,
    from_len: usize,
    bytes_max: u32,
) -> *const u32 {
    // SAFETY: given for this call.
    let prefix = unsafe { text(prefix, prefix_len) };
    // SAFETY: given for this call.
    let from = unsafe { text(from, from_len) };
    leave(|answer| answer.list_or_error(component.meta_list(&prefix, &from, bytes_max)))
}

pub fn inspect<T: Factory + Store>(component: &StoreComponent<T>) -> *const u32 {
    leave(|answer| answer.text_or_error(component.inspect()))
}
