//! A plugin that is a component: opened, and able to make whatever its kind gives.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};
use philter_plugin_api::abi::host::{HostServices, PluginInfo};
use philter_plugin_api::value::{Value, encode_map};
use philter_plugin_api::{
    Auth, CommandOutput, Context, Error, ErrorKind, Exchange, Filter, Kind, Level,
    NO_CONFIGURATION, Result, Store,
};

use crate::auth::{Providing, WasmAuth};
use crate::breaker::BreakerState;
use crate::code::{self, Code};
use crate::contract::{AuthContract, Contract, ExchangeContract, FilterContract, StoreContract};
use crate::engine::Engine;
use crate::error::OpenError;
use crate::exchange::WasmExchange;
use crate::filter::WasmFilter;
use crate::instance::Creation;
use crate::loaded::{Loaded, Purpose};
use crate::pool::{Gate, Pool, Reloading};
use crate::settings::Settings;
use crate::statistics::{Counters, Statistics, count};
use crate::store::{Shared, WasmStore};

/// A plugin that is a component.
pub struct Component {
    file: String,
    services: Arc<dyn HostServices>,
    counters: Arc<Counters>,
    loaded: RwLock<Arc<Loaded>>,
    /// Those that were made, as long as somebody has them.
    pools: Mutex<Vec<Weak<dyn Reloading>>>,
    reloading: Mutex<()>,
    gate: Arc<Gate>,
}

impl Component {
    /// Reads, compiles, checks and describes a file.
    ///
    /// # Errors
    /// A file that is no component, no plugin, or none for this broker; the text names what was
    /// found and what is wanted.
    pub fn open(
        engine: &Arc<Engine>,
        path: &Path,
        settings: Settings,
        services: Arc<dyn HostServices>,
    ) -> std::result::Result<Self, OpenError> {
        let file = code::file_name(path);
        let bytes = code::read(path, &file)?;
        Self::open_code(engine, Code { file: &file, bytes: &bytes }, settings, services)
    }

    /// Compiles, checks and describes a file that was read.
    ///
    /// # Errors
    /// As [`Component::open`].
    pub fn open_code(
        engine: &Arc<Engine>,
        code: Code<'_>,
        settings: Settings,
        services: Arc<dyn HostServices>,
    ) -> std::result::Result<Self, OpenError> {
        let counters = Arc::new(Counters::default());
        let (theirs, ours) = (Arc::clone(&services), Arc::clone(&counters));
        let loaded = Loaded::open(engine, code, settings, theirs, ours, Purpose::Use)?;
        Ok(Self {
            file: code.file.to_owned(),
            services,
            counters,
            loaded: RwLock::new(Arc::new(loaded)),
            pools: Mutex::default(),
            reloading: Mutex::new(()),
            gate: Arc::default(),
        })
    }

    /// What a file says of itself, also one that would have to be granted something to be opened.
    ///
    /// # Errors
    /// As [`Component::open`], but for what is not granted.
    pub fn describe(
        engine: &Arc<Engine>,
        code: Code<'_>,
        services: Arc<dyn HostServices>,
    ) -> std::result::Result<PluginInfo, OpenError> {
        let (settings, counters) = (Settings::default(), Arc::default());
        let purpose = Purpose::Description;
        Ok(Loaded::open(engine, code, settings, services, counters, purpose)?.info)
    }

    /// What the plugin says of itself.
    pub fn info(&self) -> PluginInfo {
        self.loaded().info.clone()
    }

    /// Its limits and what it is granted.
    pub fn settings(&self) -> Settings {
        self.loaded().settings.clone()
    }

    /// What it did so far.
    pub fn statistics(&self) -> Statistics {
        let worst = self.pools().iter().map(|pool| pool.breaker_state()).max();
        self.counters.statistics(worst.unwrap_or(BreakerState::Closed))
    }

    /// Makes an exchange of this type.
    ///
    /// # Errors
    /// No such type, or what the plugin refuses.
    pub fn create_exchange(
        &self,
        type_name: &str,
        context: &Context<'_>,
    ) -> Result<Box<dyn Exchange>> {
        let gate = &self.gate;
        let create = |loaded: &_, creation| Pool::create(loaded, creation, gate);
        let pool = self.create::<ExchangeContract, _>(type_name, context, create)?;
        Ok(Box::new(WasmExchange { pool }))
    }

    /// Makes a filter of this language.
    ///
    /// # Errors
    /// No such language, or what the plugin refuses.
    pub fn create_filter(&self, language: &str, context: &Context<'_>) -> Result<Box<dyn Filter>> {
        let gate = &self.gate;
        let create = |loaded: &_, creation| Pool::create(loaded, creation, gate);
        let pool = self.create::<FilterContract, _>(language, context, create)?;
        Ok(Box::new(WasmFilter { pool, next: AtomicU64::new(1) }))
    }

    /// Makes an auth provider of this name.
    ///
    /// # Errors
    /// No such provider, or what the plugin refuses.
    pub fn create_auth(&self, provider: &str, context: &Context<'_>) -> Result<Box<dyn Auth>> {
        let providing = self.create::<AuthContract, _>(provider, context, Providing::create)?;
        Ok(Box::new(WasmAuth(providing)))
    }

    /// Makes a store of this name, over a database in the data directory.
    ///
    /// # Errors
    /// No such store, a directory that another instance has, or what the plugin refuses.
    pub fn create_store(&self, store: &str, context: &Context<'_>) -> Result<Box<dyn Store>> {
        let _open = self.gate.pass(&self.loaded().engine);
        let loaded = self.loaded();
        let creation = check_creation::<StoreContract>(&loaded, store, context)?;
        let made = WasmStore::create(&loaded, store, context, creation)?;
        let weak: Weak<Shared> = Arc::downgrade(made.shared());
        self.pools.lock().push(weak);
        Ok(Box::new(made))
    }

