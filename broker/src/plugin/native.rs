//! A native library behind the [`Carrier`] trait.

use std::path::Path;
use std::sync::Arc;

use philter_plugin_api::abi::host::{Library, LoadError};
use philter_plugin_api::{Auth, CommandOutput, Context, Exchange, Filter, Result, Store};

use super::carrier::{Carrier, LoadFailure};
use super::description::Description;
use super::services::Services;

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
        let description = Description::of(library.info());
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
