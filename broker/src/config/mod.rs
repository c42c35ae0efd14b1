//! What the operator asked for: command line above environment above file above defaults.
//!
//! Invariants:
//! - a [`Config`] was read and checked once; nothing later interprets an operator's text;
//! - a name that means nothing is an error wherever it stands, and every error says where that is;
//! - what stands in a higher layer replaces what stands in a lower one, lists as a whole.

mod data_dir;
pub(crate) mod defaults;
mod environment;
mod error;
mod file;
mod given;
mod management;
mod name;
mod not_yet;
mod plugins;
mod queue_marks;
mod value;

use std::net::IpAddr;
use std::path::PathBuf;

use philter_model::queue::Defaults;

pub(crate) use data_dir::{DataDir, DataDirError};
pub(crate) use error::ConfigError;
pub(crate) use given::{Given, Layer, Origin};
pub(crate) use management::ManagementSettings;
pub(crate) use name::Name;
pub(crate) use not_yet::is_not_yet;
pub(crate) use plugins::{PluginDirectory, PluginFile, PluginSettings, PluginTable};

use file::ConfigFile;
use given::Layers;

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
    /// Whether peers have to say who they are.
    pub(crate) auth: AuthMode,
    /// The auth providers in the order in which they are asked.
    pub(crate) auth_providers: Vec<String>,
    /// What follows the `@` of an identity.
    pub(crate) realm: String,
    /// Which plugins to load, and what they are configured with.
    pub(crate) plugins: PluginSettings,
    /// What to log, in the words of tracing's filters.
    pub(crate) log_filter: String,
    /// Connections at a time.
    pub(crate) connections_max: usize,
    /// How long a peer may take until it is authenticated.
    pub(crate) negotiate_time_ms: u64,
    /// The size limit of a queue that is declared without one; 0 is none.
    pub(crate) default_queue_limit_bytes: u64,
    /// Parts of their limits at which queues act, where they do not say otherwise.
    pub(crate) queue_marks: Defaults,
    /// Threads that serve connections.
    pub(crate) worker_threads: usize,
    /// What management offers and tells.
    pub(crate) management: ManagementSettings,
}

impl Config {
    /// Reads everything: `command_line` as the command line gave it, `environment` as the process
    /// has it.
    ///
    /// # Errors
    /// The first thing that is wrong, and where it stands.
    pub(crate) fn load(
        command_line: Layer,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<Self, ConfigError> {
        let (environment, home) = environment::read(environment)?;
        let mut layers = Layers { command_line, environment, file: Layer::default() };
        let mut plugins = PluginSettings::default();
        if let Some(given) = layers.one(&[Name::Config])? {
            let file = ConfigFile::read(&value::path(given))?;
            layers.file = file.layer;
            plugins.pins = file.pins;
            plugins.tables = file.tables;
        }
        Self::assemble(&layers, home, plugins)
    }

    /// Whether it is decided where the broker keeps its data, or that it keeps none.
    ///
    /// # Errors
    /// Nobody said, and there is no home for the default.
    pub(crate) fn check_data_dir(&self) -> Result<(), ConfigError> {
        if self.is_homeless { Err(ConfigError::NoHome) } else { Ok(()) }
    }

    fn assemble(
        layers: &Layers,
        home: Option<PathBuf>,
        mut plugins: PluginSettings,
    ) -> Result<Self, ConfigError> {
        plugins.directory = plugin_directory(layers)?;
        let files = layers.many(Name::LoadModule);
        plugins.files = files
            .map(|given| PluginFile { path: value::path(given), origin: given.origin.clone() })
            .collect();
        let auth = layers.parse(Name::Auth, AuthMode::Required, value::auth_mode)?;
        let (data_dir, is_homeless) = data_dir(layers, home)?;
        Ok(Self {
            port: layers.parse(Name::Port, defaults::PORT, value::port)?,
            interfaces: layers.parse_many(Name::Interface, value::interface)?,
            data_dir,
            is_homeless,
            auth,
            auth_providers: auth_providers(layers, auth)?,
            realm: layers.parse(Name::Realm, defaults::REALM.to_owned(), value::realm)?,
            plugins,
            log_filter: layers.parse(
                Name::LogLevel,
                defaults::LOG_FILTER.to_owned(),
                value::log_filter,
            )?,
            connections_max: layers.parse(
                Name::MaxConnections,
                defaults::CONNECTIONS_MAX,
                value::connections_max,
            )?,
            negotiate_time_ms: layers.parse(
                Name::MaxNegotiateTime,
                defaults::NEGOTIATE_TIME_MS,
                value::negotiate_time_ms,
            )?,
            default_queue_limit_bytes: layers.parse(
                Name::DefaultQueueLimit,
                defaults::DEFAULT_QUEUE_LIMIT_BYTES,
                value::bytes,
            )?,
            queue_marks: queue_marks::assemble(layers)?,
            worker_threads: layers.parse(
                Name::WorkerThreads,
                defaults::worker_threads(),
                value::worker_threads,
            )?,
            management: ManagementSettings::assemble(layers)?,
        })
    }
}

fn plugin_directory(layers: &Layers) -> Result<PluginDirectory, ConfigError> {
    Ok(match layers.one(&[Name::PluginDir, Name::NoModuleDir])? {
        Some(given) if given.name == Name::PluginDir => PluginDirectory::Given(PluginFile {
            path: value::path(given),
            origin: given.origin.clone(),
        }),
        Some(given) if value::yes_or_no(given)? => PluginDirectory::None,
        _ => PluginDirectory::Default,
    })
}

/// The data directory, and whether none is known because there is no home for it.
fn data_dir(
    layers: &Layers,
    home: Option<PathBuf>,
) -> Result<(Option<PathBuf>, bool), ConfigError> {
    match layers.one(&[Name::DataDir, Name::NoDataDir])? {
        Some(given) if given.name == Name::DataDir => {
            Ok((Some(absolute(value::path(given))), false))
        }
        Some(given) if value::yes_or_no(given)? => Ok((None, false)),
        _ => {
            let in_home = home.map(|home| home.join(defaults::DATA_DIR_IN_HOME));
            let is_homeless = in_home.is_none();
            Ok((in_home, is_homeless))
        }
    }
}

/// Plugins get the folder's name too, so it does not depend on where they look from.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// Where everyone is let in, nobody is asked but the provider that does so: another one would still
/// turn those away whom it knows, or offer mechanisms that strangers fail at.
fn auth_providers(layers: &Layers, auth: AuthMode) -> Result<Vec<String>, ConfigError> {
    if auth == AuthMode::Everyone {
        return Ok(vec![defaults::ANONYMOUS_PROVIDER.to_owned()]);
    }
    let given = layers.parse_many(Name::AuthProvider, value::type_name)?;
    if given.is_empty() {
        return Ok(defaults::AUTH_PROVIDERS.map(str::to_owned).to_vec());
    }
    Ok(given)
}

#[cfg(test)]
mod tests;
