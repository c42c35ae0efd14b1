//! A native library behind the [`Carrier`] trait.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use philter_plugin_api::abi::host::{FactoryInfo, HostServices, Library, LoadError};
use philter_plugin_api::value::Value;
use philter_plugin_api::{
    Auth, CommandOutput, Context, Event, Exchange, Filter, InstanceId, Level, Result, Store,
};
use tracing::debug;

use super::carrier::Carrier;
use super::description::{Description, FactoryDescription, Version};
use super::log::PluginLog;

/// Why a library was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoadFailure {
    /// The field, what was found and what is wanted.
    pub(crate) reason: String,
    /// Whether the library does not claim to be a plugin: it has no entry symbol.
    pub(crate) is_no_plugin: bool,
}

/// A loaded native library.
pub(crate) struct Native {
    library: Library,
    description: Description,
}

impl Native {
    /// Loads a library that the policy admitted.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn open(path: &Path) -> std::result::Result<Self, LoadFailure> {
        let library = Library::open(path, Arc::new(Services::default())).map_err(|error| {
            let is_no_plugin = matches!(error, LoadError::MissingSymbol { .. });
            LoadFailure { reason: error.to_string(), is_no_plugin }
        })?;
        let description = describe(&library);
        Ok(Self { library, description })
    }
}

impl Carrier for Native {
    fn description(&self) -> &Description {
        &self.description
    }

    fn create_exchange(&self, type_name: &str, context: &Context<'_>) -> Result<Box<dyn Exchange>> {
        self.library.create_exchange(type_name, context)
    }

    fn create_filter(&self, language: &str, context: &Context<'_>) -> Result<Box<dyn Filter>> {
        self.library.create_filter(language, context)
    }

    fn create_auth(&self, provider: &str, context: &Context<'_>) -> Result<Box<dyn Auth>> {
        self.library.create_auth(provider, context)
    }

    fn create_store(&self, store: &str, context: &Context<'_>) -> Result<Box<dyn Store>> {
        self.library.create_store(store, context)
    }

    fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        self.library.command(subcommand, context, arguments, input)
    }
}

fn describe(library: &Library) -> Description {
    let info = library.info();
    let (major, minor) = info.abi;
    Description {
        name: info.name.clone(),
        version: info.version.clone(),
        licence: info.licence.clone(),
        abi: Version { major, minor },
        factories: info.factories.iter().map(describe_factory).collect(),
        refused: info.refused.iter().map(ToString::to_string).collect(),
    }
}

fn describe_factory(factory: &FactoryInfo) -> FactoryDescription {
    let version = factory.kind_version;
    FactoryDescription {
        kind: factory.kind,
        kind_version: Version { major: version.major, minor: version.minor },
        is_draft: factory.is_draft,
        type_name: factory.type_name.clone(),
        may_block: factory.may_block,
        subcommand: factory.subcommand.clone(),
        entries: factory.optional_entries.iter().map(|entry| (*entry).to_owned()).collect(),
        configuration_schema: factory.configuration_schema.clone(),
    }
}

/// What the broker does for one library.
#[derive(Default)]
struct Services {
    log: OnceLock<PluginLog>,
}

impl HostServices for Services {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        self.log.get_or_init(|| PluginLog::new(plugin)).write(level, text);
    }

    fn notify(&self, plugin: &str, instance: InstanceId, event: Event, value: &Value) {
        // Nothing in the broker listens to a plugin yet; the log shows what one says.
        debug!("{plugin}: instance {}: {event:?} {value:?}", instance.0);
    }
}
