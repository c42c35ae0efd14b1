//! Counts milliseconds for calls that are under way, so that a call that takes too long is heard
//! of.
//!
//! Invariant: while a call is under way the epoch moves once a millisecond; a while after the last
//! one the thread sleeps until somebody calls again, so that components which are only loaded cost
//! nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::EngineWeak;

use crate::error::EngineError;

const TICK: Duration = Duration::from_millis(1);

/// Ticks without a call before it sleeps: calls in a row shall not wake it each.
const IDLE_TICKS_MAX: u32 = 50;

/// Knows which calls are under way.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Default)]
struct Shared {
    under_way: AtomicUsize,
    sleeps: AtomicBool,
    /// Whether a call began since the last tick.
    was_called: AtomicBool,
}

/// A call that is under way.
pub(crate) struct UnderWay<'a>(&'a Shared);

impl Ticker {
    /// Begins. The thread ends with the engine.
    pub(crate) fn start(engine: EngineWeak) -> Result<Self, EngineError> {
        let name = "wasm-ticker";
        let shared = Arc::new(Shared::default());
        let seen = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name(name.to_owned());
        let thread = thread
            .spawn(move || run(&engine, &seen))
            .map_err(|error| EngineError::Thread { name, error })?;
        Ok(Self { shared, thread: thread.thread().clone() })
    }

    /// A call begins; it ends with what is answered.
    pub(crate) fn begin(&self) -> UnderWay<'_> {
        let shared = &*self.shared;
        shared.under_way.fetch_add(1, Ordering::SeqCst);
        if shared.sleeps.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        UnderWay(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.was_called.store(true, Ordering::Relaxed);
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.thread.unpark();
    }
}

fn run(engine: &EngineWeak, shared: &Shared) {
    let mut idle_ticks = 0;
    loop {
        std::thread::sleep(TICK);
        let Some(engine) = engine.upgrade() else { return };
        engine.increment_epoch();
        drop(engine);
        let was_called = shared.was_called.swap(false, Ordering::Relaxed);
        idle_ticks = if was_called { 0 } else { idle_ticks + 1 };
        if idle_ticks > IDLE_TICKS_MAX && shared.under_way.load(Ordering::SeqCst) == 0 {
            shared.sleeps.store(true, Ordering::SeqCst);
            // Whoever began before that was said is seen here, whoever begins later unparks.
            if shared.under_way.load(Ordering::SeqCst) == 0 {
                std::thread::park();
            }
            shared.sleeps.store(false, Ordering::SeqCst);
            idle_ticks = 0;
        }
    }
}
