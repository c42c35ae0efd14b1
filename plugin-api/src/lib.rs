//! The SDK for plugins of the Philter message broker, and the one crate of ours that a plugin
//! imports.
//!
//! A plugin implements [`Factory`] and the trait of its kind ([`Exchange`], [`Filter`], [`Auth`],
//! [`Store`]) and names its types in [`export_plugin!`]. The macro writes the C ABI of
//! `include/philter_plugin.h` around them; nothing in a plugin's own source is unsafe.
//!
//! Invariants:
//! - no Rust type crosses the library's border: what does is in [`abi`], `#[repr(C)]` and
//!   versioned;
//! - a panic of a plugin becomes an error with its text at the border;
//! - what is borrowed is borrowed for the call.

pub mod abi;
mod auth;
mod clock;
mod completion;
#[cfg(feature = "serde")]
mod configuration;
mod error;
mod exchange;
mod factory;
mod filter;
pub mod flat;
pub mod granted;
pub mod key_value;
pub mod limits;
mod log;
mod message;
mod notify;
mod random;
mod store;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod value;

pub use auth::{
    Access, Action, Auth, Authorization, Limits, MechanismName, ObjectKind, Peer, SaslOutcome,
    SessionId,
};
pub use clock::now_ms;
pub use completion::{Completion, Receive};
#[cfg(feature = "serde")]
pub use configuration::read_configuration;
pub use error::{Error, ErrorKind, Result};
pub use exchange::{Binding, BindingId, Bound, Destination, Exchange, Matches, Protocol, Reads};
pub use factory::{CommandOutput, Context, Factory, InstanceId, Kind, NO_CONFIGURATION};
pub use filter::{Filter, FilterHandle, Verdict};
pub use log::{Level, log};
pub use message::{MessageView, Property};
pub use notify::{Event, notify};
pub use random::random;
pub use store::{
    Acquired, AppendOutcome, Capabilities, Epoch, MetaEntry, MetaRevision, Offers, Operation,
    Position, QueueRecord, Record, Replayed, Shard, Store, StoredEntry,
};
pub use value::{MapRef, Value, ValueRef, encode_map};

/// The README's Rust is compiled and run; its C is built by `tests/readme.rs`.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
