//! SASL ANONYMOUS (RFC 4505) as an auth provider: lets peers in without asking who they are.
//!
//! It is the default for peers on the broker's own machine, and what `philter --auth no` widens to
//! everyone. Its one instance answers from its configuration alone.
//!
//! Invariants:
//! - a peer that it is not offered to never gets in by naming the mechanism all the same;
//! - what it keeps of logins under way is bounded, and forgotten with them.

mod accept;
mod challenged;
mod configuration;
mod identity;
mod plain;
mod provider;

pub use provider::Anonymous;

philter_plugin_api::export_plugin! { auth: [Anonymous] }
