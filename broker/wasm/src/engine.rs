//! What all components of a process share: the compiler's settings, the clock of their calls, the
//! folder of compiled code.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, OptLevel};

use crate::cache::{Cache, Sha256Digest};
use crate::error::EngineError;
use crate::limits::STACK_BYTES_MAX;
use crate::ticker::Ticker;

/// How components are run.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Where compiled code is kept; none: every start compiles.
    pub cache_dir: Option<PathBuf>,
    /// Threads that call components at the same time.
    pub workers: usize,
    /// Called on a call's own thread when the call has lasted a millisecond or two, once, and
    /// before a thread waits: whoever shares the thread can be sent elsewhere.
    pub when_long: Option<fn()>,
}

/// What components are run with. One in a process, made when the first component is opened.
pub struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) ticker: Ticker,
    cache: Option<Cache>,
    /// The last one: what a file is granted is known when it was opened once.
    last: Mutex<Option<(Sha256Digest, Component)>>,
    workers: usize,
    pub(crate) when_long: Option<fn()>,
}

impl Engine {
    /// Begins: a thread, which sleeps while nothing is called.
    ///
    /// # Errors
    /// A machine that components cannot be run on, or a folder that is not the broker's alone.
    pub fn new(options: EngineOptions) -> Result<Arc<Self>, EngineError> {
        let mut config = Config::new();
        config.epoch_interruption(true);
        config.max_wasm_stack(STACK_BYTES_MAX);
        config.cranelift_opt_level(OptLevel::Speed);
        let wasmtime = wasmtime::Engine::new(&config)
            .map_err(|error| EngineError::Unavailable { reason: format!("{error:#}") })?;
        Ok(Arc::new(Self {
            ticker: Ticker::start(wasmtime.weak())?,
            cache: options.cache_dir.map(Cache::open).transpose()?,
            last: Mutex::new(None),
            workers: options.workers.max(1),
            when_long: options.when_long,
            wasmtime,
        }))
    }

    /// How many threads call a component at the same time.
    pub(crate) fn workers(&self) -> usize {
        self.workers
    }

    /// Sends whoever shares this thread elsewhere, before it waits.
    pub(crate) fn leave(&self) {
        if let Some(when_long) = self.when_long {
            when_long();
        }
    }

    /// Compiles, or takes what was compiled before.
    pub(crate) fn compile(&self, bytes: &[u8]) -> wasmtime::Result<Component> {
        let digest = Sha256::digest(bytes).into();
        if let Some((_, component)) = self.last.lock().as_ref().filter(|(of, _)| *of == digest) {
            return Ok(component.clone());
        }
        let kept = self.cache.as_ref().and_then(|cache| cache.find(&self.wasmtime, &digest));
        let component = match kept {
            Some(component) => component,
            None => {
                let component = Component::from_binary(&self.wasmtime, bytes)?;
                if let Some(cache) = &self.cache {
                    cache.keep(&self.wasmtime, &digest, &component);
                }
                component
            }
        };
        *self.last.lock() = Some((digest, component.clone()));
        Ok(component)
    }
}
