//! An orderly end, in stages: SIGTERM, SIGINT or an operator's tool begins the drain, in which what
//! is on its way may be settled; then every connection says goodbye, and the process waits for
//! them.
//!
//! Invariants:
//! - stages only go forward;
//! - the drain ends by itself after its limit, and a second signal ends the process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::logging;

/// How long connections may take to say goodbye before they are dropped.
pub(crate) const GOODBYE_MS_MAX: u64 = 5_000;

/// Exit codes of a process that a signal ends, as shells and supervisors know them.
pub(crate) const ENDED_BY_SIGINT: i32 = 130;
pub(crate) const ENDED_BY_SIGTERM: i32 = 143;

/// How far the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Nobody asked for it.
    Running,
    /// Nothing new begins; what is on its way may be settled.
    Draining,
    /// Connections say goodbye, whatever they hold.
    Goodbye,
}

/// Tells everyone who holds a copy that the broker ends.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    tell: watch::Sender<Stage>,
    told: watch::Receiver<Stage>,
    drain_ms_max: Arc<AtomicU64>,
}

impl Shutdown {
    /// Listens for the signals that end the broker; a drain may take `drain_ms_max`.
    ///
    /// # Errors
    /// The operating system refused a signal handler.
    pub(crate) fn on_signals(drain_ms_max: u64) -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = Self::by_hand();
        shutdown.set_drain_ms_max(drain_ms_max);
        tokio::spawn(shutdown.clone().end_drain());
        let by_signal = shutdown.clone();
        tokio::spawn(async move {
            let mut signalled = async || {
                tokio::select! {
                    _ = terminate.recv() => ("SIGTERM", ENDED_BY_SIGTERM),
                    _ = interrupt.recv() => ("SIGINT", ENDED_BY_SIGINT),
                }
            };
            let (name, _) = signalled().await;
            by_signal.ask(name);
            let (name, code) = signalled().await;
            warn!("{name}: a second signal: ending at once");
            logging::flush();
            std::process::exit(code);
        });
        Ok(shutdown)
    }

    /// One that no signal asks for, and whose drain nobody ends.
    pub(crate) fn by_hand() -> Self {
        let (tell, told) = watch::channel(Stage::Running);
        Self { tell, told, drain_ms_max: Arc::default() }
    }

    /// Changes how long a drain may take that has not begun.
    pub(crate) fn set_drain_ms_max(&self, max: u64) {
        self.drain_ms_max.store(max, Ordering::Relaxed);
    }

    /// Asks for the end; who asks is for the log.
    pub(crate) fn ask(&self, who: &str) {
        info!("{who}: ending in order");
        self.advance(Stage::Draining);
    }

    /// How far the end is.
    pub(crate) fn stage(&self) -> Stage {
        *self.told.borrow()
    }

    /// Whether the end was asked for.
    pub(crate) fn is_asked(&self) -> bool {
        self.stage() > Stage::Running
    }

    /// Returns when the end was asked for.
    pub(crate) async fn asked(&mut self) {
        self.beyond(Stage::Running).await;
    }

    /// Returns when the end is further than a stage; never from the last one.
    pub(crate) async fn beyond(&mut self, stage: Stage) -> Stage {
        let reached = self.told.wait_for(|told| *told > stage).await.map(|stage| *stage);
        match reached {
            Ok(stage) => stage,
            Err(_) => std::future::pending().await,
        }
    }

    async fn end_drain(mut self) {
        self.asked().await;
        let max = Duration::from_millis(self.drain_ms_max.load(Ordering::Relaxed));
        tokio::time::sleep(max).await;
        self.advance(Stage::Goodbye);
    }

    fn advance(&self, to: Stage) {
        self.tell.send_if_modified(|stage| {
            let is_forward = to > *stage;
            *stage = to.max(*stage);
            is_forward
        });
    }
}

/// [`GOODBYE_MS_MAX`] as a duration.
pub(crate) fn goodbye_max() -> Duration {
    Duration::from_millis(GOODBYE_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_drain_ends_after_its_limit() {
        let mut shutdown = Shutdown::by_hand();
        shutdown.set_drain_ms_max(7_000);
        tokio::spawn(shutdown.clone().end_drain());
        shutdown.ask("a test");
        let begun = tokio::time::Instant::now();
        assert_eq!(shutdown.beyond(Stage::Running).await, Stage::Draining);
        assert_eq!(shutdown.beyond(Stage::Draining).await, Stage::Goodbye);
        assert_eq!(begun.elapsed(), Duration::from_secs(7));
    }

    #[test]
    fn asking_again_goes_no_stage_back() {
        let shutdown = Shutdown::by_hand();
        assert!(!shutdown.is_asked());
        shutdown.advance(Stage::Goodbye);
        shutdown.ask("a test");
        assert_eq!(*shutdown.told.borrow(), Stage::Goodbye);
        assert!(shutdown.is_asked());
    }
}
