//! What is answered to a command line that was not understood, and to `--help`.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::arguments::Arguments;
use super::{DONE, MISUSED, Terminal, catalog_of, given_options, help};
use crate::config::{Layer, known};

/// Answers a parser's error, which help and version are too; the exit code.
pub(crate) fn answer(
    error: &clap::Error,
    arguments: &[OsString],
    environment: Vec<(OsString, OsString)>,
    terminal: &mut Terminal<'_>,
) -> i32 {
    match error.kind() {
        ErrorKind::DisplayHelp => terminal.say(&help_text(arguments, environment)),
        ErrorKind::DisplayVersion => terminal.say(&error.to_string()),
        ErrorKind::UnknownArgument => return unknown(error, terminal),
        _ => {
            let _ = write!(terminal.errors, "{error}");
            return MISUSED;
        }
    }
    DONE
}

/// Help, with the subcommands of the plugins that the same options would load.
fn help_text(arguments: &[OsString], environment: Vec<(OsString, OsString)>) -> String {
    let words = arguments.iter().filter_map(|word| word.to_str()).map(str::to_owned).collect();
    let mut layer = Layer::default();
    let catalog = given_options::take_out(words, &mut layer)
        .ok()
        .and_then(|_| catalog_of(layer, environment));
    let plugins = catalog.map(|catalog| help::of_plugins(&catalog)).unwrap_or_default();
    let command = Arguments::command().after_help(plugins);
    match command.try_get_matches_from(arguments) {
        Err(help) => help.to_string(),
        Ok(_) => String::new(),
    }
}

fn unknown(error: &clap::Error, terminal: &mut Terminal<'_>) -> i32 {
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else {
        let _ = write!(terminal.errors, "{error}");
        return MISUSED;
    };
    terminal.complain(known::no_argument(argument));
    MISUSED
}
