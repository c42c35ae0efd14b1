//! One component: the host's words in the broker's.

use std::io::Read;
use std::sync::Arc;

use philter_plugin_api::abi::host::HostServices;
use philter_plugin_api::{Auth, CommandOutput, Context, Exchange, Filter, Result, Store};
use philter_wasm::{BreakerState, Code, Engine, OpenError, Settings};

use crate::config::WasmSettings;
use crate::config::wasi::Wasi;
use crate::config::wasm::Endpoint;
use crate::plugin::carrier::Carrier;
use crate::plugin::description::Description;
use crate::plugin::sandbox::{Breaker, Figures, Sandbox};

/// A loaded component.
pub(super) struct Component {
    inner: philter_wasm::Component,
    /// As it was loaded. A file that is read again offers the same types.
    description: Description,
    settings: WasmSettings,
}

impl Component {
    /// Opens what stands in a file that the policy admitted.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn open(
        engine: &Arc<Engine>,
        code: Code<'_>,
        settings: WasmSettings,
        services: &Arc<dyn HostServices>,
    ) -> std::result::Result<Self, OpenError> {
        let services = Arc::clone(services);
        let inner = philter_wasm::Component::open_code(engine, code, hosts(&settings), services)?;
        let description = Description::of(&inner.info());
        Ok(Self { inner, description, settings })
    }
}

/// Settings in the host's words. What becomes of messages that a component fails on is for whoever
/// asks it to see to.
fn hosts(settings: &WasmSettings) -> Settings {
    Settings {
        memory_bytes_max: settings.memory_bytes_max,
        call_ms_max: settings.call_ms_max,
        create_ms_max: settings.create_ms_max,
        instances_max: settings.instances_max,
        traps_max: settings.traps_max,
        retry_ms: settings.retry_ms,
        wasi: settings.wasi.iter().copied().map(wasi).collect(),
        environment: settings.environment.clone(),
        files: settings.files.clone(),
        http: settings.http.iter().map(|(name, it)| (name.clone(), endpoint(it))).collect(),
    }
}

fn wasi(granted: Wasi) -> philter_wasm::Wasi {
    match granted {
        Wasi::Clocks => philter_wasm::Wasi::Clocks,
        Wasi::Random => philter_wasm::Wasi::Random,
        Wasi::Stdio => philter_wasm::Wasi::Stdio,
        Wasi::Environment => philter_wasm::Wasi::Environment,
        Wasi::Stubs => philter_wasm::Wasi::Stubs,
    }
}

/// An endpoint in the host's words.
fn endpoint(endpoint: &Endpoint) -> philter_wasm::Endpoint {
    philter_wasm::Endpoint {
        url: endpoint.url.clone(),
        timeout_ms: endpoint.timeout_ms,
        response_bytes_max: endpoint.response_bytes_max,
        ca_file: endpoint.ca_file.clone(),
    }
}

impl Carrier for Component {
    fn description(&self) -> &Description {
        &self.description
    }

    fn create_exchange(&self, type_name: &str, context: &Context<'_>) -> Result<Box<dyn Exchange>> {
        self.inner.create_exchange(type_name, context)
    }

    fn create_filter(&self, language: &str, context: &Context<'_>) -> Result<Box<dyn Filter>> {
        self.inner.create_filter(language, context)
    }

    fn create_auth(&self, provider: &str, context: &Context<'_>) -> Result<Box<dyn Auth>> {
        self.inner.create_auth(provider, context)
    }

    fn create_store(&self, store: &str, context: &Context<'_>) -> Result<Box<dyn Store>> {
        self.inner.create_store(store, context)
    }

    fn command(
        &self,
        subcommand: &str,
        context: &Context<'_>,
        arguments: &[&str],
        input: &mut dyn Read,
    ) -> Result<CommandOutput> {
        self.inner.command(subcommand, context, arguments, input)
    }

    fn sandbox(&self) -> Option<&dyn Sandbox> {
        Some(self)
    }
}

impl Sandbox for Component {
    fn settings(&self) -> &WasmSettings {
        &self.settings
    }

    fn figures(&self) -> Figures {
        let counted = self.inner.statistics();
        Figures {
            calls: counted.calls,
            messages: counted.messages,
            call_ns: counted.call_ns,
            traps: counted.traps,
            deadline_hits: counted.deadline_hits,
            refused_memory: counted.refused_memory,
            outgrown: counted.outgrown,
            faults: counted.faults,
            instances: counted.instances,
            memory_bytes: counted.memory_bytes,
            broken: counted.broken,
            reloads: counted.reloads,
            breaker: match counted.breaker {
                BreakerState::Closed => Breaker::Closed,
                BreakerState::HalfOpen => Breaker::HalfOpen,
                BreakerState::Open => Breaker::Open,
            },
            breaker_opened: counted.breaker_opened,
            last_error: counted.last_error,
        }
    }

    fn version(&self) -> String {
        self.inner.info().version
    }

    fn reload(&self, code: &[u8]) -> std::result::Result<(), String> {
        self.inner.reload(code).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_has_the_same_defaults() {
        assert_eq!(hosts(&WasmSettings::default()), Settings::default());
        let url = "https://x".to_owned();
        let theirs = serde_json::from_value(serde_json::json!({ "url": url }));
        assert_eq!(endpoint(&Endpoint { url, ..Endpoint::default() }), theirs.unwrap());
    }

    #[test]
    fn the_host_has_the_same_words_for_what_is_granted() {
        let all = Wasi::ALL.map(|granted| (granted.name(), wasi(granted)));
        assert_eq!(all, philter_wasm::Wasi::ALL.map(|granted| (granted.name(), granted)));
    }
}
