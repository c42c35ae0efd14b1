//! The broker's options on the command line, made from the one table. Values stay text here: the
//! configuration checks them, whatever layer they come from, so that an error reads the same
//! everywhere.

use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::config::{Arity, ConfigError, Entry, Given, Layer, Name, Origin, SECTIONS};

/// Options of the broker, as they were given: all of them, or those that stand before a subcommand
/// alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen<const HAS_GLOBAL: bool>(Vec<Given>);

/// All options of the broker.
pub(crate) type Options = Chosen<true>;

/// The options that stand before a subcommand alone, for a subcommand that takes them as well.
pub(crate) type LocalOptions = Chosen<false>;

impl LocalOptions {
    /// What was given, to be added to what stands before the subcommand.
    pub(crate) fn given(&self) -> &[Given] {
        &self.0
    }
}

impl Options {
    /// What was given, for the configuration.
    ///
    /// # Errors
    /// One that is given twice and may stand but once.
    pub(crate) fn layer(&self) -> Result<Layer, ConfigError> {
        let mut layer = Layer::default();
        self.0.iter().try_for_each(|given| layer.push(given.clone()))?;
        Ok(layer)
    }
}

impl<const HAS_GLOBAL: bool> clap::Args for Chosen<HAS_GLOBAL> {
    fn augment_args(command: Command) -> Command {
        command.args(entries(HAS_GLOBAL).map(|(section, entry)| argument(section, entry)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const HAS_GLOBAL: bool> clap::FromArgMatches for Chosen<HAS_GLOBAL> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(entries(HAS_GLOBAL).flat_map(|(_, entry)| all_given(entry, matches)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn entries(has_global: bool) -> impl Iterator<Item = (&'static str, &'static Entry)> {
    let all = SECTIONS
        .iter()
        .flat_map(|(section, entries)| entries.iter().map(move |entry| (*section, entry)));
    all.filter(move |(_, entry)| has_global || !entry.is_global)
}

/// An option of the command line.
pub(crate) fn given(name: Name, value: &str) -> Given {
    Given { name, value: value.to_owned(), origin: Origin::option(name.as_str()) }
}

fn all_given(entry: &Entry, matches: &ArgMatches) -> Vec<Given> {
    let values = matches.try_get_many::<String>(entry.text).ok().flatten();
    values.into_iter().flatten().map(|value| given(entry.name, value)).collect()
}

fn argument(section: &'static str, entry: &'static Entry) -> Arg {
    let argument = Arg::new(entry.text)
        .long(entry.text)
        .help(help(entry))
        .help_heading(section)
        .value_name(entry.value)
        .value_parser(ValueParser::string())
        .allow_negative_numbers(true)
        .global(entry.is_global);
    let argument = match entry.arity {
        Arity::One => argument,
        Arity::Many => argument.action(ArgAction::Append),
        Arity::Flag => argument.num_args(0..=1).require_equals(true).default_missing_value("yes"),
    };
    let argument =
        entry.alias.iter().fold(argument, |argument, alias| argument.visible_alias(*alias));
    entry.short.iter().fold(argument, |argument, letter| argument.short(*letter))
}

fn help(entry: &Entry) -> String {
    let times = if entry.arity == Arity::Many { ", any number of times" } else { "" };
    let default =
        if entry.default.is_empty() { String::new() } else { format!(" [{}]", entry.default) };
    format!("{}{times}{default}", entry.help)
}
