//! Exchange type `topic`: binding keys are patterns over the dot-separated words of a routing key.
//!
//! README.md says what clients see.
//!
//! Invariants:
//! - routing walks the words once with a set of trie nodes, never with a search that goes back, so
//!   no mix of patterns and keys costs more than words times nodes;
//! - bindings that share nothing with a key cost nothing when it is routed;
//! - memory follows the bindings: what unbind frees is given back.

mod error;
mod pattern;
mod topic;
mod trie;
mod walk;

pub use topic::Topic;

philter_plugin_api::export_plugin! { exchange: [Topic] }
