//! Exchange type `x-consistent-hash`: spreads messages over its bindings by a hash, so that
//! messages with the same key go to the same queue.
//!
//! An example of a plugin that stands outside the broker's source tree. README.md says how to
//! build it and what it promises.
//!
//! Invariants:
//! - a message goes to exactly one destination, and to none only where nothing is bound;
//! - where it goes depends on the bindings and the message alone: not on the order in which they
//!   were bound, the process, the machine or the version of Rust.

mod error;
mod exchange;
mod hash;
mod ring;
mod source;
mod weight;

pub use exchange::ConsistentHash;

philter_plugin_api::export_plugin! { exchange: [ConsistentHash] }
