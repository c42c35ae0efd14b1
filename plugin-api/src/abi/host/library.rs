//! A plugin's library: opened, checked, and able to make instances.

use std::ffi::{OsStr, c_void};
use std::path::Path;
use std::sync::Arc;

use libloading::os::unix::{Library as Loaded, RTLD_LOCAL, RTLD_NOW};

use super::auth::NativeAuth;
use super::check::{Checked, CheckedFactory, KINDS, check};
use super::command::run_command;
use super::exchange::NativeExchange;
use super::filter::NativeFilter;
use super::handle::Handle;
use super::plugin::Plugin;
use super::reply::run_once;
use super::store::{NativeStore, capabilities};
use super::{HostServices, LoadError, PluginInfo, tokens};
use crate::abi::layout::{Versioned, read_versioned};
use crate::abi::magic::ENTRY_SYMBOL;
use crate::abi::types::{PhContext, PhHost, PhPlugin, PhSlice, PhVtable};
use crate::auth::Auth;
use crate::error::{Error, ErrorKind, Result};
use crate::exchange::Exchange;
use crate::factory::{CommandOutput, Context, Kind};
use crate::filter::Filter;
use crate::store::Store;

/// `philter_plugin_entry_v1`.
pub(super) type EntryFn = unsafe extern "C" fn(*const PhHost) -> *const PhPlugin;

/// A plugin's library. It stays loaded when this is dropped.
pub struct Library {
    plugin: &'static Plugin,
    checked: Checked,
    info: PluginInfo,
}

// SAFETY: the tables that the pointers lead to are constant and never freed, and the header lets
// their functions be called from any thread.
unsafe impl Send for Library {}
// SAFETY: as above.
unsafe impl Sync for Library {}

