//! The host for plugins that are WASM components: what the broker and the conformance kit load a
//! `.wasm` with, behind the same traits as a native library.
//!
//! A component is compiled once, described, and then made into instances. One declared exchange or
//! one language is a [`pool`] of them, as many as threads call it; each is told the same bindings
//! or expressions before it is asked about messages. An auth provider is an instance that answers
//! at once and a few threads with one each ([`auth`]), which may wait for what it is [`granted`]. A
//! [`store`] is one instance on a thread of its own, over a database of the host's.
//!
//! Invariants:
//! - whatever a component does costs the call that it did it in, and nothing else: a trap, a loop
//!   or a hunger for memory ends that instance, and another one is made;
//! - what a component answers is checked before it is believed;
//! - a component gets nothing that its settings do not name;
//! - nothing is started before the first component is opened.

mod auth;
mod breaker;
mod cache;
mod call;
mod code;
mod component;
mod contract;
mod description;
mod engine;
mod error;
mod exchange;
mod failure;
mod filter;
mod granted;
mod host;
mod instance;
pub mod limits;
mod loaded;
mod memory;
mod pool;
mod settings;
mod statistics;
mod store;
#[cfg(test)]
mod tests;
mod ticker;
mod wasi;
mod watch;

pub use breaker::BreakerState;
pub use code::Code;
pub use component::Component;
pub use engine::{Engine, EngineOptions};
pub use error::{EngineError, OpenError};
pub use settings::{Endpoint, Settings};
pub use statistics::Statistics;
pub use wasi::Wasi;
