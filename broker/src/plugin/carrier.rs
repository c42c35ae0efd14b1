//! What carries a plugin, a native library or a component: its types are made through it.

use philter_plugin_api::{Auth, CommandOutput, Context, Exchange, Filter, Result, Store};

use super::description::Description;
use super::sandbox::Sandbox;

/// Why a file was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LoadFailure {
    /// The field, what was found and what is wanted.
    pub(crate) reason: String,
    /// Whether the file does not claim to be a plugin: it has no plugin's entry.
    pub(crate) is_no_plugin: bool,
}

/// A loaded plugin. It stays for the life of the process.
pub(crate) trait Carrier: Send + Sync {
    /// What the plugin says of itself.
    fn description(&self) -> &Description;

    /// Makes an exchange of this type.
    fn create_exchange(&self, type_name: &str, context: &Context<'_>) -> Result<Box<dyn Exchange>>;

    /// Makes the filter of this language.
    fn create_filter(&self, language: &str, context: &Context<'_>) -> Result<Box<dyn Filter>>;

    /// Makes the auth provider of this name.
    fn create_auth(&self, provider: &str, context: &Context<'_>) -> Result<Box<dyn Auth>>;

    /// Makes the store of this name.
    fn create_store(&self, store: &str, context: &Context<'_>) -> Result<Box<dyn Store>>;

    /// Runs a subcommand of one of its factories.
    fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn std::io::Read,
    ) -> Result<CommandOutput>;

    /// What there is besides where the plugin runs apart from the broker; a native library is part
    /// of the broker's process, and has none.
    fn sandbox(&self) -> Option<&dyn Sandbox> {
        None
    }

    /// What carries it, in a word.
    fn name(&self) -> &'static str {
        if self.sandbox().is_some() { "component" } else { "native" }
    }
}