impl Library {
    /// Loads a library, with all its symbols bound now and none visible to others, and checks what
    /// it shows. Its code runs: whoever calls this has decided to trust the file.
    ///
    /// # Errors
    /// A file that is no library, no plugin, or none for this host; the text names field, found and
    /// wanted.
    pub fn open(
        path: &Path,
        services: Arc<dyn HostServices>,
    ) -> std::result::Result<Self, LoadError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let open = |reason: String| LoadError::Open { plugin: file.clone(), reason };
        // A bare name would be searched for in the system's folders: only the file that was named
        // will do.
        let path = std::fs::canonicalize(path).map_err(|error| open(error.to_string()))?;
        let entry = load(path.as_os_str(), &file)?;
        // SAFETY: the symbol is the entry of a plugin, by its name.
        unsafe { Self::enter(file, entry, services) }
    }

    /// Checks what an entry answers.
    ///
    /// # Safety
    /// `entry` is the entry of a plugin, in a library that is never unloaded.
    pub(super) unsafe fn enter(
        file: String,
        entry: EntryFn,
        services: Arc<dyn HostServices>,
    ) -> std::result::Result<Self, LoadError> {
        let plugin = Plugin::leaked(file.clone(), services);
        // SAFETY: the caller's promise, and a host that lives as long as the process.
        let shown = unsafe { entry(plugin.host()) };
        // SAFETY: the header has the plugin promise that what it shows is constant and never freed.
        let checked = unsafe { check(&file, shown, KINDS) }?;
        plugin.named(&checked.name);
        let info = checked.info();
        Ok(Self { plugin, checked, info })
    }

    /// What the plugin says of itself.
    pub fn info(&self) -> &PluginInfo {
        &self.info
    }

    /// How many calls have answered PENDING and are not completed. While there is one, its instance
    /// is not destroyed.
    pub fn calls_pending(&self) -> usize {
        tokens::pending(self.plugin)
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
        let factory = self.factory(Kind::Exchange, type_name)?;
        // SAFETY: the factory's kind was checked, so its table is of this type.
        let vtable = unsafe { vtable(factory) };
        let handle = self.create(factory, context)?;
        Ok(Box::new(NativeExchange { handle, vtable }))
    }

    /// Makes a filter of this language.
    ///
    /// # Errors
    /// No such language, or what the plugin refuses.
    pub fn create_filter(&self, type_name: &str, context: &Context<'_>) -> Result<Box<dyn Filter>> {
        let factory = self.factory(Kind::Filter, type_name)?;
        // SAFETY: the factory's kind was checked, so its table is of this type.
        let vtable = unsafe { vtable(factory) };
        let handle = self.create(factory, context)?;
        Ok(Box::new(NativeFilter { handle, vtable }))
    }

    /// Makes an auth provider of this name.
    ///
    /// # Errors
    /// No such provider, or what the plugin refuses.
    pub fn create_auth(&self, type_name: &str, context: &Context<'_>) -> Result<Box<dyn Auth>> {
        let factory = self.factory(Kind::Auth, type_name)?;
        // SAFETY: the factory's kind was checked, so its table is of this type.
        let vtable = unsafe { vtable(factory) };
        let handle = self.create(factory, context)?;
        Ok(Box::new(NativeAuth { handle, vtable }))
    }

    /// Makes a store of this name.
    ///
    /// # Errors
    /// No such store, or what the plugin refuses.
    pub fn create_store(&self, type_name: &str, context: &Context<'_>) -> Result<Box<dyn Store>> {
        let factory = self.factory(Kind::Store, type_name)?;
        // SAFETY: the factory's kind was checked, so its table is of this type.
        let vtable = unsafe { vtable(factory) };
        let handle = self.create(factory, context)?;
        let (capabilities, offers) = capabilities(&handle, &vtable)?;
        Ok(Box::new(NativeStore { handle, vtable, capabilities, offers }))
    }

    /// Runs a subcommand: `arguments` follow its name, `input` is its standard input.
    ///
    /// # Errors
    /// No factory has this subcommand, or what the plugin refuses.
    pub fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput> {
        let mut factories = self.checked.factories.iter();
        let factory = factories.find(|factory| factory.subcommand.as_deref() == Some(subcommand));
        // SAFETY: every kind's table begins as this one.
        let table: Option<PhVtable> = factory.map(|factory| unsafe { vtable(factory) });
        let Some(command) = table.and_then(|table| table.command) else {
            return Err(self.not_found("subcommand", subcommand));
        };
        run_command(self.plugin, command, &raw_context(context), arguments, input)
    }

    fn factory(&self, kind: Kind, type_name: &str) -> Result<&CheckedFactory> {
        let is_it = |factory: &&CheckedFactory| {
            factory.kind == kind.number() && factory.type_name == type_name
        };
        let factory = self.checked.factories.iter().find(is_it);
        factory.ok_or_else(|| self.not_found(kind.name(), type_name))
    }

    fn not_found(&self, what: &str, name: &str) -> Error {
        let text = format!("plugin '{}' has no {what} '{name}'", self.info.name);
        Error::new(ErrorKind::NotFound, text)
    }

    fn create(&self, factory: &CheckedFactory, context: &Context<'_>) -> Result<Arc<Handle>> {
        // SAFETY: every kind's table begins as this one.
        let table: PhVtable = unsafe { vtable(factory) };
        let create = table.create.ok_or_else(|| Error::unsupported("create"))?;
        let number = context.instance;
        let context = raw_context(context);
        let mut instance: *mut c_void = std::ptr::null_mut();
        run_once(self.plugin, "create", |reply| {
            // SAFETY: the plugin's entry, and what is borrowed here for the call.
            unsafe { create(&raw const context, &raw mut instance, reply) }
        })?;
        Ok(Handle::new(instance, number, table.destroy, self.plugin))
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("info", &self.info).finish_non_exhaustive()
    }
}

fn load(path: &OsStr, file: &str) -> std::result::Result<EntryFn, LoadError> {
    // SAFETY: the library's initialisers run, which is what the caller of `open` asked for.
    let loaded = unsafe { Loaded::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    let loaded = loaded
        .map_err(|error| LoadError::Open { plugin: file.to_owned(), reason: error.to_string() })?;
    // SAFETY: the symbol is a function of this type, by its name.
    let entry = unsafe { loaded.get::<EntryFn>(ENTRY_SYMBOL) };
    let entry = entry.map(|entry| *entry);
    let missing = |_| LoadError::MissingSymbol { plugin: file.to_owned() };
    let entry = entry.map_err(missing);
    // Never unloaded: threads and thread-locals of the plugin may outlive any use of it.
    std::mem::forget(loaded);
    entry
}

/// The factory's table, what it does not cover being absent.
///
/// # Safety
/// The table of the factory's kind is, or begins as, a `V`.
unsafe fn vtable<V: Versioned>(factory: &CheckedFactory) -> V {
    // SAFETY: checked to be not NULL; the caller's promise.
    unsafe { read_versioned(factory.vtable.cast::<V>()) }
}

fn raw_context(context: &Context<'_>) -> PhContext {
    PhContext {
        size: size_of::<PhContext>(),
        instance: context.instance.0,
        name: PhSlice::of(context.name),
        virtual_host: PhSlice::of(context.virtual_host),
        configuration: PhSlice::of(context.configuration),
        data_dir: context.data_dir.map_or(PhSlice::ABSENT, PhSlice::of),
        arguments: PhSlice::new(context.arguments.encoded()),
    }
}
