//! A store of a component behind the SDK's own trait: one instance on a thread of its own, over a
//! database of the host's.
//!
//! What comes while the thread is busy is run call by call, committed once and then answered. So a
//! store in a component is as durable as its database, whatever the component does.
//!
//! Invariants:
//! - calls run in the order in which they came;
//! - nothing is answered before it is durable;
//! - one instance at a time has a data directory.

mod bounds;
mod calls;
mod database;
mod guest;
mod map;
mod pages;
mod promise;
mod queue;
mod runner;
mod seen;
mod shared;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use philter_plugin_api::{Context, Error, InstanceId, Kind, Level, Result};

use self::bounds::Bounds;
use self::database::Database;
use self::guest::Said;
pub(crate) use self::map::{INTERFACE as KEY_VALUE, Map, link};
use self::promise::Promise;
use self::queue::Queue;
use self::runner::Runner;
pub(crate) use self::shared::Shared;
use crate::host::Voice;
use crate::instance::Creation;
use crate::loaded::Loaded;
use crate::statistics::Counters;
use crate::watch::Watch;

/// A store of a component.
pub(crate) struct WasmStore {
    shared: Arc<Shared>,
    said: Said,
    bounds: Bounds,
    instance: InstanceId,
    counters: Arc<Counters>,
    voice: Arc<Voice>,
    promise: Promise,
    thread: Option<JoinHandle<()>>,
}

impl WasmStore {
    /// Makes the store of a component, over the database in its data directory.
    ///
    /// # Errors
    /// Another instance has the directory, or what the plugin refuses.
    pub(crate) fn create(
        loaded: &Arc<Loaded>,
        type_name: &str,
        context: &Context<'_>,
        creation: Creation,
    ) -> Result<Self> {
        let database = match context.data_dir {
            Some(data_dir) => Database::open(Path::new(data_dir), type_name)?,
            None => {
                let text = "there is no data directory: messages are kept in memory, and nothing \
                            outlives this process";
                loaded.voice.say(Level::Warn, text);
                Database::in_memory()?
            }
        };
        Self::over(loaded, database, context.instance, creation)
    }

    fn over(
        loaded: &Arc<Loaded>,
        database: Database,
        instance: InstanceId,
        creation: Creation,
    ) -> Result<Self> {
        let settings = &loaded.settings;
        let watch = Watch::new(Kind::Store, &creation.name, settings);
        let (name, queue) = (creation.name.clone(), Queue::default());
        let shared = Arc::new(Shared { name, queue, watch });
        let promise = Promise::of(database.file());
        let runner = Runner::new(loaded, &shared, creation, database);
        let mut store = Self {
            thread: Some(start(runner, Arc::clone(&shared))?),
            shared,
            said: Said::default(),
            bounds: Bounds::of(&Said::default(), settings.memory_bytes_max),
            instance,
            counters: Arc::clone(&loaded.counters),
            voice: Arc::clone(&loaded.voice),
            promise,
        };
        store.said = store.shared.wait(Runner::begin)?;
        store.bounds = Bounds::of(&store.said, settings.memory_bytes_max);
        Ok(store)
    }

    /// What goes on through the shared side, for the reload of a component.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    fn has(&self, is_there: bool, entry: &str) -> Result<()> {
        if is_there { Ok(()) } else { Err(Error::unsupported(entry)) }
    }
}

/// Starts the thread of a store.
fn start(runner: Runner, shared: Arc<Shared>) -> Result<JoinHandle<()>> {
    /// Closes the queue whichever way the thread ends.
    struct Closes(Arc<Shared>);

    impl Drop for Closes {
        fn drop(&mut self) {
            self.0.queue.close();
        }
    }

    let thread = std::thread::Builder::new().name("wasm-store".to_owned());
    let thread = thread.spawn(move || {
        let closes = Closes(shared);
        closes.0.queue.begin();
        runner.run(&closes.0.queue);
    });
    thread.map_err(|error| Error::internal(format!("no thread for the store: {error}")))
}

impl Drop for WasmStore {
    fn drop(&mut self) {
        self.shared.queue.end();
        if !self.shared.queue.is_own_thread()
            && self.thread.take().is_some_and(|thread| thread.join().is_err())
        {
            self.voice.say(Level::Error, "the store's thread ended by a fault of this program");
        }
        // What did not begin is nobody's.
        if self.said != Said::default() {
            self.voice.ended(self.instance);
        }
    }
}
