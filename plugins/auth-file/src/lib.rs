//! Users in a file, as an auth provider: SASL PLAIN (RFC 4616) and SCRAM-SHA-256 (RFC 5802, 7677).
//!
//! The file holds what SCRAM needs to check a password and nothing that a password could be read
//! from. `philter user` keeps it; the provider reads it again when it has changed.
//!
//! Invariants:
//! - an answer comes from the file as it stands: one that cannot be read lets nobody in;
//! - a name that the file does not know costs the same work and gets the same challenges as a known
//!   one with a wrong password;
//! - no password reaches a log, an error text or the disk.

mod command;
mod configuration;
mod credential;
mod hashing;
mod limits;
mod logins;
mod mechanism;
mod name;
mod password;
mod plain;
mod provider;
mod realm;
mod scram;
mod sessions;
mod sha256;
mod users;
mod verified;

pub use provider::FileAuth;

philter_plugin_api::export_plugin! { auth: [FileAuth] }
