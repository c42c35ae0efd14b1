//! The border: what crosses between a plugin's library and its host, and how.
//!
//! `types` has the structs of `include/philter_plugin.h`, `native` is the plugin's side of them,
//! `host` (behind the feature of that name) the side of whoever loads a plugin. `wasm` is the
//! plugin's side of `wit/philter-plugin.wit`; a plugin that is built as a component has nothing
//! else of this.
//!
//! Invariants: this is the only place of the workspace with unsafe code; no Rust type crosses; a
//! panic never crosses; memory is freed on the side that allocated it.

#![allow(unsafe_code, reason = "a C ABI is unsafe by nature; it is kept in this folder")]

#[cfg(not(target_family = "wasm"))]
mod export;
#[cfg(all(feature = "host", not(target_family = "wasm")))]
pub mod host;
#[cfg(not(target_family = "wasm"))]
pub mod layout;
pub mod magic;
#[cfg(not(target_family = "wasm"))]
#[doc(hidden)]
pub mod native;
#[cfg(not(target_family = "wasm"))]
pub mod status;
#[cfg(test)]
mod tests;
#[cfg(not(target_family = "wasm"))]
pub mod types;
#[cfg(any(test, target_family = "wasm"))]
#[doc(hidden)]
pub mod wasm;

#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{host_log, host_notify, now_ms, random};
#[cfg(target_family = "wasm")]
pub(crate) use wasm::{host_log, host_notify, now_ms, random};
