//! AMQP as bytes and events: what a peer sends becomes events, what is to be said becomes bytes.
//!
//! Nothing here reads a socket or a clock; bytes and time come in as arguments, so every state can
//! be fuzzed and tested as a value. Both sides of each protocol are here: the broker drives the
//! server's, tests and tools drive the client's.
//!
//! Invariants:
//! - no input allocates past the limits of [`limits`];
//! - a peer's mistake is an error value that names the field and the offset, never a panic;
//! - the same bytes give the same events, however they are cut.

pub mod body;
pub mod error;
pub mod limits;
pub mod preface;
pub mod reader;
pub mod traffic;
pub mod v0_10;
pub mod v0_9_1;
pub mod writer;
