//! The plugin's side of a WASM component: the functions of `wit/philter-plugin.wit`,
//! `wit/auth/philter-auth.wit` and `wit/store/philter-store.wit` over the same traits, by the
//! canonical ABI of the component model.
//!
//! `auth`, `filter`, `exchange` and `store` are safe and are tested natively; `answer`, `given`,
//! `granted`, `host`, `key_value` and the `…_entry` files are what crosses the memory's border and
//! stand in components alone.
//! `*.component-type` is what `wasm-tools component embed` writes of the WIT's worlds: with it
//! `wasm-tools component new` alone makes a component of a module. A test compares them.
//!
//! Invariants: an instance is called by one thread at a time and never again before it answered;
//! lists that the host gave are freed in the call that they were given to; what a call answers
//! stays until the next one.

mod auth;
mod context;
mod describe;
mod exchange;
mod filter;
mod store;

#[cfg(target_family = "wasm")]
mod answer;
#[cfg(target_family = "wasm")]
pub mod auth_entry;
#[cfg(target_family = "wasm")]
mod common_entry;
#[cfg(target_family = "wasm")]
pub mod exchange_entry;
#[cfg(target_family = "wasm")]
mod export;
#[cfg(target_family = "wasm")]
pub mod filter_entry;
#[cfg(target_family = "wasm")]
mod given;
#[cfg(target_family = "wasm")]
mod granted;
#[cfg(target_family = "wasm")]
mod host;
#[cfg(target_family = "wasm")]
mod key_value;
#[cfg(target_family = "wasm")]
pub mod store_entry;

pub use auth::AuthComponent;
pub use context::Component;
pub use describe::Package;
pub use exchange::ExchangeComponent;
pub use filter::FilterComponent;
#[cfg(target_family = "wasm")]
pub use given::{GivenText, realloc};
#[cfg(target_family = "wasm")]
pub(crate) use granted::{http_request, read_file};
#[cfg(target_family = "wasm")]
pub(crate) use host::{host_log, host_notify, now_ms, random};
#[cfg(target_family = "wasm")]
pub(crate) use key_value::{key_value_get, key_value_scan, key_value_write};
pub use store::StoreComponent;

/// The world `filter-plugin` as a module carries it.
#[cfg(target_family = "wasm")]
pub const FILTER_PLUGIN: [u8; include_bytes!("filter-plugin.component-type").len()] =
    *include_bytes!("filter-plugin.component-type");

/// The world `exchange-plugin` as a module carries it.
#[cfg(target_family = "wasm")]
pub const EXCHANGE_PLUGIN: [u8; include_bytes!("exchange-plugin.component-type").len()] =
    *include_bytes!("exchange-plugin.component-type");

/// The world `auth-plugin` as a module carries it.
#[cfg(target_family = "wasm")]
pub const AUTH_PLUGIN: [u8; include_bytes!("auth-plugin.component-type").len()] =
    *include_bytes!("auth-plugin.component-type");

/// The world `store-plugin` as a module carries it.
#[cfg(target_family = "wasm")]
pub const STORE_PLUGIN: [u8; include_bytes!("store-plugin.component-type").len()] =
    *include_bytes!("store-plugin.component-type");
