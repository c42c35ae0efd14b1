//! How the broker shows that it is there: its process id in a file, the lines that say where it
//! listens, and what its service manager hears.
//!
//! Invariant: whoever reads the lines, or sees a daemon's start end well, finds the file written.

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;

use super::daemon;
use tracing::info;

use super::notify::Notifier;
use super::pidfile::{Pidfile, PidfileError, path_for};
use crate::config::Config;

/// Why the broker can't show itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PresenceError {
    /// The file for its process id.
    #[error(transparent)]
    Pidfile(#[from] PidfileError),
    /// The operating system.
    #[error("{what}: {source}")]
    System {
        /// What was attempted.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

/// What shows that the broker is there, for as long as the value lives.
#[derive(Debug)]
pub(crate) struct Presence {
    notifier: Notifier,
    is_daemon: bool,
    pidfile: Option<Pidfile>,
}

impl Presence {
    /// The process begins: a daemon leaves its terminal, and the file for the process id that was
    /// asked for is taken.
    ///
    /// # Errors
    /// Another process has the file, or the system says no.
    pub(crate) fn begin(
        config: &Config,
        environment: &[(OsString, OsString)],
    ) -> Result<Self, PresenceError> {
        let is_daemon = daemon::is_daemon();
        if is_daemon {
            daemon::begin().map_err(failed("a session of its own"))?;
        }
        let pidfile = config.process.pidfile.as_deref().map(Pidfile::take).transpose()?;
        Ok(Self { notifier: Notifier::from_environment(environment), is_daemon, pidfile })
    }

    /// The way to the service manager.
    pub(crate) fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    /// The broker listens: says so on standard output, one line a socket, for scripts wait for it.
    ///
    /// # Errors
    /// Another process has the file for the process id, or the system says no.
    pub(crate) fn listening(
        &mut self,
        config: &Config,
        addresses: &[SocketAddr],
    ) -> Result<(), PresenceError> {
        let port = addresses.first().map_or(config.port, SocketAddr::port);
        if self.is_daemon && self.pidfile.is_none() {
            self.pidfile = path_for(config, port).as_deref().map(Pidfile::take).transpose()?;
        }
        announce(addresses).map_err(failed("the line that says where the broker listens"))?;
        if self.is_daemon {
            daemon::let_go().map_err(failed("/dev/null"))?;
        }
        self.notifier.ready(&format!("listening on port {port}"));
        Ok(())
    }
}

fn announce(addresses: &[SocketAddr]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    for address in addresses {
        info!("listening on {address}");
        writeln!(output, "philter ready: listening on {address}")?;
    }
    output.flush()
}

fn failed(what: &'static str) -> impl FnOnce(io::Error) -> PresenceError {
    move |source| PresenceError::System { what, source }
}
