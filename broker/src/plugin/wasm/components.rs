//! Opens components, each with the limits of its table.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use philter_plugin_api::abi::host::HostServices;
use philter_wasm::{Code, Engine, EngineOptions, OpenError};

use super::component::Component;
use crate::config::wasm::WasmTable;
use crate::config::{Config, WasmSettings};
use crate::long_work::off_turn;
use crate::plugin::carrier::{Carrier, LoadFailure};
use crate::plugin::named::{answers_to, file_name};
use crate::plugin::services::Services;

/// The folder of the data directory that keeps compiled code.
const CACHE_FOLDER: &str = "wasm-cache";

/// How long it takes at the most, mostly, until another thread has the tasks of a worker.
const HAND_OVER: Duration = Duration::from_micros(100);

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

    /// Opens the component that a file has.
    ///
    /// # Errors
    /// What is wrong with it, or with this machine.
    pub(crate) fn open(
        &mut self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<Arc<dyn Carrier>, LoadFailure> {
        let file = file_name(path);
        let code = Code { file: &file, bytes };
        let engine = self.engine().map_err(refused)?;
        let services: Arc<dyn HostServices> = Arc::new(Services::default());
        let open = |settings| Component::open(&engine, code, settings, &services);
        // What it offers, by which a table may be named, is known when it is open.
        let before = self.settings(path, &[])?;
        let first = open(before.clone());
        let types: Vec<String> = match &first {
            Ok(component) => {
                let factories = component.description().factories.iter();
                factories.map(|one| one.type_name.clone()).collect()
            }
            // A table that is named by what it offers may grant it. One that says nothing without
            // what it is not granted has to have that in the table of its file.
            Err(error @ OpenError::NotGranted { .. }) => {
                types(&engine, code, &services).map_err(|_| failure(error))?
            }
            Err(error) => return Err(failure(error)),
        };
        let settings = self.settings(path, &types)?;
        if settings == before {
            let first = first.map_err(|error| failure(&error))?;
            return Ok(Arc::new(first));
        }
        drop(first);
        Ok(Arc::new(open(settings).map_err(|error| failure(&error))?))
    }

    fn engine(&mut self) -> Result<Arc<Engine>, String> {
        let config = self.config;
        let make = || {
            let (cache_dir, workers) = (cache_dir(config), config.worker_threads);
            let when_long = Some(leave_worker as fn());
            let engine = Engine::new(EngineOptions { cache_dir, workers, when_long });
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

/// What a file offers that is not opened yet.
fn types(
    engine: &Arc<Engine>,
    code: Code<'_>,
    services: &Arc<dyn HostServices>,
) -> Result<Vec<String>, LoadFailure> {
    let info = philter_wasm::Component::describe(engine, code, Arc::clone(services));
    let info = info.map_err(|error| failure(&error))?;
    Ok(info.factories.into_iter().map(|factory| factory.type_name).collect())
}

/// Hands the other tasks of this worker to another thread, for which it needs a moment.
fn leave_worker() {
    off_turn(|| std::thread::sleep(HAND_OVER));
}

/// Where compiled code is kept, if there is a data directory of this user's: a command makes none,
/// and may be run by somebody else.
fn cache_dir(config: &Config) -> Option<PathBuf> {
    let data_dir = config.data_dir.as_ref()?;
    let user = rustix::process::geteuid().as_raw();
    let is_ours = data_dir.metadata().is_ok_and(|it| it.is_dir() && it.uid() == user);
    is_ours.then(|| data_dir.join(CACHE_FOLDER))
}

fn refused(reason: String) -> LoadFailure {
    LoadFailure { reason, is_no_plugin: false }
}

fn failure(error: &OpenError) -> LoadFailure {
    let is_no_plugin =
        matches!(error, OpenError::CoreModule { .. } | OpenError::NoInterface { .. });
    LoadFailure { reason: error.to_string(), is_no_plugin }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use philter_test_components::Component as Text;

    use super::*;
    use crate::config::{Given, Layer, Name, Origin};
    use crate::plugin::open::Opener;
    use crate::plugin::policy::{Admitted, admit};

    /// A folder with a file of a configuration and one of a plugin.
    struct Folder {
        folder: tempfile::TempDir,
        config: Config,
    }

    impl Folder {
        fn new(tables: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("philter.toml");
            std::fs::write(&path, tables).unwrap();
            let mut layer = Layer::default();
            let given = [
                (Name::Config, path.to_str().unwrap()),
                (Name::DataDir, folder.path().to_str().unwrap()),
            ];
            for (name, value) in given {
                let origin = Origin::option(name.as_str());
                layer.push(Given { name, value: value.to_owned(), origin }).unwrap();
            }
            let config = Config::load(layer, Vec::<(OsString, OsString)>::new()).unwrap();
            Self { folder, config }
        }

        fn file(&self, name: &str, bytes: &[u8]) -> Admitted {
            let path = self.folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            admit(&path, None).unwrap()
        }

        fn call_ms_max(&self, file: &str) -> Result<u64, String> {
            let both = Text::filter("near").and(Text::exchange("geo"));
            let path = self.folder.path().join(file);
            let opened = Components::new(&self.config).open(&path, &both.build());
            let opened = opened.map_err(|failure| failure.reason)?;
            assert_eq!(opened.name(), "component");
            Ok(opened.sandbox().unwrap().settings().call_ms_max)
        }
    }

    #[test]
    fn the_engine_is_made_with_the_first_component() {
        let folder = Folder::new("");
        let mut opener = Opener::new(&folder.config);
        assert!(opener.open(&folder.file("libx.so", b"")).is_err());
        assert!(opener.components.engine.is_none());
        assert!(!folder.folder.path().join(CACHE_FOLDER).exists());
        assert!(opener.open(&folder.file("x.wasm", b"")).is_err());
        let engine = opener.components.engine.as_ref().unwrap().as_ref().unwrap();
        let first = Arc::as_ptr(engine);
        assert!(opener.open(&folder.file("x.wasm", &Text::filter("x").build())).is_ok());
        let engine = opener.components.engine.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(Arc::as_ptr(engine), first);
        assert!(folder.folder.path().join(CACHE_FOLDER).is_dir());
    }

    #[test]
    fn a_table_is_that_of_the_file_with_and_without_its_ending_or_of_one_of_its_types() {
        for name in ["a", "\"a.wasm\"", "geo", "near"] {
            let folder = Folder::new(&format!("[wasm.{name}]\ncall_ms_max = 77\n[wasm.other]\n"));
            assert_eq!(folder.call_ms_max("a.wasm"), Ok(77), "{name}");
            assert_eq!(
                folder.call_ms_max("b.wasm").is_ok_and(|ms| ms == 77),
                !name.contains('a') || name == "near"
            );
        }
    }

    #[test]
    fn what_a_table_grants_is_there_whatever_names_the_table() {
        let text = Text::auth("tokens").files().build();
        for name in ["a", "tokens"] {
            let folder = Folder::new(&format!("[wasm.{name}]\nfiles = {{ keys = \"/etc/k\" }}\n"));
            let path = folder.file("a.wasm", &text);
            let opened = Opener::new(&folder.config).open(&path).ok().unwrap();
            assert_eq!(opened.sandbox().unwrap().settings().files.len(), 1);
        }
        let folder = Folder::new("[wasm.tokens]\ncall_ms_max = 7\n");
        let path = folder.file("a.wasm", &text);
        let refused = Opener::new(&folder.config).open(&path).err().unwrap().reason;
        assert!(refused.contains("which it is not granted"), "{refused}");
    }

    #[test]
    fn two_tables_about_one_file_are_refused() {
        let folder = Folder::new("[wasm.geo]\n[wasm.near]\n");
        let reason = folder.call_ms_max("a.wasm").unwrap_err();
        assert!(
            reason.ends_with(": [wasm.geo] and [wasm.near] are about this one file"),
            "{reason}"
        );
        assert!(reason.contains("philter.toml:2:7: wasm.near"), "{reason}");
    }

    #[test]
    fn what_is_wasm_and_no_plugin_is_a_stranger() {
        let folder = Folder::new("");
        let mut components = Components::new(&folder.config);
        let mut failure = |bytes: &[u8]| components.open(Path::new("x.wasm"), bytes).err().unwrap();
        assert!(failure(b"\0asm\x01\0\0\0").is_no_plugin);
        assert!(failure(b"\0asm\x0d\0\x01\0").is_no_plugin);
        let broken = failure(b"nothing");
        assert!(
            !broken.is_no_plugin && broken.reason.contains("is no WASM component"),
            "{broken:?}"
        );
    }
}
