//! `philter` without a command: runs the broker, here or in the background.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{debug, error, warn};

use super::{DONE, FAILED, MISUSED, Terminal};
use crate::config::{Config, DataDir, DataDirError};
use crate::launcher::{self, LaunchError};
use crate::logging::{self, LogError};
use crate::plugin::{Catalog, LOG_TARGET, WrongTables};
use crate::process::daemon::{self, DaemonError};
use crate::process::{Presence, PresenceError};
use crate::reload::Source;

/// Turns of connections between two looks at the sockets. A turn takes up to some hundred
/// microseconds, and whoever has something new to say waits for all of them.
const TURNS_A_LOOK: u32 = 8;

/// Why the broker ended otherwise than by being told to.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    /// It can't log as it should.
    #[error(transparent)]
    Log(#[from] LogError),
    /// It can't have its data directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// It can't show that it is there.
    #[error(transparent)]
    Presence(#[from] PresenceError),
    /// It was told what plugins do not take.
    #[error(transparent)]
    Tables(#[from] WrongTables),
    /// It could not begin.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The system gave no threads.
    #[error("worker threads: {0}")]
    Threads(io::Error),
    /// The system gave no signal handler.
    #[error("signal handlers: {0}")]
    Signals(io::Error),
}

/// Runs the broker until it is told to end, or starts it in the background; `arguments` are those
/// that this process was started with.
pub(crate) fn run(
    config: &Config,
    source: Source,
    arguments: &[OsString],
    terminal: &mut Terminal<'_>,
) -> i32 {
    if config.process.is_daemon && !daemon::is_daemon() {
        return in_background(config, arguments, terminal);
    }
    match serve(config, source) {
        Ok(()) => DONE,
        Err(error) => {
            // Where the log is somewhere else, somebody reads it there.
            if !config.log.to_stderr {
                error!("{error}");
            }
            logging::flush();
            terminal.complain(&error);
            // To start again would change nothing.
            if matches!(error, ServeError::Tables(_)) { MISUSED } else { FAILED }
        }
    }
}

/// Starts the broker in the background. As Qpid's does, it says the port where it was not chosen.
fn in_background(config: &Config, arguments: &[OsString], terminal: &mut Terminal<'_>) -> i32 {
    let arguments = arguments.iter().skip(1);
    match daemon::start(arguments, Duration::from_secs(config.process.wait_s)) {
        Ok(said) => {
            let port = said.lines().next().and_then(|line| line.rsplit(':').next());
            if let Some(port) = port.filter(|_| config.port == 0) {
                terminal.say(&format!("{port}\n"));
            }
            DONE
        }
        Err(error) => {
            terminal.complain(&error);
            match error {
                DaemonError::Ended { code: Some(code) } => code,
                _ => FAILED,
            }
        }
    }
}

fn serve(config: &Config, source: Source) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads)
        .event_interval(TURNS_A_LOOK)
        .enable_all()
        .build()
        .map_err(ServeError::Threads)?;
    survive_hangups(&runtime).map_err(ServeError::Signals)?;
    let mut presence = Presence::begin(config, &source.environment)?;
    logging::init(&config.log)?;
    for variable in config.left_alone() {
        debug!("{variable} is left alone: it is no option of this broker");
    }
    // Held until the broker has ended.
    let _data_dir = config.data_dir.as_deref().map(DataDir::open).transpose()?;
    let catalog = Arc::new(Catalog::load(config));
    catalog.report(config);
    catalog.check_tables(config, |line| warn!(target: LOG_TARGET, "{line}"))?;
    let ended = runtime.block_on(launcher::run(config, source, catalog, &mut presence));
    // No task may go on when the data directory and the file for the process id are another's.
    drop(runtime);
    Ok(ended?)
}

/// From now on SIGHUP does not end the process. Whoever finds its id may send one before the broker
/// listens to it; the configuration was read a moment ago, so that one changes nothing.
fn survive_hangups(runtime: &Runtime) -> io::Result<()> {
    let _inside = runtime.enter();
    // The handler stays for the process's life.
    signal(SignalKind::hangup()).map(drop)
}
