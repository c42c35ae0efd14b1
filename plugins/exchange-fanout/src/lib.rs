//! Exchange type `fanout`: every binding matches every message.
//!
//! README.md says what clients see.
//!
//! Invariants:
//! - routing reads nothing of a message and costs one step per binding;
//! - memory follows the bindings.

mod binding_set;
mod error;
mod fanout;

pub use fanout::Fanout;

philter_plugin_api::export_plugin! { exchange: [Fanout] }
