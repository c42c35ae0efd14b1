//! Opens components, each with the limits of its table.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use philter_plugin_api::abi::host::HostServices;
use philter_wasm::{Engine, EngineOptions, OpenError};

use super::component::Component;
use crate::config::wasm::WasmTable;
use crate::config::{Config, WasmSettings};
use crate::plugin::carrier::{Carrier, LoadFailure};
use crate::plugin::named::answers_to;
use crate::plugin::services::Services;

/// The folder of the data directory that keeps compiled code.
const CACHE_FOLDER: &str = "wasm-cache";

/// Opens components for one configuration.
pub(crate) struct Components<'a> {
    config: &'a Config,
    /// Made with the first component; or why it can't be had.
    engine: Option<Result<Arc<Engine>, String>>,
}

impl<'a> Components<'a> {
    /// One that has opened nothing yet.
    pub(crate) fn new(config: &'a Config) -> Self {
        Self { config, engine: None }
    }

    /// Opens a component.
    ///
    /// # Errors
    /// What is wrong with it, or with this machine.
    pub(crate) fn open(&mut self, path: &Path) -> Result<Arc<dyn Carrier>, LoadFailure> {
        let engine = self.engine().map_err(refused)?;
        let services: Arc<dyn HostServices> = Arc::new(Services::default());
        let open = |settings: WasmSettings| {
            Component::open(&engine, path, settings, &services).map_err(|error| failure(&error))
        };
        // What it offers, by which a table may be named, is known when it is open.
        let before = self.settings(path, &[])?;
        let component = open(before.clone())?;
        let factories = &component.description().factories;
        let types: Vec<String> = factories.iter().map(|one| one.type_name.clone()).collect();
        let settings = self.settings(path, &types)?;
        if settings == before {
            return Ok(Arc::new(component));
        }
        drop(component);
        Ok(Arc::new(open(settings)?))
    }

    fn engine(&mut self) -> Result<Arc<Engine>, String> {
        let config = self.config;
        let make = || {
            let (cache_dir, workers) = (cache_dir(config), config.worker_threads);
            let engine = Engine::new(EngineOptions { cache_dir, workers });
            engine.map_err(|error| error.to_string())
        };
        self.engine.get_or_insert_with(make).clone()
    }

    /// The limits of a file that offers these types.
    fn settings(&self, path: &Path, types: &[String]) -> Result<WasmSettings, LoadFailure> {
        let about = |name: &str| answers_to(path, types.iter().map(String::as_str), name);
        let tables: Vec<(&String, &WasmTable)> =
            self.config.plugins.wasm.iter().filter(|(name, _)| about(name)).collect();
        match tables.as_slice() {
            [] => Ok(WasmSettings::default()),
            [(_, table)] => Ok(table.settings.clone()),
            [_, (_, second), ..] => {
                let names = tables.iter().map(|(name, _)| format!("[wasm.{name}]"));
                let names = names.collect::<Vec<_>>().join(" and ");
                Err(refused(format!("{}: {names} are about this one file", second.origin)))
            }
        }
    }
}

/// Where compiled code is kept. A command makes no data directory for it.
fn cache_dir(config: &Config) -> Option<PathBuf> {
    let data_dir = config.data_dir.as_ref().filter(|folder| folder.is_dir())?;
    Some(data_dir.join(CACHE_FOLDER))
}

fn refused(reason: String) -> LoadFailure {
    LoadFailure { reason, is_no_plugin: false }
}

fn failure(error: &OpenError) -> LoadFailure {
    let is_no_plugin =
        matches!(error, OpenError::CoreModule { .. } | OpenError::NoInterface { .. });
    LoadFailure { reason: error.to_string(), is_no_plugin }
}
