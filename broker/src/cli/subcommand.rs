//! A subcommand that a plugin answers.

use super::{FAILED, MISUSED, Terminal, help};
use crate::config::Config;
use crate::logging;
use crate::plugin::Catalog;

/// Runs `word` with its arguments; the plugin's exit code.
pub(crate) fn run(
    config: &Config,
    word: &str,
    arguments: &[String],
    terminal: &mut Terminal<'_>,
) -> i32 {
    if let Err(error) = logging::init(&config.log.of_a_command()) {
        terminal.complain(error);
        return FAILED;
    }
    let catalog = Catalog::load(config);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match catalog.command(word, &arguments, terminal.input) {
        Some(Ok(output)) => {
            terminal.say(&output.output);
            let _ = terminal.errors.write_all(output.errors.as_bytes());
            output.exit_code
        }
        Some(Err(error)) => {
            terminal.complain(format_args!("{word}: {error}"));
            FAILED
        }
        None => {
            terminal.complain(help::no_such_command(&catalog, word));
            for refused in catalog.refused().iter().filter(|refused| !refused.is_stranger) {
                terminal.complain(refused);
            }
            MISUSED
        }
    }
}
