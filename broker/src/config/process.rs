//! How the broker runs as a process: in the background or not, where its process id stands, and how
//! long its end may take.

use std::path::PathBuf;

use super::name::Name;
use super::reading::Reading;
use super::{absolute, defaults, value};

/// How the broker runs as a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessSettings {
    /// It goes into the background once it listens.
    pub(crate) is_daemon: bool,
    /// Seconds to wait for a daemon to begin or to end.
    pub(crate) wait_s: u64,
    /// Folder for a daemon's process id, one file a port; none where there is no place for one.
    pub(crate) pid_dir: Option<PathBuf>,
    /// File for the process id.
    pub(crate) pidfile: Option<PathBuf>,
    /// Milliseconds that an orderly end waits for deliveries to settle.
    pub(crate) drain_ms: u64,
}

impl ProcessSettings {
    /// Process ids stand in the data directory where nobody says otherwise, and in the one that
    /// would be the default where there is none.
    pub(super) fn assemble(reading: &mut Reading<'_>, data_dir: Option<PathBuf>) -> Self {
        let home = reading.home.as_ref().map(|home| home.join(defaults::DATA_DIR_IN_HOME));
        let path = |given: &_| Ok(Some(absolute(value::path(given)?)));
        Self {
            is_daemon: reading.parse(Name::Daemon, false, value::yes_or_no),
            wait_s: reading.parse(Name::Wait, defaults::WAIT_S, value::wait_s),
            pid_dir: reading.parse(Name::PidDir, data_dir.or(home), path),
            pidfile: reading.parse(Name::Pidfile, None, path),
            drain_ms: reading.parse(Name::DrainTimeout, defaults::DRAIN_MS, value::drain_ms),
        }
    }
}
