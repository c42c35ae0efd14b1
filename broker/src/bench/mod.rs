//! `philter bench`: load on a broker of any make over its protocol, and what it costs the broker.
//!
//! A bench is rounds; a round declares queues, runs producers and consumers over them, and deletes
//! them. Begin with [`round`] for what a round is and with [`engine`] for how load is made.
//!
//! Invariants:
//! - what a round declared is gone when the bench ends, also where it was interrupted;
//! - the generator costs less than any broker: it encodes a message once, writes a batch a call,
//!   and reads messages where they lie;
//! - nothing here reads the broker's configuration or loads a plugin.

mod arguments;
mod arrivals;
mod batch;
mod checking;
mod dial;
mod document;
mod engine;
mod error;
mod figures;
mod floor;
mod interrupt;
mod ledger;
mod link;
mod plan;
mod process;
mod protocol;
mod relay;
mod report;
mod round;
mod routing;
mod schedule;
mod series;
mod stamp;
mod statistics;
mod target;
mod topology;
mod v0_10;
mod v0_9_1;

pub(crate) use arguments::BenchArguments;
pub(crate) use error::BenchError;
pub(crate) use report::grouped;
pub(crate) use statistics::Spread;
pub(crate) use target::Target;
pub(crate) use v0_10::Client;

use crate::cli::Terminal;
use arguments::BenchCommand;

/// Measured.
const DONE: i32 = 0;
/// Not measured, or messages went wrong.
const FAILED: i32 = 1;
/// Asked for wrongly.
const MISUSED: i32 = 2;

/// Measures; the exit code.
pub(crate) fn run(arguments: BenchArguments, terminal: &mut Terminal<'_>) -> i32 {
    let result = match &arguments.command {
        Some(BenchCommand::Relay { read_bytes }) => relay::run(*read_bytes, terminal)
            .map(|()| DONE)
            .map_err(|source| BenchError::System { what: "relaying", source }),
        Some(BenchCommand::Floor { pairs, read_bytes, load }) => {
            series::floor(*pairs, *read_bytes, load, terminal)
        }
        None => series::brokers(&arguments, terminal),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            terminal.complain(&error);
            if matches!(error, BenchError::Argument { .. }) { MISUSED } else { FAILED }
        }
    }
}
