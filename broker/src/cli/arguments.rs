//! The command line's shape.

use std::path::PathBuf;

use super::options::{LocalOptions, Options};
use super::plugin_arguments::PluginCommand;
use crate::bench::BenchArguments;

/// A message broker. Without a command it runs the broker.
#[derive(Debug, clap::Parser)]
#[command(
    name = "philter",
    version,
    disable_version_flag = true,
    allow_external_subcommands = true
)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) options: Options,
    /// Print the process id of the broker that runs in the background; exit code 1 if there is none
    #[arg(short = 'c', long, conflicts_with = "quit")]
    pub(crate) check: bool,
    /// Tell the broker that runs in the background to end, and wait for its end
    #[arg(short = 'q', long)]
    pub(crate) quit: bool,
    /// Print the version.
    #[arg(short = 'v', long = "version", action = clap::ArgAction::Version)]
    version: Option<bool>,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do instead of running the broker.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say what plugins there are, or whether a file is one.
    #[command(subcommand)]
    Plugin(PluginCommand),
    /// Say what the configuration is, or what is wrong with it.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print a shell's script that completes this command line.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one a command into a folder.
    Man {
        /// The folder.
        folder: Option<PathBuf>,
    },
    /// Put load on a broker of any make, and say how fast it is.
    Bench(Box<BenchArguments>),
    /// List, add and delete virtual hosts of a running broker.
    Vhost {
        #[command(subcommand)]
        command: VhostCommand,
        /// The broker: amqp://[user:password@]host[:port]
        #[arg(long, value_name = "URL", global = true, default_value = "amqp://127.0.0.1:5672")]
        broker: String,
    },
    /// A subcommand of a plugin's.
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// About the configuration, with all options of the broker.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read everything as the broker would, and say all that is wrong.
    Check {
        /// Configuration files to read instead of --config, each on its own.
        files: Vec<String>,
        #[command(flatten)]
        options: LocalOptions,
    },
    /// Say every option's value, and where it comes from.
    Show {
        /// As JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        options: LocalOptions,
    },
}

/// About virtual hosts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum VhostCommand {
    /// Say which there are, and what is in each.
    List,
    /// Add one; it is there until the broker ends.
    Add {
        /// Its name.
        name: String,
    },
    /// Delete one: close its connections, and drop what is in it.
    Delete {
        /// Its name.
        name: String,
    },
}
