//! The conformance kit: runs a plugin's library through the rules of its ABI, one line a rule.
//!
//! It is for whoever writes a plugin, in Rust or in C: the kit loads the library as the broker
//! does, calls it in ways that a broker may, and says which rule it keeps or breaks, and how.
//!
//! Invariants:
//! - a rule ends in one of pass, fail and skip, and says what happened;
//! - a call that is never answered ends in a failure, after the deadline, not in a kit that hangs;
//! - what the host notices of a broken contract fails the rule during which it happened.

mod auth;
mod exchange;
mod filter;
mod json;
mod library;
mod limits;
mod overwrite;
mod probe;
mod recorder;
mod report;
mod rule;
mod sample;
mod store;
mod subject;
mod threads;

pub use library::check_library;
pub use limits::{CALLS_PER_RULE, DEADLINE_MS_DEFAULT};
pub use report::{ANNOUNCEMENT, END, Report, Tally};
pub use sample::{BadSample, Login, SampleBinding, SampleMessage, Samples};
pub use store::write_until_killed;
pub use subject::Options;
