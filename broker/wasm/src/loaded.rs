//! A component that was compiled, checked and described: what instances are made from.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use philter_plugin_api::abi::host::{FactoryInfo, HostServices, PluginInfo};
use philter_plugin_api::abi::magic::{ABI_MAJOR, ABI_MINOR};
use philter_plugin_api::{CommandOutput, Error, ErrorKind, Kind, Level};
use wasmtime::Store;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::call;
use crate::code::Code;
use crate::contract::{
    self, AuthContract, Contract, ExchangeContract, Exports, FilterContract, StoreContract,
};
use crate::description::{self, Described};
use crate::engine::Engine;
use crate::error::OpenError;
use crate::failure::Failure;
use crate::granted::{self, Grants};
use crate::host::{self, State, Voice};
use crate::limits::{COMMAND_INPUT_BYTES_MAX, COMMAND_TIME_MAX};
use crate::memory::Memory;
use crate::settings::Settings;
use crate::statistics::Counters;
use crate::store;
use crate::wasi::{self, Output};

/// The package's interface that has types alone.
const TYPES: &str = "philter:plugin/types@1.0.0";

/// A compiled component and what it says of itself.
pub(crate) struct Loaded {
    pub(crate) engine: Arc<Engine>,
    pub(crate) settings: Settings,
    pub(crate) counters: Arc<Counters>,
    pub(crate) voice: Arc<Voice>,
    pub(crate) info: PluginInfo,
    grants: Arc<Grants>,
    pre: InstancePre<State>,
}

/// What a component is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make things of it: it has what its settings grant, and is refused where it wants more.
    Use,
    /// To hear what it says of itself, whatever it may want to be granted.
    Description,
}

