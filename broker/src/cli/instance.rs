//! `philter --check` and `philter --quit`: about the broker that runs in the background.

use std::time::Duration;

use super::{DONE, FAILED, Terminal};
use crate::config::Config;
use crate::process::{Running, RunningError};

/// Prints the running broker's process id.
pub(crate) fn check(config: &Config, terminal: &mut Terminal<'_>) -> i32 {
    let found = Running::find(config).map(|running| running.pid());
    answer(found.map(|pid| terminal.say(&format!("{pid}\n"))), terminal)
}

/// Ends the running broker in order.
pub(crate) fn quit(config: &Config, terminal: &mut Terminal<'_>) -> i32 {
    let wait_max = Duration::from_secs(config.process.wait_s);
    answer(Running::find(config).and_then(|running| running.end(wait_max)), terminal)
}

fn answer(done: Result<(), RunningError>, terminal: &mut Terminal<'_>) -> i32 {
    match done {
        Ok(()) => DONE,
        Err(error) => {
            terminal.complain(error);
            FAILED
        }
    }
}
