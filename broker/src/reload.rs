//! SIGHUP: the configuration is read again, from the same command line, environment and file.
//!
//! Invariants:
//! - a configuration that is wrong is refused whole: the old one stays, and the log says why;
//! - what can be changed while the broker runs is; each option that can't, and is not what the
//!   broker runs with, is named, at each reload again.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tracing::{error, info, warn};

use crate::config::{Config, ConfigErrors, Layer, Name};
use crate::connection_limit::ConnectionLimit;
use crate::logging;
use crate::process::Notifier;
use crate::shutdown::Shutdown;
use crate::virtual_host::VirtualHost;

/// Where a configuration comes from, to be read any number of times.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What the command line gave.
    pub(crate) command_line: Layer,
    /// The process's environment.
    pub(crate) environment: Vec<(OsString, OsString)>,
}

impl Source {
    /// Reads the configuration.
    ///
    /// # Errors
    /// What is wrong, and where it stands.
    pub(crate) fn read(&self) -> Result<Config, ConfigErrors> {
        Config::load(self.command_line.clone(), self.environment.clone())
    }
}

/// What can be changed while the broker runs, beside the log.
pub(crate) struct Adjusted {
    /// `max-connections`.
    pub(crate) places: Arc<ConnectionLimit>,
    /// `drain-timeout`.
    pub(crate) shutdown: Shutdown,
    /// `enable-timestamp`.
    pub(crate) host: Arc<VirtualHost>,
}

/// What a reload reads and changes.
pub(crate) struct Reload {
    source: Source,
    /// What the broker runs with: what it was started with, and what was applied since.
    running: Config,
    adjusted: Adjusted,
    notifier: Notifier,
}

impl Reload {
    /// Over what the broker was started with.
    pub(crate) fn new(
        source: Source,
        config: &Config,
        adjusted: Adjusted,
        notifier: &Notifier,
    ) -> Self {
        Self { source, running: config.clone(), adjusted, notifier: notifier.clone() }
    }

    /// Reloads at each SIGHUP, until the task is aborted.
    ///
    /// # Errors
    /// The operating system refused a signal handler.
    pub(crate) fn on_signals(self) -> io::Result<JoinHandle<()>> {
        let hangups = signal(SignalKind::hangup())?;
        Ok(tokio::spawn(self.run(hangups)))
    }

    async fn run(mut self, mut hangups: Signal) {
        while hangups.recv().await.is_some() {
            self.notifier.reloading();
            logging::reopen();
            let status = tokio::task::block_in_place(|| self.reload());
            self.notifier.ready(status);
        }
    }

    /// Reads the configuration and applies it; how that went.
    fn reload(&mut self) -> &'static str {
        info!("SIGHUP: reading the configuration again");
        match self.source.read() {
            Ok(config) => {
                self.apply(&config);
                "reloaded"
            }
            Err(errors) => {
                errors.iter().for_each(|error| error!("configuration: {error}"));
                error!("the configuration is refused, the old one stays");
                "the new configuration was refused, the old one stays"
            }
        }
    }

    fn apply(&mut self, new: &Config) {
        let mut changed = self.running.changed_options(new);
        // Other ways to say the filter, which is compared as a whole.
        changed.retain(|name| !matches!(name, Name::LogEnable | Name::Trace));
        let tables = self.running.plugins.changed_tables(&new.plugins);
        for table in &tables {
            warn!("{table} has changed: it takes a restart");
        }
        if changed.is_empty() && tables.is_empty() {
            info!("no option has changed");
        }
        self.adjusted.host.catalog().reload_changed(&new.plugins);
        for name in changed {
            self.adjust(name, new);
        }
    }

    fn adjust(&mut self, name: Name, new: &Config) {
        let Self { running, adjusted: Adjusted { places, shutdown, host }, .. } = self;
        let now = match name {
            Name::LogLevel => {
                if set_filter(&new.log.filter) {
                    running.log.filter.clone_from(&new.log.filter);
                }
                return;
            }
            // Only who starts and ends a broker looks at it.
            Name::Wait => {
                running.process.wait_s = new.process.wait_s;
                return;
            }
            Name::MaxConnections => {
                places.set_max(new.connections_max);
                running.connections_max = new.connections_max;
                new.connections_max.to_string()
            }
            Name::DrainTimeout => {
                shutdown.set_drain_ms_max(new.process.drain_ms);
                running.process.drain_ms = new.process.drain_ms;
                new.process.drain_ms.to_string()
            }
            Name::EnableTimestamp => {
                host.set_stamps_received(new.stamps_received);
                running.stamps_received = new.stamps_received;
                if new.stamps_received { "yes" } else { "no" }.to_owned()
            }
            _ => return warn!("{} has changed: it takes a restart", name.as_str()),
        };
        info!("{} is {now}", name.as_str());
    }
}

/// Whether the log took it.
fn set_filter(filter: &str) -> bool {
    match logging::set(filter, filter) {
        Ok(()) => info!("the log level is {filter}"),
        Err(error) => {
            error!("log level {filter}: {error}");
            return false;
        }
    }
    true
}
