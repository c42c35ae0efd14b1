//! Exchange type `direct`: a message goes where the binding key equals its routing key, byte for
//! byte.
//!
//! The broker's default exchange is an instance of it. README.md says what clients see.
//!
//! Invariants:
//! - routing costs one hash of the key and one step per match, however many bindings there are;
//! - memory follows the bindings: what unbind frees is given back.

mod direct;
mod error;
mod key_table;

pub use direct::Direct;

philter_plugin_api::export_plugin! { exchange: [Direct] }
