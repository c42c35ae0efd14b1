//! The command line: runs the broker, says what plugins are, and runs the subcommands that plugins
//! offer.
//!
//! Invariants:
//! - what a command prints goes to standard output, why it failed to standard error;
//! - exit codes: 0 done, 1 failed, 2 asked for wrongly; a plugin's subcommand has its own.

mod arguments;
mod completions;
mod config_check;
mod config_show;
mod given_options;
mod help;
mod instance;
mod man;
mod options;
mod plugin_arguments;
mod plugin_bench;
mod plugin_check;
mod plugin_list;
mod plugin_new;
mod plugin_reload;
mod plugin_test;
mod schema;
mod serve;
mod subcommand;
#[cfg(test)]
mod tests;
mod text;
mod usage;
mod vhost;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::bench;
use crate::config::{Config, ConfigErrors, Layer};
use crate::logging;
use crate::plugin::Catalog;
use crate::reload::Source;
use arguments::{Arguments, Command, ConfigCommand};
use plugin_arguments::PluginCommand;

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
    logging::flush();
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
    match dispatch(parsed, &arguments, environment, terminal) {
        Ok(code) => code,
        Err(errors) => {
            errors.iter().for_each(|error| terminal.complain(error));
            MISUSED
        }
    }
}

fn dispatch(
    parsed: Arguments,
    arguments: &[OsString],
    environment: Vec<(OsString, OsString)>,
    terminal: &mut Terminal<'_>,
) -> Result<i32, ConfigErrors> {
    let (checks, quits) = (parsed.check, parsed.quit);
    if (checks || quits) && parsed.command.is_some() {
        let question = if checks { "--check" } else { "--quit" };
        terminal.complain(format_args!("{question} does not go together with a command"));
        return Ok(MISUSED);
    }
    let mut layer = parsed.options.layer()?;
    let command = match parsed.command {
        Some(Command::Config(command)) => return config(command, layer, environment, terminal),
        Some(Command::Completions { shell }) => return Ok(completions::run(shell, terminal)),
        Some(Command::Man { folder }) => return Ok(man::run(folder.as_deref(), terminal)),
        Some(Command::Bench(arguments)) => return Ok(bench::run(*arguments, terminal)),
        Some(Command::Vhost { command, broker }) => {
            return Ok(vhost::run(&command, &broker, terminal));
        }
        Some(Command::Other(words)) => {
            let (word, words) = given_options::take_out(words, &mut layer)?;
            let config = Config::load(layer, environment)?;
            return Ok(subcommand::run(&config, &word, &words, terminal));
        }
        command => command,
    };
    let source = Source { command_line: layer, environment };
    let config = source.read()?;
    if let Some(Command::Plugin(command)) = command {
        return Ok(run_plugin_command(&command, &config, terminal));
    }
    if checks {
        return Ok(instance::check(&config, terminal));
    }
    if quits {
        return Ok(instance::quit(&config, terminal));
    }
    config.check_data_dir()?;
    Ok(serve::run(&config, source, arguments, terminal))
}

fn run_plugin_command(
    command: &PluginCommand,
    config: &Config,
    terminal: &mut Terminal<'_>,
) -> i32 {
    if let Err(error) = logging::init(&config.log.of_a_command()) {
        terminal.complain(error);
        return FAILED;
    }
    match command {
        PluginCommand::List { json } => plugin_list::run(config, *json, terminal),
        PluginCommand::Check { file } => plugin_check::run(config, file, terminal),
        PluginCommand::New(arguments) => plugin_new::run(arguments, terminal),
        PluginCommand::Reload { name, broker } => plugin_reload::run(name, broker, terminal),
        PluginCommand::Test(arguments) => plugin_test::run(config, arguments, terminal),
        PluginCommand::Bench(arguments) => plugin_bench::run(config, arguments, terminal),
    }
}

fn config(
    command: ConfigCommand,
    mut layer: Layer,
    environment: Vec<(OsString, OsString)>,
    terminal: &mut Terminal<'_>,
) -> Result<i32, ConfigErrors> {
    let (ConfigCommand::Check { options, .. } | ConfigCommand::Show { options, .. }) = &command;
    options.given().iter().try_for_each(|given| layer.push(given.clone()))?;
    Ok(match command {
        ConfigCommand::Check { files, .. } => {
            config_check::run(&files, &layer, &environment, terminal)
        }
        ConfigCommand::Show { json, .. } => {
            config_show::run(&Config::load(layer, environment)?, json, terminal)
        }
    })
}

/// The catalogue for a command that only wants to look, with the options that were given.
fn catalog_of(layer: Layer, environment: Vec<(OsString, OsString)>) -> Option<Catalog> {
    Config::load(layer, environment).ok().map(|config| Catalog::load(&config))
}
