//! Ctrl-C and SIGTERM end a run in order: what it declared is deleted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use super::engine::Interrupt;
use super::error::BenchError;

/// Set from the first signal on.
///
/// # Errors
/// The system does not say when there is one.
pub(crate) fn listen() -> Result<Interrupt, BenchError> {
    let failed = |source| BenchError::System { what: "waiting for signals", source };
    let interrupt = Interrupt::new(AtomicBool::new(false));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.map_err(failed)?;
    let guard = runtime.enter();
    let mut interrupted = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminated = signal(SignalKind::terminate()).map_err(failed)?;
    drop(guard);
    let set = Arc::clone(&interrupt);
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupted.recv() => {}
                _ = terminated.recv() => {}
            }
        });
        set.store(true, Ordering::Relaxed);
    });
    Ok(interrupt)
}
