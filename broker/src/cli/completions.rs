//! `philter completions SHELL`: what a shell reads to complete the broker's command line.

use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::{DONE, Terminal};

/// Prints the shell's script.
pub(crate) fn run(shell: Shell, terminal: &mut Terminal<'_>) -> i32 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "philter", &mut script);
    terminal.say(&String::from_utf8_lossy(&script));
    DONE
}
