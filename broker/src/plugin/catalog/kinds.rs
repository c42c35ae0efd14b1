//! The types of each kind, ready to be made.

use std::sync::Arc;

use philter_plugin_api::{Auth, Context, Error, ErrorKind, Exchange, Filter, Kind, Store};

use super::{Catalog, Instances, Plugin};
use crate::auth::{Audience, Profile, Provider};
use crate::config::wasm::OnFailure;
use crate::config::{AuthMode, Config};
use crate::plugin::{InstanceError, configuration};

/// A type of exchange.
#[derive(Clone)]
pub(crate) struct ExchangeType {
    factory: Made,
}

/// A filter language.
#[derive(Clone)]
pub(crate) struct FilterLanguage {
    factory: Made,
}

/// A factory of a loaded library.
#[derive(Clone)]
struct Made {
    plugin: Arc<Plugin>,
    index: usize,
    instances: Arc<Instances>,
}

impl ExchangeType {
    /// Makes an exchange. `context` says its name, virtual host and arguments; instance,
    /// configuration and data directory are filled in here.
    ///
    /// # Errors
    /// Arguments or a configuration that the plugin does not take.
    pub(crate) fn create(
        &self,
        context: &Context<'_>,
    ) -> philter_plugin_api::Result<Box<dyn Exchange>> {
        let made = self.factory.instances.context(context.name, self.factory.configuration());
        let (virtual_host, arguments) = (context.virtual_host, context.arguments);
        let context = Context { virtual_host, arguments, ..made };
        self.factory.plugin.carrier.create_exchange(self.factory.type_name(), &context)
    }

    /// Whether `route` may wait for something.
    pub(crate) fn may_block(&self) -> bool {
        self.factory.may_block()
    }

    /// What becomes of messages that it can't decide about.
    pub(crate) fn on_failure(&self) -> OnFailure {
        self.factory.on_failure()
    }
}

impl FilterLanguage {
    /// Makes the language's instance.
    ///
    /// # Errors
    /// A configuration that the plugin does not take.
    pub(crate) fn create(&self) -> philter_plugin_api::Result<Box<dyn Filter>> {
        let type_name = self.factory.type_name();
        let context = self.factory.instances.context(type_name, self.factory.configuration());
        self.factory.plugin.carrier.create_filter(type_name, &context)
    }

    /// Whether `matches` may wait for something.
    pub(crate) fn may_block(&self) -> bool {
        self.factory.may_block()
    }

    /// What becomes of messages that it can't decide about.
    pub(crate) fn on_failure(&self) -> OnFailure {
        self.factory.on_failure()
    }
}

impl Made {
    fn type_name(&self) -> &str {
        let factory = self.plugin.description().factories.get(self.index);
        factory.map_or("", |factory| factory.type_name.as_str())
    }

    fn configuration(&self) -> &str {
        self.plugin.configurations.get(self.index).map_or("{}", String::as_str)
    }

    fn with_guest(&self) -> Option<String> {
        let factory = self.plugin.description().factories.get(self.index)?;
        configuration::with_guest(self.configuration(), factory)
    }

    /// What its table says, which a library has none of.
    fn on_failure(&self) -> OnFailure {
        let sandbox = self.plugin.sandbox();
        sandbox.map_or_else(OnFailure::default, |sandbox| sandbox.settings().on_failure)
    }

    fn may_block(&self) -> bool {
        let factory = self.plugin.description().factories.get(self.index);
        factory.is_some_and(|factory| factory.may_block)
    }
}

impl Catalog {
    /// The exchange type of this name.
    pub(crate) fn exchange_type(&self, name: &str) -> Option<ExchangeType> {
        self.made(Kind::Exchange, name).map(|factory| ExchangeType { factory })
    }

    /// The filter language of this name.
    pub(crate) fn filter_language(&self, name: &str) -> Option<FilterLanguage> {
        self.made(Kind::Filter, name).map(|factory| FilterLanguage { factory })
    }

    /// The names of all exchange types, sorted.
    pub(crate) fn exchange_types(&self) -> Vec<&str> {
        self.type_names(Kind::Exchange)
    }

    /// The names of all filter languages, sorted.
    pub(crate) fn filter_languages(&self) -> Vec<&str> {
        self.type_names(Kind::Filter)
    }

    /// Makes the configured auth providers, in their order. One that knows a guest stands there
    /// twice: as configured, and behind that with the guest, for the clients that come as guests.
    ///
    /// # Errors
    /// Which one was not made, and why.
    pub(crate) fn auth_providers(&self, config: &Config) -> Result<Vec<Provider>, InstanceError> {
        let mut providers = Vec::new();
        for name in &config.auth_providers {
            let auth = self.single(Kind::Auth, name, |made, context| {
                made.plugin.carrier.create_auth(name, context)
            })?;
            providers.push(Provider { name: name.clone(), auth, audience: Audience::Everyone });
            if config.auth == AuthMode::Everyone {
                continue;
            }
            if let Some(auth) = self.with_guest(name).transpose()? {
                let audience = Audience::Speaking(Profile::V0_9_1);
                providers.push(Provider { name: name.clone(), auth, audience });
            }
        }
        Ok(providers)
    }

    /// The provider of this name with its guest, where it has one.
    fn with_guest(&self, name: &str) -> Option<Result<Box<dyn Auth>, InstanceError>> {
        let configuration = self.made(Kind::Auth, name)?.with_guest()?;
        Some(self.single(Kind::Auth, name, |made, context| {
            let context = Context { configuration: &configuration, ..*context };
            made.plugin.carrier.create_auth(name, &context)
        }))
    }

    /// Makes the store of this name.
    ///
    /// # Errors
    /// Why it was not made.
    pub(crate) fn store(&self, name: &str) -> Result<Box<dyn Store>, InstanceError> {
        self.single(Kind::Store, name, |made, context| {
            made.plugin.carrier.create_store(name, context)
        })
    }

    /// Makes the one instance of a type that has but one.
    fn single<T>(
        &self,
        kind: Kind,
        name: &str,
        create: impl FnOnce(&Made, &Context<'_>) -> philter_plugin_api::Result<T>,
    ) -> Result<T, InstanceError> {
        let failed = |error| {
            let what = format!("{} '{name}'", kind.name());
            InstanceError { what, error }
        };
        let Some(made) = self.made(kind, name) else {
            let text = "no loaded plugin offers it";
            return Err(failed(Error::new(ErrorKind::NotFound, text)));
        };
        let context = made.instances.context(name, made.configuration());
        create(&made, &context).map_err(failed)
    }

    fn type_names(&self, kind: Kind) -> Vec<&str> {
        let of_kind = self.factories().filter(|(_, _, factory)| factory.kind == kind);
        let mut names: Vec<_> = of_kind.map(|(_, _, factory)| factory.type_name.as_str()).collect();
        names.sort_unstable();
        names
    }

    fn made(&self, kind: Kind, type_name: &str) -> Option<Made> {
        let (plugin, index, _) = self.factory(kind, type_name)?;
        let (plugin, instances) = (Arc::clone(plugin), Arc::clone(&self.instances));
        Some(Made { plugin, index, instances })
    }
}
