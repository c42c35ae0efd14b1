//! What the operator asked for: command line above environment above file above defaults.
//!
//! Invariants:
//! - a [`Config`] was read and checked once; nothing later interprets an operator's text;
//! - a name that means nothing is an error wherever it stands, and every error says where that is;
//! - what stands in a higher layer replaces what stands in a lower one, lists as a whole.

mod changes;
mod data_dir;
pub(crate) mod defaults;
mod environment;
mod error;
mod file;
mod given;
pub(crate) mod known;
mod log;
pub(crate) mod log_selector;
mod management;
mod memory;
mod missing;
mod name;
mod name_value;
mod paging;
mod plugins;
mod process;
mod queue_marks;
mod reading;
mod show;
mod syslog;
mod table;
mod value;
pub(crate) mod wasi;
pub(crate) mod wasm;
mod wasm_grants;
mod wasm_table;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use philter_model::queue::Defaults;
use philter_protocol::preface::Preface;

pub(crate) use data_dir::{DataDir, DataDirError};
pub(crate) use error::{ConfigError, ConfigErrors};
pub(crate) use given::{Given, Layer, Origin};
pub(crate) use log::{LogFormat, LogSettings};
pub(crate) use management::ManagementSettings;
pub(crate) use name::{Arity, Name};
#[cfg(test)]
pub(crate) use plugins::Pin;
pub(crate) use plugins::{PluginDirectory, PluginFile, PluginSettings, PluginTable};
pub(crate) use process::ProcessSettings;
pub(crate) use show::Shown;
pub(crate) use table::{Entry, SECTIONS};
pub(crate) use wasm::WasmSettings;

use crate::store::PagingLimits;
use crate::virtual_host::{BranchTimeouts, DEFAULT_HOST};
use environment::Environment;
use file::ConfigFile;
use given::Layers;
use memory::{Available, MemoryLimit};
use reading::Reading;

/// Whether peers have to say who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthMode {
    /// As the providers decide.
    Required,
    /// Everyone is let in.
    Everyone,
}

/// The broker's configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The port to listen on; 0 lets the system choose.
    pub(crate) port: u16,
    /// The addresses to listen on; none means all.
    pub(crate) interfaces: Vec<IpAddr>,
    /// Where the broker keeps what outlives it; none where it keeps nothing.
    pub(crate) data_dir: Option<PathBuf>,
    /// Nobody said where, and there is no home for the default.
    is_homeless: bool,
    /// The virtual hosts beside the default one, each once.
    pub(crate) virtual_hosts: Vec<String>,
    /// Whether peers have to say who they are.
    pub(crate) auth: AuthMode,
    /// The auth providers in the order in which they are asked.
    pub(crate) auth_providers: Vec<String>,
    /// Clients of AMQP 0-9-1 on other machines may send passwords in the clear.
    pub(crate) allows_plain: bool,
    /// What follows the `@` of an identity.
    pub(crate) realm: String,
    /// The store, where somebody said which.
    store: Option<String>,
    /// Which plugins to load, and what they are configured with.
    pub(crate) plugins: PluginSettings,
    /// What to log, how and where to.
    pub(crate) log: LogSettings,
    /// How it runs as a process.
    pub(crate) process: ProcessSettings,
    /// Connections at a time.
    pub(crate) connections_max: usize,
    /// Connections that the kernel keeps waiting before they are accepted, a socket.
    pub(crate) connection_backlog: i32,
    /// Small packets are sent at once.
    pub(crate) tcp_nodelay: bool,
    /// What peers may speak, by the first bytes that they send.
    pub(crate) protocols: Vec<Preface>,
    /// How long a delivery of 0-9-1 may wait for its acknowledgement; 0: any time.
    pub(crate) consumer_timeout_ms: u64,
    /// How long a peer may take until it is authenticated.
    pub(crate) negotiate_time_ms: u64,
    /// What the messages of all queues together may take before publishers are held back.
    pub(crate) memory_limit_bytes: u64,
    /// What of stored messages may be in memory as well.
    pub(crate) paging: PagingLimits,
    paging_percent: u8,
    /// How that was said, and what it is a part of.
    memory: (MemoryLimit, Available),
    /// The size limit of a queue that is declared without one; 0 is none.
    pub(crate) default_queue_limit_bytes: u64,
    /// Parts of their limits at which queues act, where they do not say otherwise.
    pub(crate) queue_marks: Defaults,
    /// Seconds between two looks for expired messages; 0 is never.
    pub(crate) queue_purge_interval_s: u64,
    /// How long branches of distributed transactions may take.
    pub(crate) branch_timeouts: BranchTimeouts,
    /// Messages are stamped with the time when they come in, until management says otherwise.
    pub(crate) stamps_received: bool,
    /// Threads that serve connections.
    pub(crate) worker_threads: usize,
    /// What management offers and tells.
    pub(crate) management: ManagementSettings,
    /// What was given, and where.
    layers: Layers,
    /// Variables of the environment that Qpid's other programs may read, and that were not.
    left_alone: Vec<String>,
}

