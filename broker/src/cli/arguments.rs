//! The command line's shape. Values stay text here: the configuration checks them, whatever layer
//! they come from, so that an error reads the same everywhere.

use std::path::PathBuf;

use crate::config::{ConfigError, Given, Layer, Name, Origin};

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
    /// A subcommand of a plugin's.
    #[command(external_subcommand)]
    Other(Vec<String>),
}

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
        /// The library.
        file: PathBuf,
    },
}

/// The broker's options.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Options of the broker")]
pub(crate) struct Options {
    /// Port to listen on; 0 lets the system choose [5672]
    #[arg(short, long, value_name = "N", allow_hyphen_values = true)]
    port: Option<String>,
    /// Address to listen on, any number of times [all]
    #[arg(long, value_name = "ADDRESS")]
    interface: Vec<String>,
    /// Folder for what outlives the broker [$HOME/.philter]
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<String>,
    /// Keep nothing
    #[arg(long, global = true)]
    no_data_dir: bool,
    /// Whether peers need a user: yes, no [yes]
    #[arg(long, value_name = "YES|NO")]
    auth: Option<String>,
    /// Auth provider, any number of times, in the order of asking [file, anonymous]
    #[arg(long, value_name = "NAME")]
    auth_provider: Vec<String>,
    /// What follows the @ of an identity [QPID]
    #[arg(long, value_name = "NAME", global = true)]
    realm: Option<String>,
    /// Folder with plugins [the executable's, or the installed one]
    #[arg(long, visible_alias = "module-dir", value_name = "DIR", global = true)]
    plugin_dir: Option<String>,
    /// Plugin to load besides, any number of times
    #[arg(long, value_name = "FILE", global = true)]
    load_module: Vec<String>,
    /// Load no plugins but those of --load-module
    #[arg(long, global = true)]
    no_module_dir: bool,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<String>,
    /// error, warn, info, debug, trace, or a list of TARGET=LEVEL [info]
    #[arg(long, value_name = "FILTER", global = true)]
    log_level: Option<String>,
    /// Connections at a time [500]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    max_connections: Option<String>,
    /// Milliseconds until a peer must be authenticated [10000]
    #[arg(long, value_name = "MS", allow_hyphen_values = true)]
    max_negotiate_time: Option<String>,
    /// Bytes that a queue holds where it is declared without a limit; 0: no limit [104857600]
    #[arg(long, value_name = "BYTES", allow_hyphen_values = true)]
    default_queue_limit: Option<String>,
    /// Threads that serve connections [one a core]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    worker_threads: Option<String>,
}

impl Options {
    /// What was given, for the configuration.
    ///
    /// # Errors
    /// Two that exclude each other.
    pub(crate) fn layer(&self) -> Result<Layer, ConfigError> {
        let mut layer = Layer::default();
        let one = [
            (Name::Port, &self.port),
            (Name::DataDir, &self.data_dir),
            (Name::Auth, &self.auth),
            (Name::Realm, &self.realm),
            (Name::PluginDir, &self.plugin_dir),
            (Name::Config, &self.config),
            (Name::LogLevel, &self.log_level),
            (Name::MaxConnections, &self.max_connections),
            (Name::MaxNegotiateTime, &self.max_negotiate_time),
            (Name::DefaultQueueLimit, &self.default_queue_limit),
            (Name::WorkerThreads, &self.worker_threads),
        ];
        let many = [
            (Name::Interface, &self.interface),
            (Name::AuthProvider, &self.auth_provider),
            (Name::LoadModule, &self.load_module),
        ];
        let yes = || "yes".to_owned();
        let flags = [
            (Name::NoDataDir, self.no_data_dir.then(yes)),
            (Name::NoModuleDir, self.no_module_dir.then(yes)),
        ];
        for (name, value) in one {
            value.iter().try_for_each(|value| layer.push(given(name, value)))?;
        }
        for (name, values) in many {
            values.iter().try_for_each(|value| layer.push(given(name, value)))?;
        }
        for (name, value) in flags {
            value.iter().try_for_each(|value| layer.push(given(name, value)))?;
        }
        Ok(layer)
    }
}

/// An option of the command line.
pub(crate) fn given(name: Name, value: &str) -> Given {
    Given { name, value: value.to_owned(), origin: Origin::option(name.as_str()) }
}
