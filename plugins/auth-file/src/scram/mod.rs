//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding.
//!
//! Two messages come in and two go out: [`Challenged::begin`] takes client-first and gives
//! server-first, [`Challenged::finish`] takes client-final and gives server-final.
//!
//! Invariants: nothing here knows files or users, and randomness is an argument; a name that is not
//! known goes the same way as a wrong password, to the last comparison.

mod attribute;
mod client_final;
mod client_first;
mod error;
mod exchange;

pub(crate) use client_first::ClientFirst;
pub(crate) use error::ScramError;
pub(crate) use exchange::{Challenged, NONCE_BYTES};
