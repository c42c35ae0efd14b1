//! The host's side: loads a library, checks what it shows, and puts the SDK's own traits over its
//! tables, so that whoever loads plugins sees traits alone.
//!
//! Invariants: nothing of a plugin is used before it was checked by name; whatever a plugin answers
//! is checked before it is believed, and what breaks the contract becomes an error that names the
//! plugin; a library is never unloaded; an instance is destroyed after its last token.

mod auth;
mod check;
mod command;
mod error;
mod exchange;
mod fault;
mod filter;
mod handle;
mod heap;
mod info;
mod library;
mod message;
mod plugin;
mod reply;
mod store;
mod store_meta;
mod store_record;
mod stored_entries;
#[cfg(test)]
mod tests;
mod tokens;

pub use error::LoadError;
pub use fault::{Fault, HostServices};
pub use heap::give_back_heap;
pub use info::{FactoryInfo, PluginInfo};
pub use library::Library;
