//! The log: lines for people or JSON, to standard error, a file and the system's log. What is
//! logged can be changed while the broker runs, for all of them at once.
//!
//! Invariants:
//! - whoever logs never waits for who reads: lines wait in a bounded [`Backlog`], and what does not
//!   fit is counted and lost;
//! - a line that can't be written harms nobody;
//! - the log is set up once; a second time changes nothing.

mod backlog;
mod clock;
mod file;
mod layers;
mod syslog;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, reload};

use crate::config::LogSettings;
use backlog::Backlog;
pub(crate) use clock::{has_nanoseconds, set_nanoseconds};

/// How long lines may take to be written when the process ends: whoever reads them may hang.
const FLUSH_MAX: Duration = Duration::from_secs(1);

/// Why the log can't be as it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogError {
    /// It is no filter.
    #[error("{0}")]
    Filter(String),
    /// Somebody else keeps this process's log.
    #[error("the log is not the broker's own")]
    NotOurs,
    /// The system gives no thread.
    #[error("a thread for the log: {0}")]
    Thread(std::io::Error),
    /// The file can't be opened.
    #[error("log file {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Puts another filter in place.
type Reload = Box<dyn Fn(EnvFilter) -> bool + Send + Sync>;

struct Log {
    reload: Reload,
    /// What it was last told, as it was told.
    level: Mutex<String>,
    /// Where lines wait for those who write them.
    backlogs: Vec<Arc<Backlog>>,
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Begins to log. The filter was checked with the configuration; a second call changes nothing.
///
/// # Errors
/// The file can't be opened.
pub(crate) fn init(settings: &LogSettings) -> Result<(), LogError> {
    if LOG.get().is_some() {
        return Ok(());
    }
    let outputs = layers::outputs(settings)?;
    let filter = EnvFilter::try_new(&settings.filter).unwrap_or_default();
    let (filter, handle) = reload::Layer::new(filter);
    let reload = Box::new(move |filter| handle.reload(filter).is_ok());
    // Somebody logs already: then that log stays.
    if tracing_subscriber::registry().with(filter).with(outputs.layers).try_init().is_ok() {
        let level = Mutex::new(settings.filter.clone());
        let _ = LOG.set(Log { reload, level, backlogs: outputs.backlogs });
    }
    Ok(())
}

/// What is logged, as it was last told.
pub(crate) fn level() -> String {
    LOG.get().map_or_else(String::new, |log| log.level.lock().clone())
}

/// Logs what `filter` lets through from now on; `level` is what [`level`] answers from now on.
///
/// # Errors
/// It is no filter, or the log is not the broker's.
pub(crate) fn set(filter: &str, level: &str) -> Result<(), LogError> {
    let filter = EnvFilter::try_new(filter).map_err(|error| LogError::Filter(error.to_string()))?;
    let log = LOG.get().ok_or(LogError::NotOurs)?;
    if !(log.reload)(filter) {
        return Err(LogError::NotOurs);
    }
    level.clone_into(&mut log.level.lock());
    Ok(())
}

/// Opens the log's file again: somebody moved it away.
pub(crate) fn reopen() {
    LOG.get().into_iter().flat_map(|log| &log.backlogs).for_each(|backlog| backlog.reopen());
}

/// Waits until what was logged is written, a second at the most; the process ends.
pub(crate) fn flush() {
    LOG.get().into_iter().flat_map(|log| &log.backlogs).for_each(|log| log.flush(FLUSH_MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_filter_is_refused() {
        assert!(matches!(set("a=b=c", "a"), Err(LogError::Filter(_))));
    }
}
