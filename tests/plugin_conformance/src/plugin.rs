//! A plugin by its file, a library or a component: what the rules make instances of. They see the
//! traits alone; whatever differs between the two stands here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use philter_plugin_api::abi::host::{HostServices, Library, PluginInfo};
use philter_plugin_api::{Auth, CommandOutput, Context, Error, Exchange, Filter, Store};
use philter_wasm::{Component, Engine, EngineOptions, Settings};

use crate::limits::THREADS;
use crate::rule::{Stop, skips};

/// What is in the file.
pub(crate) enum Plugin {
    Library(Library),
    Component { component: Component, made_from: MadeFrom },
}

/// What a component is opened with.
pub(crate) struct MadeFrom {
    path: PathBuf,
    engine: Arc<Engine>,
    settings: Settings,
    services: Arc<dyn HostServices>,
}

/// What the host of a component counts of calls that ended otherwise than by an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    pub(crate) count: u64,
    pub(crate) last: Option<String>,
}

/// Whether a file is looked at as a component.
pub(crate) fn names_component(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "wasm")
}

impl Plugin {
    /// Opens a file as the broker does. Compiled code is kept in a folder in `scratch`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn open(
        path: &Path,
        settings: Settings,
        scratch: &Path,
        services: Arc<dyn HostServices>,
    ) -> Result<Self, Stop> {
        if !names_component(path) {
            let library = Library::open(path, services);
            return library.map(Self::Library).map_err(stop);
        }
        let cache_dir = Some(scratch.join("compiled"));
        let options = EngineOptions { cache_dir, workers: THREADS, when_long: None };
        let engine = Engine::new(options).map_err(stop)?;
        let made_from = MadeFrom { path: path.to_owned(), engine, settings, services };
        Ok(Self::Component { component: made_from.open()?, made_from })
    }

    /// What a component says of itself when it is opened again.
    ///
    /// # Errors
    /// It is no component any more; skips a library, which is never loaded twice.
    pub(crate) fn info_again(&self) -> Result<PluginInfo, Stop> {
        match self {
            Self::Library(_) => skips("a library is loaded once"),
            Self::Component { made_from, .. } => Ok(made_from.open()?.info()),
        }
    }

    /// What it says of itself.
    pub(crate) fn info(&self) -> PluginInfo {
        match self {
            Self::Library(library) => library.info().clone(),
            Self::Component { component, .. } => component.info(),
        }
    }

    /// Skips a component, for the rules of what only a library can do.
    pub(crate) fn only_a_library(&self, why: &str) -> Result<(), Stop> {
        match self {
            Self::Library(_) => Ok(()),
            Self::Component { .. } => skips(why),
        }
    }

    /// Skips a library, for the rules of what only a component can do.
    pub(crate) fn only_a_component(&self, why: &str) -> Result<(), Stop> {
        match self {
            Self::Library(_) => skips(why),
            Self::Component { .. } => Ok(()),
        }
    }

    /// Whether it is a component, which describes exactly the entries that it has. A library has a
    /// place for others too.
    pub(crate) fn is_component(&self) -> bool {
        matches!(self, Self::Component { .. })
    }

    /// How many calls have not been completed.
    pub(crate) fn calls_pending(&self) -> usize {
        match self {
            Self::Library(library) => library.calls_pending(),
            Self::Component { .. } => 0,
        }
    }

    /// How often a component failed so far; a library fails the process.
    pub(crate) fn failures(&self) -> Failures {
        let Self::Component { component, .. } = self else { return Failures::default() };
        let statistics = component.statistics();
        let count = statistics.traps + statistics.faults + statistics.broken;
        Failures { count, last: statistics.last_error }
    }

    /// Instances that a component has now.
    pub(crate) fn instances(&self) -> usize {
        let Self::Component { component, .. } = self else { return 0 };
        usize::try_from(component.statistics().instances).unwrap_or(usize::MAX)
    }

    /// As of [`Library`].
    pub(crate) fn create_exchange(
        &self,
        type_name: &str,
        context: &Context<'_>,
    ) -> Result<Box<dyn Exchange>, Error> {
        match self {
            Self::Library(library) => library.create_exchange(type_name, context),
            Self::Component { component, .. } => component.create_exchange(type_name, context),
        }
    }

    /// As of [`Library`].
    pub(crate) fn create_filter(
        &self,
        type_name: &str,
        context: &Context<'_>,
    ) -> Result<Box<dyn Filter>, Error> {
        match self {
            Self::Library(library) => library.create_filter(type_name, context),
            Self::Component { component, .. } => component.create_filter(type_name, context),
        }
    }

    /// As of [`Library`].
    pub(crate) fn create_auth(
        &self,
        type_name: &str,
        context: &Context<'_>,
    ) -> Result<Box<dyn Auth>, Error> {
        match self {
            Self::Library(library) => library.create_auth(type_name, context),
            Self::Component { component, .. } => component.create_auth(type_name, context),
        }
    }

    /// As of [`Library`].
    pub(crate) fn create_store(
        &self,
        type_name: &str,
        context: &Context<'_>,
    ) -> Result<Box<dyn Store>, Error> {
        match self {
            Self::Library(library) => library.create_store(type_name, context),
            Self::Component { component, .. } => component.create_store(type_name, context),
        }
    }

    /// As of [`Library`], with nothing to read.
    pub(crate) fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
    ) -> Result<CommandOutput, Error> {
        let mut nothing = std::io::empty();
        match self {
            Self::Library(library) => library.command(subcommand, context, arguments, &mut nothing),
            Self::Component { component, .. } => {
                component.command(subcommand, context, arguments, &mut nothing)
            }
        }
    }
}

impl MadeFrom {
    fn open(&self) -> Result<Component, Stop> {
        let (settings, services) = (self.settings.clone(), Arc::clone(&self.services));
        Component::open(&self.engine, &self.path, settings, services).map_err(stop)
    }
}

fn stop(error: impl std::fmt::Display) -> Stop {
    Stop::Fails(error.to_string())
}
