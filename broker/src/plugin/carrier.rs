//! What carries a plugin: today a native library; its types are made through it.

use philter_plugin_api::{Auth, CommandOutput, Context, Exchange, Filter, Result, Store};

use super::description::Description;

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
}
