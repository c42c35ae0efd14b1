//! What is loaded, by kind and name.
//!
//! Invariants:
//! - a file is taken as a whole or not at all;
//! - a type name of a kind, and a subcommand, belong to the first file that offers them.

#[cfg(test)]
mod brought;
mod kinds;
mod reload;
mod report;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use philter_plugin_api::{CommandOutput, Context, InstanceId, Kind, MapRef};

use super::carrier::{Carrier, LoadFailure};
use super::configuration;
use super::description::{Description, FactoryDescription};
use super::digest::Digest;
use super::named::{answers_to, file_name};
use super::needs::{self, MissingPlugins};
use super::open::Opener;
use super::policy::{Admitted, admit};
use super::sandbox::Sandbox;
use super::search::{self, Candidate, Found};
use crate::config::{Config, Origin, PluginDirectory, PluginSettings};
pub(crate) use reload::ReloadError;
pub(crate) use report::TARGET as LOG_TARGET;
pub(crate) use tables::WrongTables;

/// A loaded plugin.
pub(crate) struct Plugin {
    /// As it was named or found, absolute; may be a link.
    path: PathBuf,
    /// Where that led when it was loaded.
    resolved: PathBuf,
    carrier: Arc<dyn Carrier>,
    /// The configuration of each factory, in its order.
    configurations: Vec<String>,
    /// What the file of one that can be read again was when it was read.
    digest: Mutex<Option<Digest>>,
}

impl Plugin {
    /// Where it was loaded from, as it was named: a link is followed anew whenever it is read.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What it says of itself.
    pub(crate) fn description(&self) -> &Description {
        self.carrier.description()
    }

    /// What there is of one that runs apart from the broker.
    pub(crate) fn sandbox(&self) -> Option<&dyn Sandbox> {
        self.carrier.sandbox()
    }

    /// The version of the code that runs now.
    pub(crate) fn version(&self) -> String {
        let now = self.sandbox().map(Sandbox::version);
        now.unwrap_or_else(|| self.description().version.clone())
    }

    /// What carries it.
    pub(crate) fn carrier(&self) -> &dyn Carrier {
        &*self.carrier
    }

    /// Whether an operator means it by this name.
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        let types = self.description().factories.iter().map(|factory| factory.type_name.as_str());
        answers_to(&self.path, types, name)
    }
}

/// A file that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Which.
    pub(crate) path: PathBuf,
    /// Everything that is wrong with it.
    pub(crate) reasons: Vec<String>,
    /// Where the operator named this file itself.
    pub(crate) named: Option<Origin>,
    /// Whether it just lay beside the executable and is no plugin at all.
    pub(crate) is_stranger: bool,
}

/// What is loaded.
pub(crate) struct Catalog {
    directory: Option<PathBuf>,
    unreadable_directory: Option<String>,
    plugins: Vec<Arc<Plugin>>,
    refused: Vec<Refused>,
    instances: Arc<Instances>,
    /// What files have to be when they are read again, by their names.
    pins: Mutex<Pins>,
    /// How often code was swapped.
    swaps: Arc<AtomicU64>,
}

/// Digests that files must have, by their names.
type Pins = BTreeMap<String, Digest>;

/// Gives instances what all of them get.
#[derive(Debug)]
struct Instances {
    data_dir: Option<String>,
    next: AtomicU64,
}

impl Instances {
    fn context<'a>(&'a self, name: &'a str, configuration: &'a str) -> Context<'a> {
        Context {
            instance: InstanceId(self.next.fetch_add(1, Ordering::Relaxed)),
            name,
            virtual_host: "",
            configuration,
            data_dir: self.data_dir.as_deref(),
            arguments: MapRef::default(),
        }
    }
}

impl Catalog {
    /// Loads what the configuration names. What can't be loaded is kept with its reason;
    /// [`Catalog::require`] says whether the broker can do without.
    pub(crate) fn load(config: &Config) -> Self {
        let mut opener = Opener::new(config);
        Self::assemble(config, search::find(&config.plugins), |file| opener.open(file))
    }