impl Config {
    /// The store to open.
    pub(crate) fn store(&self) -> &str {
        let default = match self.data_dir {
            Some(_) => defaults::STORE,
            None => defaults::STORE_WITHOUT_DATA_DIR,
        };
        self.store.as_deref().unwrap_or(default)
    }

    /// Reads everything: `command_line` as the command line gave it, `environment` as the process
    /// has it.
    ///
    /// # Errors
    /// Everything that is wrong, and where it stands.
    pub(crate) fn load(
        command_line: Layer,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, ConfigErrors> {
        let mut errors = Vec::new();
        let environment = Environment::read(environment, &mut errors);
        let mut layers = Layers {
            command_line,
            environment: environment.own,
            qpids_environment: environment.qpids,
            file: Layer::default(),
        };
        let mut plugins = PluginSettings::default();
        let path = layers.chosen(&[Name::Config])?.into_iter().next().map(value::path);
        match path.transpose() {
            Ok(None) => {}
            Ok(Some(path)) => {
                let file = ConfigFile::read(&path, &mut errors);
                layers.file = file.layer;
                plugins.pins = file.pins;
                plugins.tables = file.tables;
                plugins.wasm = file.wasm;
            }
            Err(error) => errors.push(error),
        }
        let mut reading = Reading::new(&layers, environment.home, errors);
        let config = Self::assemble(&mut reading, plugins);
        ConfigErrors::check(reading.errors)?;
        Ok(Self { layers, left_alone: environment.left_alone, ..config })
    }

    /// Whether it is decided where the broker keeps its data, or that it keeps none.
    ///
    /// # Errors
    /// Nobody said, and there is no home for the default.
    pub(crate) fn check_data_dir(&self) -> Result<(), ConfigError> {
        if self.is_homeless { Err(ConfigError::NoHome) } else { Ok(()) }
    }

    fn assemble(reading: &mut Reading<'_>, mut plugins: PluginSettings) -> Self {
        plugins.directory = plugin_directory(reading);
        plugins.files = reading.parse_many(Name::LoadModule, plugin_file);
        let auth = reading.parse(Name::Auth, AuthMode::Required, value::auth_mode);
        let (data_dir, is_homeless) = data_dir(reading);
        let process = ProcessSettings::assemble(reading, data_dir.clone());
        let limit = reading.parse(Name::MemoryLimit, MemoryLimit::default(), MemoryLimit::parse);
        let available = Available::find(Path::new("/"));
        reading.parse(Name::RequireEncryption, (), value::no_alone);
        let memory_limit_bytes = limit.bytes(&available);
        let (paging, paging_percent) = paging::assemble(reading, memory_limit_bytes);
        Self {
            port: reading.parse(Name::Port, defaults::PORT, value::port),
            interfaces: reading.parse_many(Name::Interface, value::interface),
            data_dir,
            is_homeless,
            virtual_hosts: virtual_hosts(reading),
            auth,
            auth_providers: auth_providers(reading, auth),
            allows_plain: reading.parse(Name::AllowPlain, false, value::yes_or_no),
            store: reading.parse(Name::Store, None, |given| value::type_name(given).map(Some)),
            realm: reading.parse(Name::Realm, defaults::REALM.to_owned(), value::realm),
            plugins,
            log: LogSettings::assemble(reading, process.is_daemon),
            process,
            connections_max: connections_max(reading),
            connection_backlog: connection_backlog(reading),
            tcp_nodelay: reading.parse(Name::TcpNodelay, true, value::yes_or_no),
            protocols: protocols(reading),
            consumer_timeout_ms: reading.parse(
                Name::ConsumerTimeout,
                defaults::CONSUMER_TIMEOUT_MS,
                value::consumer_timeout_ms,
            ),
            negotiate_time_ms: reading.parse(
                Name::MaxNegotiateTime,
                defaults::NEGOTIATE_TIME_MS,
                value::negotiate_time_ms,
            ),
            memory_limit_bytes,
            paging,
            paging_percent,
            memory: (limit, available),
            default_queue_limit_bytes: reading.parse(
                Name::DefaultQueueLimit,
                defaults::DEFAULT_QUEUE_LIMIT_BYTES,
                value::bytes,
            ),
            queue_marks: queue_marks::assemble(reading),
            queue_purge_interval_s: reading.parse(
                Name::QueuePurgeInterval,
                defaults::QUEUE_PURGE_INTERVAL_S,
                value::purge_interval_s,
            ),
            branch_timeouts: branch_timeouts(reading),
            stamps_received: reading.parse(Name::EnableTimestamp, false, value::yes_or_no),
            worker_threads: reading.parse(
                Name::WorkerThreads,
                defaults::worker_threads(),
                value::worker_threads,
            ),
            management: ManagementSettings::assemble(reading),
            layers: Layers::default(),
            left_alone: Vec::new(),
        }
    }
}

/// The options that say where plugins are; they exclude each other.
const PLUGIN_DIRECTORY: [Name; 2] = [Name::PluginDir, Name::NoModuleDir];
/// The options that say where data is; they exclude each other.
const DATA_DIRECTORY: [Name; 2] = [Name::DataDir, Name::NoDataDir];

fn plugin_directory(reading: &mut Reading<'_>) -> PluginDirectory {
    let Some(given) = reading.one(&PLUGIN_DIRECTORY) else { return PluginDirectory::Default };
    let directory = match given.name {
        Name::PluginDir => plugin_file(given).map(PluginDirectory::Given),
        _ => value::yes_or_no(given)
            .map(|none| if none { PluginDirectory::None } else { PluginDirectory::Default }),
    };
    reading.ok(directory).unwrap_or_default()
}

fn branch_timeouts(reading: &mut Reading<'_>) -> BranchTimeouts {
    let mut seconds = |name, default| reading.parse(name, default, value::dtx_timeout_s);
    BranchTimeouts {
        default_s: seconds(Name::DtxDefaultTimeout, defaults::DTX_DEFAULT_TIMEOUT_S),
        max_s: seconds(Name::DtxMaxTimeout, defaults::DTX_MAX_TIMEOUT_S),
    }
}

/// Naming one twice, or the default one, asks for nothing more.
fn virtual_hosts(reading: &mut Reading<'_>) -> Vec<String> {
    let mut names = reading.parse_many(Name::VirtualHost, value::virtual_host);
    names.sort_unstable();
    names.dedup();
    names.retain(|name| name != DEFAULT_HOST);
    names
}

/// Those that were asked for, or all.
fn protocols(reading: &mut Reading<'_>) -> Vec<Preface> {
    let given = reading.parse_many(Name::Protocols, value::protocol);
    if given.is_empty() { value::SPOKEN.map(|(_, preface)| preface).to_vec() } else { given }
}

fn plugin_file(given: &Given) -> Result<PluginFile, ConfigError> {
    Ok(PluginFile { path: value::path(given)?, origin: given.origin.clone() })
}

/// The data directory, and whether none is known because there is no home for it.
fn data_dir(reading: &mut Reading<'_>) -> (Option<PathBuf>, bool) {
    let given = reading.one(&DATA_DIRECTORY);
    if let Some(given) = given.filter(|given| given.name == Name::DataDir) {
        let path = value::path(given).map(absolute);
        return (reading.ok(path), false);
    }
    if given.map(value::yes_or_no).and_then(|no| reading.ok(no)).unwrap_or(false) {
        return (None, false);
    }
    let in_home = reading.home.as_ref().map(|home| home.join(defaults::DATA_DIR_IN_HOME));
    let is_homeless = in_home.is_none();
    (in_home, is_homeless)
}

/// Plugins get the folder's name too, so it does not depend on where they look from.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// Where everyone is let in, nobody is asked but the provider that does so: another one would still
/// turn those away whom it knows, or offer mechanisms that strangers fail at.
fn connections_max(reading: &mut Reading<'_>) -> usize {
    reading.parse(Name::MaxConnections, defaults::CONNECTIONS_MAX, value::connections_max)
}

fn connection_backlog(reading: &mut Reading<'_>) -> i32 {
    reading.parse(Name::ConnectionBacklog, defaults::CONNECTION_BACKLOG, value::backlog)
}

fn auth_providers(reading: &mut Reading<'_>, auth: AuthMode) -> Vec<String> {
    if auth == AuthMode::Everyone {
        return vec![defaults::ANONYMOUS_PROVIDER.to_owned()];
    }
    let given = reading.parse_many(Name::AuthProvider, value::type_name);
    if given.is_empty() {
        return defaults::AUTH_PROVIDERS.map(str::to_owned).to_vec();
    }
    given
}

#[cfg(test)]
mod tests;
