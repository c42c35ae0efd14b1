//! The plugin's side: C functions generic over the SDK's traits, one table per kind.
//!
//! Invariants: every function catches panics; every instance is a `Box` that `create` gave and
//! `destroy` takes; what the host lends is not kept past the call.

mod auth;
mod call;
mod entry;
mod exchange;
mod factory;
mod filter;
mod message;
mod random;
mod reply;
mod store;
mod store_meta;
mod store_record;
mod stored_entries;

pub use auth::auth_factory;
pub use entry::{enter, plugin_record};
pub use exchange::exchange_factory;
pub use filter::filter_factory;
pub use store::store_factory;

pub(crate) use entry::{host_log, host_notify, now_ms};
pub(crate) use random::random;
