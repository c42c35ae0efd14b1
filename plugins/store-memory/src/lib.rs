//! A message store in memory, for brokers that run without a data directory.
//!
//! It keeps every rule of a store but one: nothing outlives the process, and it says so in its
//! capabilities and in the log.
//!
//! Invariants:
//! - an append happens whole or not at all;
//! - what is settled takes no room: there is no log to grow, only what is live;
//! - no answer and no visitor is called under a lock.

mod budget;
mod configuration;
mod error;
mod limits;
mod meta;
mod shard_log;
mod store;

pub use store::Memory;

philter_plugin_api::export_plugin! { store: [Memory] }
