//! Exchange type `headers`: bindings name headers, with values or without, and match on all or any.
//!
//! README.md says what clients see, with a table of what each protocol declares.
//!
//! Invariants:
//! - a binding is looked at only where a message has a header that the binding is filed under;
//! - headers are read only where a binding needs them, and a body never;
//! - memory follows the bindings: what unbind frees is given back.

mod comparable;
mod condition;
mod error;
mod headers;
mod index;
mod json;
mod pattern;

pub use headers::Headers;

philter_plugin_api::export_plugin! { exchange: [Headers] }
