//! A message store in a journal: append-only segment files on one disk.
//!
//! `disk` is all the input and output there is, `engine` the journal itself without a thread or a
//! clock, so that a test can drive it step by step over a disk that fails.
//!
//! Invariants:
//! - an append is one frame of the journal, and so is there whole or not at all;
//! - nothing is completed before it is as durable as the configuration says;
//! - a failed write or sync ends the journal: nothing is completed after it;
//! - the format is the one of `FORMAT.md`, and changes with it alone.

mod command;
mod configuration;
#[cfg(test)]
mod crash;
pub mod disk;
pub mod engine;
mod error;
pub mod format;
pub mod limits;
mod store;

pub use error::JournalError;
pub use store::JournalStore;

philter_plugin_api::export_plugin! { store: [JournalStore] }
