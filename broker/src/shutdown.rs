//! An orderly end: SIGTERM, SIGINT or an operator's tool tells every connection once, then the
//! process waits for them.
//!
//! A second signal ends at once.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{info, warn};

/// How long connections may take to say goodbye before they are dropped.
pub(crate) const GOODBYE_MS_MAX: u64 = 5_000;

/// Tells everyone who holds a copy that the broker ends.
#[derive(Clone, Debug)]
pub(crate) struct Shutdown {
    tell: watch::Sender<bool>,
    asked: watch::Receiver<bool>,
}

impl Shutdown {
    /// Listens for the signals that end the broker.
    ///
    /// # Errors
    /// The operating system refused a signal handler.
    pub(crate) fn on_signals() -> std::io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = Self::by_hand();
        let by_signal = shutdown.clone();
        tokio::spawn(async move {
            let name = tokio::select! {
                _ = terminate.recv() => "SIGTERM",
                _ = interrupt.recv() => "SIGINT",
            };
            by_signal.ask(name);
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            warn!("a second signal: ending at once");
            std::process::exit(130);
        });
        Ok(shutdown)
    }

    /// One that no signal asks for.
    pub(crate) fn by_hand() -> Self {
        let (tell, asked) = watch::channel(false);
        Self { tell, asked }
    }

    /// Asks for the end; who asks is for the log.
    pub(crate) fn ask(&self, who: &str) {
        info!("{who}: ending in order");
        self.tell.send_replace(true);
    }

    /// Whether the end was asked for.
    pub(crate) fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Returns when the end was asked for.
    pub(crate) async fn asked(&mut self) {
        if self.asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// [`GOODBYE_MS_MAX`] as a duration.
pub(crate) fn goodbye_max() -> Duration {
    Duration::from_millis(GOODBYE_MS_MAX)
}
