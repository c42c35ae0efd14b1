//! Ctrl-C and SIGTERM end a run in order: what it declared is deleted. A second one ends the
//! process at once, for a broker may be silent.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::engine::Interrupt;
use super::error::BenchError;
use crate::shutdown::{ENDED_BY_SIGINT, ENDED_BY_SIGTERM};

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
        runtime.block_on(either(&mut interrupted, &mut terminated));
        set.store(true, Ordering::Relaxed);
        // Nobody may be there to see it.
        let _ = writeln!(io::stderr(), "deleting what was declared; a second signal ends at once");
        std::process::exit(runtime.block_on(either(&mut interrupted, &mut terminated)));
    });
    Ok(interrupt)
}

/// Waits for a signal; the exit code of a process that it ends.
async fn either(interrupted: &mut Signal, terminated: &mut Signal) -> i32 {
    tokio::select! {
        _ = interrupted.recv() => ENDED_BY_SIGINT,
        _ = terminated.recv() => ENDED_BY_SIGTERM,
    }
}
