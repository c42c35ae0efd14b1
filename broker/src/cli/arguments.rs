//! The command line's shape. Values stay text here: the configuration checks them, whatever layer
//! they come from, so that an error reads the same everywhere.

use std::path::PathBuf;

use crate::bench::BenchArguments;
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
    /// Put load on a broker of any make, and say how fast it is.
    Bench(Box<BenchArguments>),
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
    /// Per cent of its limit at which a queue holds publishers back; 0: never [80]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    default_flow_stop_threshold: Option<String>,
    /// Per cent of its limit at which they go on [70]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    default_flow_resume_threshold: Option<String>,
    /// Per cent of its limit at which a queue raises an event; 0: never [80]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    default_event_threshold_ratio: Option<String>,
    /// Group of messages that name none, in queues with groups [qpid.no-group]
    #[arg(long, value_name = "NAME")]
    default_message_group: Option<String>,
    /// Answer management's tools: yes, no [yes]
    #[arg(short = 'm', long, value_name = "YES|NO")]
    mgmt_enable: Option<String>,
    /// Tell consoles of changed objects unasked: yes, no [yes]
    #[arg(long, value_name = "YES|NO")]
    mgmt_publish: Option<String>,
    /// Seconds between two broadcasts of management [10]
    #[arg(long, value_name = "S", allow_hyphen_values = true)]
    mgmt_pub_interval: Option<String>,
    /// Tell consoles by QMF version 1: yes, no [no]
    #[arg(long, value_name = "YES|NO")]
    mgmt_qmf1: Option<String>,
    /// Tell consoles by QMF version 2: yes, no [yes]
    #[arg(long, value_name = "YES|NO")]
    mgmt_qmf2: Option<String>,
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
            (Name::DefaultFlowStopThreshold, &self.default_flow_stop_threshold),
            (Name::DefaultFlowResumeThreshold, &self.default_flow_resume_threshold),
            (Name::DefaultEventThresholdRatio, &self.default_event_threshold_ratio),
            (Name::DefaultMessageGroup, &self.default_message_group),
            (Name::WorkerThreads, &self.worker_threads),
            (Name::MgmtEnable, &self.mgmt_enable),
            (Name::MgmtPublish, &self.mgmt_publish),
            (Name::MgmtPubInterval, &self.mgmt_pub_interval),
            (Name::MgmtQmf1, &self.mgmt_qmf1),
            (Name::MgmtQmf2, &self.mgmt_qmf2),
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
