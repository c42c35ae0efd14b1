//! The words of `philter xquery`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use philter_xquery::{Atomic, Value};

/// Runs XQuery without a broker
#[derive(Debug, Parser)]
#[command(name = "philter xquery", disable_version_flag = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) action: Action,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Print a query's result
    Run {
        #[command(flatten)]
        source: Source,
        /// A value for an external variable. An integer, a number with a point or an exponent, true
        /// or false; anything else is a string, and so is what stands in double quotes: 'n="5"'
        #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
        variables: Vec<(String, Value)>,
        /// The document that is the context item; standard input for none and for `-`, where the
        /// query looks at one
        document: Option<PathBuf>,
    },
    /// Print a query's answer as a filter: its effective boolean value
    Try {
        #[command(flatten)]
        source: Source,
        /// A value for an external variable, as of `run`
        #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
        variables: Vec<(String, Value)>,
        /// The document, as of `run`
        document: Option<PathBuf>,
    },
    /// Say whether a query compiles and what it reads
    Check {
        #[command(flatten)]
        source: Source,
    },
    /// Print what a query comes down to as a filter, and what an index would find it by
    Explain {
        #[command(flatten)]
        source: Source,
    },
}

/// Where the query stands.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct Source {
    /// The query
    #[arg(short, long, value_name = "QUERY")]
    query: Option<String>,
    /// A file with the query
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Source {
    /// The query's text.
    pub(super) fn text(&self) -> Result<String, String> {
        match (&self.query, &self.file) {
            (Some(query), _) => Ok(query.clone()),
            (None, Some(file)) => std::fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read: {error}", file.display())),
            (None, None) => Ok(String::new()),
        }
    }
}

fn variable(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=VALUE expected")?;
    Ok((name.to_owned(), atomic(value).into()))
}

fn atomic(text: &str) -> Atomic {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(inner) = quoted {
        return Atomic::string(inner);
    }
    if let Ok(boolean) = text.parse() {
        return Atomic::Boolean(boolean);
    }
    if let Ok(integer) = text.parse::<i128>() {
        return Atomic::integer(integer);
    }
    let starts_as_number = text.starts_with(['-', '+', '.']) || text.starts_with(char::is_numeric);
    match text.parse() {
        Ok(double) if starts_as_number => Atomic::Double(double),
        _ => Atomic::string(text),
    }
}