    /// Runs a subcommand, in an instance of its own. Standard input is read to its end first.
    ///
    /// # Errors
    /// No such subcommand, or how it failed.
    pub fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let loaded = self.loaded();
        let answers = |factory: &&philter_plugin_api::abi::host::FactoryInfo| {
            factory.subcommand.as_deref() == Some(subcommand)
        };
        let Some(factory) = loaded.info.factories.iter().find(answers) else {
            let text = format!("this plugin has no subcommand '{subcommand}'");
            return Err(Error::new(ErrorKind::NotFound, text));
        };
        let interface = match factory.kind {
            Kind::Exchange => ExchangeContract::INTERFACE,
            Kind::Auth => AuthContract::INTERFACE,
            Kind::Store => StoreContract::INTERFACE,
            _ => FilterContract::INTERFACE,
        };
        loaded.command(interface, context.configuration, arguments, input)
    }

    /// Swaps every exchange and language for the code that stands in the file now, between two
    /// calls. What they were told is told again first.
    ///
    /// # Errors
    /// Why the new file is not taken. The old one goes on as if nothing had happened.
    pub fn reload(&self, bytes: &[u8]) -> std::result::Result<(), OpenError> {
        let _reloading = self.reloading.lock();
        let old = self.loaded();
        let new = Arc::new(Loaded::open(
            &old.engine,
            Code { file: &self.file, bytes },
            old.settings.clone(),
            Arc::clone(&self.services),
            Arc::clone(&self.counters),
            Purpose::Use,
        )?);
        check_types(&old.info, &new.info)?;
        let mut prepared = Vec::new();
        for pool in self.pools() {
            prepared.push(pool.prepare(&new)?);
        }
        // Whoever adds or makes something now waits, so that nothing is left with the old code.
        let closed = self.gate.close();
        for pool in self.pools() {
            if !prepared.iter().any(|ready| ready.is_of(&pool)) {
                prepared.push(pool.prepare(&new)?);
            }
        }
        prepared.iter_mut().try_for_each(|ready| ready.settle())?;
        *self.loaded.write() = Arc::clone(&new);
        prepared.into_iter().for_each(|ready| ready.switch());
        drop(closed);
        count(&self.counters.reloads);
        let version = &new.info.version;
        new.voice.say(Level::Info, &format!("reloaded, version {version}"));
        Ok(())
    }

    pub(crate) fn loaded(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read())
    }

    fn pools(&self) -> Vec<Arc<dyn Reloading>> {
        let mut pools = self.pools.lock();
        pools.retain(|pool| pool.strong_count() > 0);
        pools.iter().filter_map(Weak::upgrade).collect()
    }

    /// Makes something of a kind that is swapped when the file is read again.
    fn create<C: Contract, P: Reloading + 'static>(
        &self,
        type_name: &str,
        context: &Context<'_>,
        create: impl FnOnce(&Arc<Loaded>, Creation) -> Result<Arc<P>>,
    ) -> Result<Arc<P>> {
        let _open = self.gate.pass(&self.loaded().engine);
        let loaded = self.loaded();
        let creation = check_creation::<C>(&loaded, type_name, context)?;
        let pool = create(&loaded, creation)?;
        let weak: Weak<P> = Arc::downgrade(&pool);
        self.pools.lock().push(weak);
        Ok(pool)
    }
}

/// What the first call of an instance says, if there is such a type and it takes that.
fn check_creation<C: Contract>(
    loaded: &Loaded,
    type_name: &str,
    context: &Context<'_>,
) -> Result<Creation> {
    let factory = loaded.factory(C::KIND).filter(|factory| factory.type_name == type_name);
    let factory = factory.ok_or_else(|| no_type(C::KIND, type_name))?;
    check_configuration(type_name, &factory.configuration_schema, context.configuration)?;
    Ok(Creation {
        name: context.name.to_owned(),
        configuration: context.configuration.to_owned(),
        context: encoded(context),
    })
}

fn encoded(context: &Context<'_>) -> Vec<u8> {
    let text = |text: &str| Value::String(text.to_owned());
    encode_map([
        ("name", text(context.name)),
        ("virtual-host", text(context.virtual_host)),
        ("instance", Value::Ulong(context.instance.0)),
        ("arguments", context.arguments.to_value()),
    ])
}

/// A type without a schema takes no configuration.
fn check_configuration(type_name: &str, schema: &str, configuration: &str) -> Result<()> {
    let members = serde_json::from_str::<serde_json::Map<_, _>>(configuration)
        .map_err(|error| Error::invalid(format!("the configuration is no JSON object: {error}")))?;
    if members.is_empty() || !(schema.is_empty() || schema == NO_CONFIGURATION) {
        return Ok(());
    }
    Err(Error::invalid(format!("'{type_name}' takes no configuration, only {{}}")))
}

fn check_types(old: &PluginInfo, new: &PluginInfo) -> std::result::Result<(), OpenError> {
    let types = |info: &PluginInfo| {
        let factories = info.factories.iter();
        let types = factories.map(|factory| format!("{} '{}'", factory.kind, factory.type_name));
        let mut types: Vec<_> = types.collect();
        types.sort_unstable();
        types.join(", ")
    };
    let (wanted, found) = (types(old), types(new));
    if wanted == found {
        return Ok(());
    }
    Err(OpenError::OtherTypes { plugin: new.name.clone(), found, wanted })
}

fn no_type(kind: Kind, type_name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("this plugin has no {kind} '{type_name}'"))
}
