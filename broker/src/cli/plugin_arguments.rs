//! The command line's shape where it is about plugins.

use std::path::PathBuf;

use crate::authoring::{Language, ProjectKind};

/// About plugins.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum PluginCommand {
    /// Say everything about every plugin that the broker would load.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say everything about one file, or everything that is wrong with it.
    Check {
        /// The library or component.
        file: PathBuf,
    },
    /// Make a running broker read a component's file again; what it has stays where that fails.
    Reload {
        /// The plugin: a type that it offers, its file, or its file without the ending.
        name: String,
        /// The broker: amqp://[user:password@]host[:port]
        #[arg(long, value_name = "URL", default_value = "amqp://127.0.0.1:5672")]
        broker: String,
    },
    /// Write a project for a plugin of your own.
    New(NewArguments),
    /// Ask a filter or an exchange about recorded messages, without a broker.
    Test(TestArguments),
    /// Say what a call of a filter or an exchange costs.
    Bench(BenchArguments),
}

/// What `philter plugin new` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct NewArguments {
    /// What it is to be
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: ProjectKind,
    /// What it is written in
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) lang: Language,
    /// A native library instead of a WASM component
    #[arg(long)]
    pub(crate) native: bool,
    /// Its name [the folder's]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A folder that is not there, or empty.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// What `philter plugin test` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct TestArguments {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// The messages: lines of JSON, {"routing_key": …, "headers": {…}, "body": …}
    #[arg(long, value_name = "FILE")]
    pub(crate) messages: PathBuf,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `philter plugin bench` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct BenchArguments {
    #[command(flatten)]
    pub(crate) asked: Asked,
    /// Recorded messages instead of 64 with headers of 100 bytes, without a body and with 1 KiB
    #[arg(long, value_name = "FILE")]
    pub(crate) messages: Option<PathBuf>,
    /// Rounds of which the median counts
    #[arg(long, value_name = "N", default_value_t = 9,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) rounds: u16,
    /// Milliseconds of a round, at least
    #[arg(long, value_name = "N", default_value_t = 50,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) round_ms: u16,
    /// As JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which type of which file is asked, and about what.
#[derive(Debug, clap::Args)]
pub(crate) struct Asked {
    /// The plugin's file.
    pub(crate) file: PathBuf,
    /// The type, where the file offers several
    #[arg(long = "type", value_name = "NAME")]
    pub(crate) type_name: Option<String>,
    /// Its configuration, an object [of the configuration file]
    #[arg(long, value_name = "JSON")]
    pub(crate) configuration: Option<String>,
    /// What a filter compiles
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["bind", "declare"],
          allow_hyphen_values = true)]
    pub(crate) expression: Option<String>,
    /// A binding of an exchange, any number of times: {"key": …, "arguments": {…}}
    #[arg(long, value_name = "JSON")]
    pub(crate) bind: Vec<String>,
    /// The arguments of an exchange's declare, an object
    #[arg(long, value_name = "JSON")]
    pub(crate) declare: Option<String>,
}