    fn assemble(
        config: &Config,
        found: Found,
        mut open: impl FnMut(&Admitted) -> Result<Arc<dyn Carrier>, LoadFailure>,
    ) -> Self {
        let data_dir = config.data_dir.as_ref().and_then(|path| path.to_str()).map(str::to_owned);
        let mut catalog = Self {
            directory: found.directory,
            unreadable_directory: found.unreadable.map(|error| error.to_string()),
            plugins: Vec::new(),
            refused: Vec::new(),
            instances: Arc::new(Instances { data_dir, next: AtomicU64::new(1) }),
            pins: Mutex::new(pins_of(&config.plugins)),
            swaps: Arc::default(),
        };
        for candidate in found.candidates {
            if let Err((reasons, is_stranger)) = catalog.take(config, &candidate, &mut open) {
                let Candidate { path, named, .. } = candidate;
                catalog.refused.push(Refused { path, reasons, named, is_stranger });
            }
        }
        catalog
    }

    fn take(
        &mut self,
        config: &Config,
        candidate: &Candidate,
        open: &mut impl FnMut(&Admitted) -> Result<Arc<dyn Carrier>, LoadFailure>,
    ) -> Result<(), (Vec<String>, bool)> {
        let name = file_name(&candidate.path);
        let pin = config.plugins.pins.get(&name).map(|pin| pin.digest);
        let admitted = admit(&candidate.path, pin)
            .map_err(|wrong| (wrong.iter().map(ToString::to_string).collect(), false))?;
        if self.plugins.iter().any(|plugin| plugin.resolved == admitted.path) {
            // Named by the operator and found in the folder too: the same file, loaded already.
            return Ok(());
        }
        let carrier = open(&admitted).map_err(|failure| {
            let is_stranger = failure.is_no_plugin && candidate.is_by_chance;
            (vec![failure.reason], is_stranger)
        })?;
        let taken = self.taken_already(carrier.description());
        if !taken.is_empty() {
            return Err((taken, false));
        }
        let factories = &carrier.description().factories;
        let configurations = factories
            .iter()
            .map(|factory| configuration::of_type(config, factory, &name))
            .collect();
        let Admitted { named: path, path: resolved, code } = admitted;
        let digest = Mutex::new(code.map(|code| code.digest));
        let plugin = Plugin { path, resolved, carrier, configurations, digest };
        self.plugins.push(Arc::new(plugin));
        Ok(())
    }

    /// What another library offers already.
    fn taken_already(&self, description: &Description) -> Vec<String> {
        let mut taken = Vec::new();
        for factory in &description.factories {
            let (kind, name) = (factory.kind, factory.type_name.as_str());
            if let Some((plugin, _, _)) = self.factory(kind, name) {
                let (kind, path) = (kind.name(), plugin.path.display());
                taken.push(format!("{kind} '{name}' is offered by {path} already"));
            }
            let word = factory.subcommand.as_deref();
            if let Some((word, (plugin, _))) = word.and_then(|w| Some((w, self.answering(w)?))) {
                let path = plugin.path.display();
                taken.push(format!("subcommand '{word}' is offered by {path} already"));
            }
        }
        taken
    }

    fn factory(
        &self,
        kind: Kind,
        type_name: &str,
    ) -> Option<(&Arc<Plugin>, usize, &FactoryDescription)> {
        self.factories()
            .find(|(_, _, factory)| factory.kind == kind && factory.type_name == type_name)
    }

    fn factories(&self) -> impl Iterator<Item = (&Arc<Plugin>, usize, &FactoryDescription)> {
        self.plugins.iter().flat_map(|plugin| {
            let factories = plugin.description().factories.iter().enumerate();
            factories.map(move |(index, factory)| (plugin, index, factory))
        })
    }

    fn answering(&self, word: &str) -> Option<(&Arc<Plugin>, usize)> {
        self.factories()
            .find(|(_, _, factory)| factory.subcommand.as_deref() == Some(word))
            .map(|(plugin, index, _)| (plugin, index))
    }

    /// The plugins in the order in which they were loaded.
    pub(crate) fn plugins(&self) -> &[Arc<Plugin>] {
        &self.plugins
    }