impl Loaded {
    /// Compiles and describes what stands in a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn open(
        engine: &Arc<Engine>,
        code: Code<'_>,
        settings: Settings,
        services: Arc<dyn HostServices>,
        counters: Arc<Counters>,
        purpose: Purpose,
    ) -> Result<Self, OpenError> {
        let file = code.file.to_owned();
        let component = compile(engine, code.bytes, &file)?;
        let kinds = offered(engine, &component, &file)?;
        if purpose == Purpose::Use {
            check_imports(engine, &component, &kinds, &settings, &file)?;
        }
        let grants = Arc::new(Grants::new(&settings, &file)?);
        let pre = link(engine, &component, &settings, purpose);
        let pre = pre.map_err(|error| OpenError::Instantiate {
            plugin: file.clone(),
            reason: format!("{error:#}"),
        })?;
        let voice = Arc::new(Voice::new(&services, &file));
        let info = PluginInfo {
            name: file.clone(),
            version: String::new(),
            licence: String::new(),
            abi: (ABI_MAJOR, ABI_MINOR),
            factories: Vec::new(),
            refused: Vec::new(),
        };
        let engine = Arc::clone(engine);
        let mut loaded = Self { engine, settings, counters, voice, info, grants, pre };
        for kind in kinds {
            let described = match kind {
                Kind::Exchange => loaded.describe::<ExchangeContract>(&file)?,
                Kind::Auth => loaded.describe::<AuthContract>(&file)?,
                Kind::Store => loaded.describe::<StoreContract>(&file)?,
                _ => loaded.describe::<FilterContract>(&file)?,
            };
            loaded.take(described);
        }
        loaded.voice = Arc::new(Voice::new(&services, &loaded.info.name));
        Ok(loaded)
    }

    /// A new store with nothing in it, and an instance.
    pub(crate) fn instantiate(
        &self,
    ) -> Result<(Store<State>, wasmtime::component::Instance), Failure> {
        let memory = Memory::new(self.settings.memory_bytes_max, Arc::clone(&self.counters));
        let state = State {
            voice: Arc::clone(&self.voice),
            memory,
            grants: Arc::clone(&self.grants),
            may_wait: false,
            when_long: self.engine.when_long,
            looked_at: None,
            time_max: Duration::ZERO,
            stdout: Output::new(&self.voice, Level::Info),
            stderr: Output::new(&self.voice, Level::Warn),
            map: None,
        };
        let mut store = Store::new(&self.engine.wasmtime, state);
        store.limiter(|state| &mut state.memory);
        call::watch(&mut store);
        call::allow(&mut store, self.create_time());
        let _under_way = self.engine.ticker.begin();
        match self.pre.instantiate(&mut store) {
            Ok(instance) => Ok((store, instance)),
            Err(error) => Err(call::trapped(&mut store, &error)),
        }
    }

    /// What calls that are not about messages may take.
    pub(crate) fn create_time(&self) -> Duration {
        Duration::from_millis(self.settings.create_ms_max)
    }

    /// What calls about messages may take.
    pub(crate) fn call_time(&self) -> Duration {
        Duration::from_millis(self.settings.call_ms_max)
    }

    /// The type of a kind, of which a component has one.
    pub(crate) fn factory(&self, kind: Kind) -> Option<&FactoryInfo> {
        self.info.factories.iter().find(|factory| factory.kind == kind)
    }

    /// Runs a subcommand of an interface, in an instance of its own.
    pub(crate) fn command(
        &self,
        interface: &str,
        configuration: &str,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> philter_plugin_api::Result<CommandOutput> {
        let mut bytes = Vec::new();
        let read = input.take(COMMAND_INPUT_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::internal(format!("standard input cannot be read: {error}")))?;
        if bytes.len() as u64 > COMMAND_INPUT_BYTES_MAX {
            let text = format!("standard input has more than {COMMAND_INPUT_BYTES_MAX} bytes");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        let failed = |failure: Failure| failure.into_error(&self.info.name);
        let (mut store, instance) = self.instantiate().map_err(failed)?;
        let mut exports = Exports { store: &mut store, instance, interface };
        let found = exports.function("command");
        let command: contract::Command =
            found.map_err(|wrong| failed(Failure::Fault(wrong.reason)))?;
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let parameters = (configuration.to_owned(), arguments, bytes);
        let ticker = &self.engine.ticker;
        store.data_mut().may_wait = true;
        let (answer,) = call::call(&mut store, ticker, &command, parameters, COMMAND_TIME_MAX)
            .map_err(failed)?;
        answer.map(Into::into).map_err(|error| failed(error.into()))
    }

    fn describe<C: Contract>(&self, file: &str) -> Result<Described, OpenError> {
        let (plugin, interface) = (file.to_owned(), C::INTERFACE.to_owned());
        let failed = |reason: String| OpenError::Instantiate { plugin: file.to_owned(), reason };
        let (mut store, instance) =
            self.instantiate().map_err(|failure| failed(text_of(failure)))?;
        let mut exports = Exports { store: &mut store, instance, interface: C::INTERFACE };
        let wrong = |wrong: contract::WrongFunction| OpenError::WrongFunction {
            plugin: file.to_owned(),
            interface: C::INTERFACE.to_owned(),
            function: wrong.function,
            reason: wrong.reason,
        };
        let describe = contract::describe(&mut exports).map_err(wrong)?;
        contract::Common::find(&mut exports).map_err(wrong)?;
        let _: contract::Command = exports.function("command").map_err(wrong)?;
        C::functions(&mut exports).map_err(wrong)?;
        let time = self.create_time();
        let said = call::call(&mut store, &self.engine.ticker, &describe, (), time);
        let reason = match said {
            Ok((json,)) => match description::read::<C>(&json) {
                Ok(described) => return Ok(described),
                Err(reason) => reason,
            },
            Err(failure) => text_of(failure),
        };
        Err(OpenError::Describe { plugin, interface, reason })
    }

    fn take(&mut self, described: Described) {
        // All interfaces of a component are of one plugin: the first one names it.
        if self.info.factories.is_empty() {
            self.info.name = described.name;
            self.info.version = described.version;
            self.info.licence = described.licence;
        }
        self.info.factories.push(described.factory);
    }
}

/// A failure before there is a plugin to name.
pub(crate) fn text_of(failure: Failure) -> String {
    match failure {
        Failure::Trap { text, .. } | Failure::Fault(text) | Failure::Unavailable(text) => text,
        Failure::Plugin(error) => error.to_string(),
        Failure::TooLong(error) => error.to_string(),
    }
}

fn compile(engine: &Engine, bytes: &[u8], file: &str) -> Result<Component, OpenError> {
    // The version behind the magic says which of the two it is (component model, binary format).
    if bytes.get(..8) == Some(b"\0asm\x01\0\0\0".as_slice()) {
        return Err(OpenError::CoreModule { plugin: file.to_owned() });
    }
    engine.compile(bytes).map_err(|error| OpenError::NoComponent {
        plugin: file.to_owned(),
        reason: format!("{error:#}"),
    })
}

fn check_imports(
    engine: &Engine,
    component: &Component,
    kinds: &[Kind],
    settings: &Settings,
    file: &str,
) -> Result<(), OpenError> {
    let mut granted = vec![host::INTERFACE, TYPES];
    granted.extend(granted::interfaces(kinds, settings));
    // A map is a store's.
    granted.extend(kinds.contains(&Kind::Store).then_some(store::KEY_VALUE));
    let is_granted = |name: &str| {
        granted.iter().any(|granted| contract::is_same(granted, name))
            || wasi::is_granted(&settings.wasi, name)
    };
    let component_type = component.component_type();
    let imports = component_type.imports(&engine.wasmtime).map(|(name, _)| name.to_owned());
    let missing: Vec<String> = imports.filter(|name| !is_granted(name)).collect();
    // What nothing grants comes first: no setting helps as long as that is there.
    let setting = |missing: &[String]| wasi::setting_for(&settings.wasi, missing);
    let beyond = missing.iter().find(|import| setting(std::slice::from_ref(import)).is_none());
    let table = table_of(file);
    let (import, remedy) = match (beyond, missing.first(), setting(&missing)) {
        (None, None, _) => return Ok(()),
        (None, Some(import), Some(setting)) => {
            (import, format!("'{setting}' in its table {table} grants all that it imports"))
        }
        (Some(import), ..) | (None, Some(import), None) => {
            (import, granted::remedy(kinds, import, &table))
        }
    };
    Err(OpenError::NotGranted { plugin: file.to_owned(), import: import.clone(), remedy })
}

/// The table of the configuration that grants something to a file.
fn table_of(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let name = if stem.chars().all(is_bare) { stem.to_owned() } else { format!("{stem:?}") };
    format!("[wasm.{name}]")
}

/// The kinds of ours that it exports.
fn offered(engine: &Engine, component: &Component, file: &str) -> Result<Vec<Kind>, OpenError> {
    let wanted = [
        (Kind::Exchange, ExchangeContract::INTERFACE),
        (Kind::Filter, FilterContract::INTERFACE),
        (Kind::Auth, AuthContract::INTERFACE),
        (Kind::Store, StoreContract::INTERFACE),
    ];
    let component_type = component.component_type();
    let exports: Vec<String> =
        component_type.exports(&engine.wasmtime).map(|(name, _)| name.to_owned()).collect();
    let mut kinds = Vec::new();
    let bare = |name: &str| name.split('@').next().map(str::to_owned);
    let is_named = |interface: &str, name: &str| bare(interface) == bare(name);
    let mut other_version = None;
    // In their order: the first one names the plugin.
    for name in &exports {
        let ours = wanted.iter().find(|(_, interface)| is_named(interface, name));
        match ours {
            Some((kind, interface)) if contract::is_same(interface, name) => {
                let is_new = !kinds.contains(kind);
                kinds.extend(is_new.then_some(*kind));
            }
            Some((kind, interface)) => other_version = Some((*kind, name, *interface)),
            None => {}
        }
    }
    if let Some((kind, found, wanted)) = other_version
        && !kinds.contains(&kind)
    {
        return Err(OpenError::InterfaceVersion {
            plugin: file.to_owned(),
            found: found.clone(),
            wanted: wanted.to_owned(),
        });
    }
    if kinds.is_empty() {
        let found = if exports.is_empty() { "nothing".to_owned() } else { exports.join(", ") };
        let wanted = wanted.map(|(_, interface)| interface).join(", ");
        return Err(OpenError::NoInterface { plugin: file.to_owned(), found, wanted });
    }
    Ok(kinds)
}

/// Each interface under the name that the component has for it. Functions that a later minor
/// version of it has, and this broker does not, are traps where they are called.
fn link(
    engine: &Engine,
    component: &Component,
    settings: &Settings,
    purpose: Purpose,
) -> wasmtime::Result<InstancePre<State>> {
    let mut linker = Linker::new(&engine.wasmtime);
    linker.allow_shadowing(true);
    for (name, import) in component.component_type().imports(&engine.wasmtime) {
        if let ComponentItem::ComponentInstance(of) = import.ty
            && contract::is_same(host::INTERFACE, name)
        {
            wasi::say_what_is_absent(&mut linker.instance(name)?, engine, name, &of)?;
            host::link(&mut linker, name)?;
        }
    }
    linker.allow_shadowing(false);
    granted::link(&mut linker)?;
    store::link(&mut linker)?;
    wasi::link(&mut linker, engine, component, settings)?;
    if purpose == Purpose::Description {
        linker.define_unknown_imports_as_traps(component)?;
    }
    linker.instantiate_pre(component)
}
