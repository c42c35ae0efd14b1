//! The border: what crosses between a plugin's library and its host, and how.
//!
//! `types` has the structs of `include/philter_plugin.h`, `native` is the plugin's side of them,
//! `host` (behind the feature of that name) the side of whoever loads a plugin.
//!
//! Invariants: this is the only place of the workspace with unsafe code; no Rust type crosses; a
//! panic never crosses; memory is freed on the side that allocated it.

#![allow(unsafe_code, reason = "a C ABI is unsafe by nature; it is kept in this folder")]

mod export;
#[cfg(feature = "host")]
pub mod host;
pub mod layout;
pub mod magic;
#[doc(hidden)]
pub mod native;
pub mod status;
#[cfg(test)]
mod tests;
pub mod types;

pub(crate) use native::{host_log, host_notify};