    /// What was not loaded, and why.
    pub(crate) fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// The folder that was looked into.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Why the folder could not be looked into.
    pub(crate) fn unreadable_directory(&self) -> Option<&str> {
        self.unreadable_directory.as_deref()
    }

    /// The subcommands that plugins offer, with the plugin's name, sorted.
    pub(crate) fn subcommands(&self) -> Vec<(&str, &str)> {
        let mut words: Vec<_> = self
            .factories()
            .filter_map(|(plugin, _, factory)| {
                Some((factory.subcommand.as_deref()?, plugin.description().name.as_str()))
            })
            .collect();
        words.sort_unstable();
        words.dedup_by_key(|(word, _)| *word);
        words
    }

    /// Runs a subcommand; none where no plugin offers it.
    pub(crate) fn command(
        &self,
        word: &str,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Option<philter_plugin_api::Result<CommandOutput>> {
        let (plugin, index) = self.answering(word)?;
        let factory = plugin.description().factories.get(index)?;
        let configuration = plugin.configurations.get(index)?;
        let context = Context {
            instance: InstanceId::default(),
            ..self.instances.context(&factory.type_name, configuration)
        };
        Some(plugin.carrier.command(word, &context, arguments, input))
    }

    /// Whether everything is there that this configuration needs.
    ///
    /// # Errors
    /// All that is missing, and what was refused.
    pub(crate) fn require(&self, config: &Config) -> Result<(), MissingPlugins> {
        let mut lines: Vec<String> = needs::of(config)
            .iter()
            .filter(|need| self.factory(need.kind, &need.type_name).is_none())
            .map(needs::Need::missing)
            .collect();
        lines.extend(self.refused.iter().filter_map(|refused| {
            let origin = refused.named.as_ref()?;
            Some(format!("{origin} {}: {}", refused.path.display(), refused.reasons.join("; ")))
        }));
        lines.extend(self.named_directory_error(config));
        lines.extend(self.unknown_tables(config));
        if lines.is_empty() {
            return Ok(());
        }
        lines.extend(self.what_was_seen());
        Err(MissingPlugins { lines })
    }

    fn named_directory_error(&self, config: &Config) -> Option<String> {
        let PluginDirectory::Given(named) = &config.plugins.directory else { return None };
        let error = self.unreadable_directory.as_ref()?;
        Some(format!("{} {}: {error}", named.origin, named.path.display()))
    }

    /// `[plugin.X]` that configures nothing, and `[wasm.X]`.
    fn unknown_tables<'a>(&'a self, config: &'a Config) -> impl Iterator<Item = String> + 'a {
        let is_used = |name: &str| self.plugins.iter().any(|plugin| plugin.answers_to(name));
        let unknown = config.plugins.tables.iter().filter(move |(name, _)| !is_used(name));
        let unknown = unknown.map(|(_, table)| {
            format!("{}: no loaded plugin has a type or a file of this name", table.origin)
        });
        let is_limited = |name: &str| {
            let mut components = self.plugins.iter().filter(|plugin| plugin.sandbox().is_some());
            components.any(|plugin| plugin.answers_to(name))
        };
        let limitless = config.plugins.wasm.iter().filter(move |(name, _)| !is_limited(name));
        unknown.chain(limitless.map(|(_, table)| {
            format!("{}: no loaded component has a type or a file of this name", table.origin)
        }))
    }

    /// What helps to find out why something is missing.
    fn what_was_seen(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(directory) = &self.directory {
            let error = self.unreadable_directory.as_ref();
            let error = error.map_or_else(String::new, |error| format!(": {error}"));
            lines.push(format!("plugin directory: {}{error}", directory.display()));
        }
        let refused = self.refused.iter().filter(|refused| refused.named.is_none());
        lines.extend(refused.map(Refused::to_string));
        lines
    }
}

fn pins_of(settings: &PluginSettings) -> Pins {
    settings.pins.iter().map(|(file, pin)| (file.clone(), pin.digest)).collect()
}

fn digest_of(path: &Path) -> Option<Digest> {
    std::fs::File::open(path).and_then(Digest::of_file).ok()
}
