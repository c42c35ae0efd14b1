//! `philter --check` and `philter --quit`: about the broker that runs in the background.

use super::{MISUSED, Terminal};
use crate::config::Config;

/// Says whether it runs.
pub(crate) fn check(_config: &Config, terminal: &mut Terminal<'_>) -> i32 {
    terminal.complain("not yet: --check");
    MISUSED
}

/// Ends it.
pub(crate) fn quit(_config: &Config, terminal: &mut Terminal<'_>) -> i32 {
    terminal.complain("not yet: --quit");
    MISUSED
}
