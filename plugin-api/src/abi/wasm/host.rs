//! The host's functions, and the panic that the operator is to read.

use std::sync::Once;

use super::given::{GivenText, list};
use crate::error::Result;
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
    #[link_name = "random"]
    fn host_random(count: u32, answer: *mut GivenText);
}

/// Bytes that the host gives in one call.
const RANDOM_BYTES_MAX: usize = 64 * 1024;

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

/// Fills all of it. The host gives what it is asked for, or the call ends in a trap.
pub(crate) fn random(bytes: &mut [u8]) -> Result<()> {
    for part in bytes.chunks_mut(RANDOM_BYTES_MAX) {
        let mut answer = GivenText { first: std::ptr::null_mut(), len: 0 };
        // SAFETY: room for an address and a length, which the host writes.
        unsafe { host_random(part.len() as u32, &mut answer) };
        // SAFETY: the list was made by `cabi_realloc` for this call.
        let given = unsafe { list(answer.first, answer.len) };
        part.iter_mut().zip(given).for_each(|(byte, given)| *byte = given);
    }
    Ok(())
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
