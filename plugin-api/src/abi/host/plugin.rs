//! A plugin as its host knows it: a name and where its lines go; and what the host lends it.
//!
//! Invariant: lives as long as the process, because the plugin keeps a pointer to it.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use super::handle::within_callback;
use super::{Fault, HostServices, message, tokens};
use crate::abi::magic::{ABI_MAJOR, ABI_MINOR, MAGIC};
use crate::abi::types::{PhHost, PhSlice};
use crate::error::Error;
use crate::factory::InstanceId;
use crate::limits::LOG_LINE_BYTES_MAX;
use crate::log::Level;
use crate::notify::Event;
use crate::value::Value;

/// A plugin that was opened.
pub(super) struct Plugin {
    services: Arc<dyn HostServices>,
    file: String,
    name: OnceLock<String>,
}

impl Plugin {
    /// A plugin from this file, for as long as the process lives.
    pub(super) fn leaked(file: String, services: Arc<dyn HostServices>) -> &'static Plugin {
        Box::leak(Box::new(Plugin { services, file, name: OnceLock::new() }))
    }

    /// What the plugin is lent, for as long as the process lives.
    pub(super) fn host(&'static self) -> &'static PhHost {
        Box::leak(Box::new(PhHost {
            magic: MAGIC,
            abi_major: ABI_MAJOR,
            abi_minor: ABI_MINOR,
            size: size_of::<PhHost>(),
            ctx: std::ptr::from_ref(self).cast_mut().cast(),
            version: PhSlice::of(concat!("philter ", env!("CARGO_PKG_VERSION"))),
            log: Some(log),
            notify: Some(notify),
            complete: Some(complete),
            msg_routing_key: Some(message::routing_key),
            msg_property: Some(message::property),
            msg_header: Some(message::header),
            msg_headers: Some(message::headers),
            msg_body_len: Some(message::body_len),
            msg_body: Some(message::body),
        }))
    }

    /// Its name; its file's until it said one.
    pub(super) fn name(&self) -> &str {
        self.name.get().unwrap_or(&self.file)
    }

    /// Takes the name that it says.
    pub(super) fn named(&self, name: &str) {
        // A plugin has one name: it is set once, right after its record was checked.
        let _ = self.name.set(name.to_owned());
    }

    /// Writes a line of the host's own about it.
    pub(super) fn log(&self, level: Level, text: &str) {
        shielded((), || self.services.log(self.name(), level, text));
    }

    /// Tells that an instance is gone.
    pub(super) fn destroyed(&self, instance: InstanceId) {
        shielded((), || self.services.destroyed(self.name(), instance));
    }

    /// Tells of a broken contract, and gives the error for the call that showed it.
    pub(super) fn fault(&self, fault: &Fault) -> Error {
        shielded((), || self.services.fault(self.name(), fault));
        Error::internal(format!("plugin '{}' broke its contract: {fault}", self.name()))
    }
}

/// Runs the host's own code under a plugin's call: a panic in it must not reach the plugin's
/// frames.
pub(super) fn shielded<T>(otherwise: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(otherwise)
}

/// The plugin behind the context that it was given.
///
/// # Safety
/// `ctx` is NULL or the `ctx` of a [`Plugin::host`].
unsafe fn plugin(ctx: *mut c_void) -> Option<&'static Plugin> {
    // SAFETY: NULL, or a leaked plugin.
    unsafe { ctx.cast::<Plugin>().as_ref() }
}

unsafe extern "C" fn log(ctx: *mut c_void, level: u32, text: PhSlice) {
    // SAFETY: the plugin passes the context that it was given.
    let Some(plugin) = (unsafe { plugin(ctx) }) else { return };
    // SAFETY: the plugin's bytes, alive for the call.
    let text = unsafe { text.bytes() }.unwrap_or_default();
    let text = text.get(..LOG_LINE_BYTES_MAX).unwrap_or(text);
    let level = match level {
        1 => Level::Trace,
        2 => Level::Debug,
        3 => Level::Info,
        4 => Level::Warn,
        _ => Level::Error,
    };
    let text = String::from_utf8_lossy(text);
    plugin.log(level, &text);
}

unsafe extern "C" fn notify(ctx: *mut c_void, instance: u64, event: u32, value: PhSlice) {
    // SAFETY: the plugin passes the context that it was given.
    let Some(plugin) = (unsafe { plugin(ctx) }) else { return };
    let Some(event) = Event::from_number(event) else {
        plugin.fault(&Fault::UnknownEvent { event });
        return;
    };
    // SAFETY: the plugin's bytes, alive for the call.
    match Value::decode(unsafe { value.bytes() }.unwrap_or_default()) {
        Ok(value) => {
            let instance = InstanceId(instance);
            let notify = || plugin.services.notify(plugin.name(), instance, event, &value);
            shielded((), || within_callback(notify));
        }
        Err(reason) => drop(plugin.fault(&Fault::BadNotification { reason })),
    }
}

unsafe extern "C" fn complete(ctx: *mut c_void, token: u64, status: i32, bytes: PhSlice) {
    // SAFETY: the plugin passes the context that it was given.
    let Some(plugin) = (unsafe { plugin(ctx) }) else { return };
    shielded((), || tokens::complete(plugin, token, status, bytes));
}
