//! The library's entry, and the host that it was given.
//!
//! Invariant: a host is used only after its magic, its major and its size were checked. An entry
//! that is called again takes the newest host; hosts live as long as the process.

use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::SystemTime;

use crate::abi::layout::{covered, read_versioned};
use crate::abi::magic::{ABI_MAJOR, ABI_MINOR, MAGIC};
use crate::abi::types::{PhFactory, PhHost, PhPlugin, PhSlice};
use crate::factory::InstanceId;
use crate::log::Level;
use crate::notify::Event;
use crate::value::Value;

static HOST: AtomicPtr<PhHost> = AtomicPtr::new(std::ptr::null_mut());

/// What `philter_plugin_entry_v1` does: takes the host, and shows the plugin. NULL refuses the
/// host.
///
/// # Safety
/// `host` is NULL or a `ph_host` that lives as long as the process.
pub unsafe fn enter(host: *const PhHost, plugin: &'static PhPlugin) -> *const PhPlugin {
    if host.is_null() {
        return std::ptr::null();
    }
    // SAFETY: not NULL, and a `ph_host` as the caller promises.
    let host = unsafe { read_versioned(host) };
    let has_messages = std::mem::offset_of!(PhHost, msg_body) < covered::<PhHost>(host.size);
    if host.magic != MAGIC || host.abi_major != ABI_MAJOR || !has_messages {
        return std::ptr::null();
    }
    HOST.store(Box::into_raw(Box::new(host)), Ordering::Release);
    plugin
}

/// What a library says of itself.
pub const fn plugin_record(
    name: &'static str,
    version: &'static str,
    licence: &'static str,
    factories: &'static [PhFactory],
) -> PhPlugin {
    PhPlugin {
        magic: MAGIC,
        abi_major: ABI_MAJOR,
        abi_minor: ABI_MINOR,
        size: size_of::<PhPlugin>(),
        name: PhSlice::of(name),
        version: PhSlice::of(version),
        licence: PhSlice::of(licence),
        factories: factories.as_ptr(),
        factory_count: factories.len(),
        factory_stride: size_of::<PhFactory>(),
    }
}

/// The host that this library is attached to.
pub(crate) fn host() -> Option<&'static PhHost> {
    let host = HOST.load(Ordering::Acquire);
    // SAFETY: NULL, or a box that `enter` leaked after it was filled.
    unsafe { host.as_ref() }
}

/// Writes a line to the host's log; without a host, to the captures of a test.
pub(crate) fn host_log(level: Level, text: &str) {
    match host() {
        None => crate::testing::record_line(level, text),
        Some(host) => {
            if let Some(log) = host.log {
                // SAFETY: the host's own function and context, and a slice that lives for the call.
                unsafe { log(host.ctx, level as u32, PhSlice::of(text)) };
            }
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Says something unasked; without a host, to the captures of a test.
pub(crate) fn host_notify(instance: InstanceId, event: Event, value: &Value) {
    let Some(host) = host() else { return crate::testing::record_event(instance, event, value) };
    if let Some(notify) = host.notify {
        let encoded = value.encode();
        // SAFETY: the host's own function and context, and a slice that lives for the call.
        unsafe { notify(host.ctx, instance.0, event.number(), PhSlice::new(&encoded)) };
    }
}

/// Answers a call that was PENDING.
pub(crate) fn host_complete(token: u64, status: i32, bytes: PhSlice) {
    if let Some(host) = host()
        && let Some(complete) = host.complete
    {
        // SAFETY: the host's own function and context, and a slice that lives for the call.
        unsafe { complete(host.ctx, token, status, bytes) };
    }
}
