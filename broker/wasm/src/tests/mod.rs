//! Components in text, run through the host.

mod auth;
mod exchange;
mod filter;
mod hostile;
mod hostile_auth;
mod opening;
mod reload;
mod wasi;

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use philter_plugin_api::abi::host::HostServices;
use philter_plugin_api::testing::MockMessage;
use philter_plugin_api::value::{MapRef, Value};
use philter_plugin_api::{
    Binding, BindingId, Context, Destination, Event, Exchange, Filter, FilterHandle, InstanceId,
    Level, Matches, MessageView, Protocol,
};
use philter_test_components::Component as Text;

use crate::{Code, Component, Engine, EngineOptions, OpenError, Settings};

/// What plugins said.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    heard: Condvar,
}

impl HostServices for Log {
    fn log(&self, plugin: &str, level: Level, text: &str) {
        self.lines.lock().push(format!("{plugin} {level:?} {text}"));
        self.heard.notify_all();
    }

    fn notify(&self, _: &str, _: InstanceId, _: Event, _: &Value) {}
}

/// A file of a component, and what it is loaded with.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    engine: Arc<Engine>,
    pub(crate) settings: Settings,
    log: Arc<Log>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_workers(2)
    }

    fn with_workers(workers: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::new(EngineOptions { workers, ..EngineOptions::default() }).unwrap();
        Self { folder, engine, settings: Settings::default(), log: Arc::default() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("plugin.wasm")
    }

    pub(crate) fn try_open(&self, bytes: impl AsRef<[u8]>) -> Result<Component, OpenError> {
        std::fs::write(self.path(), bytes).unwrap();
        let log = Arc::clone(&self.log) as Arc<dyn HostServices>;
        Component::open(&self.engine, &self.path(), self.settings.clone(), log)
    }

    pub(crate) fn open(&self, text: &Text) -> Component {
        self.try_open(text.build()).unwrap()
    }

    fn filter(&self, text: &Text) -> (Component, Box<dyn Filter>) {
        let component = self.open(text);
        let filter = component.create_filter("it", &context("it")).unwrap();
        (component, filter)
    }

    fn exchange(&self, text: &Text) -> (Component, Box<dyn Exchange>) {
        let component = self.open(text);
        let exchange = component.create_exchange("it", &context("orders")).unwrap();
        (component, exchange)
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.log.lines.lock().clone()
    }

    /// Waits for a line that has this in it.
    pub(crate) fn wait_for(&self, text: &str) {
        let mut lines = self.log.lines.lock();
        while !lines.iter().any(|line| line.contains(text)) {
            self.log.heard.wait(&mut lines);
        }
    }
}

/// Reads the file again.
pub(crate) fn reload(bench: &Bench, component: &Component) -> Result<(), OpenError> {
    component.reload(&std::fs::read(bench.path()).unwrap())
}

fn context(name: &str) -> Context<'_> {
    Context {
        instance: InstanceId(1),
        name,
        virtual_host: "v",
        configuration: "{}",
        data_dir: None,
        arguments: MapRef::default(),
    }
}

fn binding(id: u64, key: &str) -> Binding<'_> {
    Binding {
        id: BindingId(id),
        destination: Destination::Queue("q"),
        key,
        arguments: MapRef::default(),
        declared_by: Protocol::V0_10,
    }
}

fn matched(
    filter: &dyn Filter,
    batch: &[&dyn MessageView],
    handles: &[FilterHandle],
) -> philter_plugin_api::Result<Vec<(usize, usize)>> {
    let mut found = Vec::new();
    filter.matches(batch, handles, &mut |message, handle| found.push((message, handle)))?;
    Ok(found)
}

#[derive(Default)]
struct Found(Vec<(usize, u64)>);

impl Matches for Found {
    fn push(&mut self, index: usize, id: BindingId) {
        self.0.push((index, id.0));
    }
}

fn routed(
    exchange: &dyn Exchange,
    batch: &[&dyn MessageView],
) -> philter_plugin_api::Result<Vec<(usize, u64)>> {
    let mut found = Found::default();
    exchange.route(batch, &mut found)?;
    found.0.sort_unstable();
    Ok(found.0)
}

fn message(key: &str) -> MockMessage {
    MockMessage::new(key)
}
