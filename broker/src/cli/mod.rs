//! The command line: runs the broker, says what plugins are, and runs the subcommands that plugins
//! offer.
//!
//! Invariants:
//! - what a command prints goes to standard output, why it failed to standard error;
//! - exit codes: 0 done, 1 failed, 2 asked for wrongly; a plugin's subcommand has its own.

mod arguments;
mod given_options;
mod help;
mod plugin_check;
mod plugin_list;
mod schema;
mod serve;
mod subcommand;
#[cfg(test)]
mod tests;
mod text;
mod usage;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::bench;
use crate::config::{Config, ConfigError, Layer};
use crate::logging;
use crate::plugin::Catalog;
use arguments::{Arguments, Command, PluginCommand};

/// Done.
const DONE: i32 = 0;
/// It could not be done.
const FAILED: i32 = 1;
/// It was asked for wrongly.
const MISUSED: i32 = 2;

/// What a command reads and writes.
pub(crate) struct Terminal<'a> {
    /// Standard input.
    pub(crate) input: &'a mut dyn Read,
    /// Standard output.
    pub(crate) output: &'a mut dyn Write,
    /// Standard error.
    pub(crate) errors: &'a mut dyn Write,
}

impl Terminal<'_> {
    /// Writes to standard output. Whoever reads it may have gone; then there is nobody to tell.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = self.output.write_all(text.as_bytes()).and_then(|()| self.output.flush());
    }

    /// Writes a line to standard error.
    pub(crate) fn complain(&mut self, text: impl std::fmt::Display) {
        let _ = writeln!(self.errors, "philter: {text}");
    }
}

/// Does what this process was started for.
pub(crate) fn main() -> ExitCode {
    let (mut input, mut output, mut errors) =
        (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let mut terminal = Terminal { input: &mut input, output: &mut output, errors: &mut errors };
    let code = run(std::env::args_os().collect(), std::env::vars_os().collect(), &mut terminal);
    // What does not fit the system's eight bits is a failure all the same.
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Does what `arguments` (the program's name first) ask for; the exit code.
pub(crate) fn run(
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    terminal: &mut Terminal<'_>,
) -> i32 {
    let parsed = match Arguments::try_parse_from(&arguments) {
        Ok(parsed) => parsed,
        Err(error) => return usage::answer(&error, &arguments, environment, terminal),
    };
    match dispatch(parsed, environment, terminal) {
        Ok(code) => code,
        Err(error) => {
            terminal.complain(error);
            MISUSED
        }
    }
}

fn dispatch(
    parsed: Arguments,
    environment: Vec<(OsString, OsString)>,
    terminal: &mut Terminal<'_>,
) -> Result<i32, ConfigError> {
    let mut layer = parsed.options.layer()?;
    let command = match parsed.command {
        Some(Command::Bench(arguments)) => return Ok(bench::run(*arguments, terminal)),
        Some(Command::Other(words)) => {
            let (word, words) = given_options::take_out(words, &mut layer)?;
            let config = Config::load(layer, environment)?;
            return Ok(subcommand::run(&config, &word, &words, terminal));
        }
        command => command,
    };
    let config = Config::load(layer, environment)?;
    logging::init(&config.log_filter);
    Ok(match command {
        Some(Command::Plugin(PluginCommand::List { json })) => {
            plugin_list::run(&config, json, terminal)
        }
        Some(Command::Plugin(PluginCommand::Check { file })) => {
            plugin_check::run(&config, &file, terminal)
        }
        Some(Command::Bench(_) | Command::Other(_)) | None => {
            config.check_data_dir()?;
            serve::run(&config, terminal)
        }
    })
}

/// The catalogue for a command that only wants to look, with the options that were given.
fn catalog_of(layer: Layer, environment: Vec<(OsString, OsString)>) -> Option<Catalog> {
    Config::load(layer, environment).ok().map(|config| Catalog::load(&config))
}
