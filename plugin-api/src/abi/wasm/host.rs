//! The host's functions, and the panic that the operator is to read.

use std::sync::Once;

use crate::factory::InstanceId;
use crate::log::Level;
use crate::notify::Event;
use crate::value::Value;

#[link(wasm_import_module = "philter:plugin/host@1.0.0")]
unsafe extern "C" {
    #[link_name = "log"]
    fn host_log_import(level: u32, text: *const u8, len: usize);
    #[link_name = "now-ms"]
    safe fn host_now_ms() -> u64;
}

/// Writes a line to the host's log.
pub(crate) fn host_log(level: Level, text: &str) {
    // The WIT counts levels from 0.
    let level = level as u32 - 1;
    // SAFETY: a text that lives for the call.
    unsafe { host_log_import(level, text.as_ptr(), text.len()) };
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    host_now_ms()
}

/// Nothing: what a component says unasked, nobody hears.
pub(crate) fn host_notify(_: InstanceId, _: Event, _: &Value) {}

/// Has panics logged: they end the instance by a trap, which has no text.
pub(super) fn log_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| host_log(Level::Error, &panic.to_string())));
    });
}
