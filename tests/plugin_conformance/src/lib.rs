//! The conformance kit: runs a plugin, a library or a component, through the rules of its kinds,
//! one line a rule.
//!
//! It is for whoever writes a plugin, in whatever language: the kit loads the file as the broker
//! does, calls it in ways that a broker may, and says which rule it keeps or breaks, and how.
//!
//! Invariants:
//! - a rule ends in one of pass, fail and skip, and says what happened;
//! - a call that is never answered ends in a failure, after the deadline, not in a kit that hangs;
//! - what the host notices of a broken contract fails the rule during which it happened.

mod auth;
mod check;
mod exchange;
mod filter;
mod gathering;
mod json;
mod limits;
mod overwrite;
mod plugin;
mod probe;
mod recorder;
mod report;
mod rule;
mod sample;
mod settings;
mod store;
mod subject;
mod threads;

pub use check::check_plugin;
pub use limits::{CALLS_PER_RULE, DEADLINE_MS_DEFAULT};
pub use report::{ANNOUNCEMENT, END, Report, Tally};
pub use sample::{BadSample, Login, SampleBinding, SampleMessage, Samples};
pub use store::write_until_killed;
pub use subject::Options;
