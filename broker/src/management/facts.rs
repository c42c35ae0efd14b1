//! What of the broker stays the same as long as it runs, and the machine it runs on.

use std::ffi::CStr;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tracing::warn;

use crate::clock::unix_ns;
use crate::config::Config;

/// The file in the data directory that keeps the identity over restarts.
const ID_FILE: &str = "system-id";

/// What stays the same.
pub(crate) struct Facts {
    /// The port that is listened on.
    pub(crate) port: u16,
    /// Threads that serve connections.
    pub(crate) worker_threads: usize,
    /// Connections at a time.
    pub(crate) connections_max: usize,
    /// Connections that the kernel keeps waiting, a socket.
    pub(crate) backlog: u64,
    /// Whether changed objects are told unasked.
    pub(crate) is_published: bool,
    /// Seconds between heartbeats.
    pub(crate) interval_s: u16,
    /// Where the broker keeps its data.
    pub(crate) data_dir: Option<PathBuf>,
    /// The store of durable queues and messages.
    pub(crate) store: String,
    /// Who it is among brokers: kept in the data directory, new at each start without one.
    pub(crate) system_id: [u8; 16],
    /// When it was started, in nanoseconds since 1970.
    pub(crate) started_ns: u64,
    /// What it runs on.
    pub(crate) machine: Machine,
}

/// The machine, in the words of `uname`.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) os_name: String,
    pub(crate) node_name: String,
    pub(crate) release: String,
    pub(crate) version: String,
    pub(crate) processor: String,
}

impl Facts {
    /// The facts of a broker that is started now and listens on `port`.
    pub(crate) fn new(config: &Config, port: u16) -> Self {
        Self {
            port,
            worker_threads: config.worker_threads,
            store: config.store().to_owned(),
            connections_max: config.connections_max,
            backlog: config.connection_backlog.unsigned_abs().into(),
            is_published: config.management.is_published,
            interval_s: config.management.interval_s,
            data_dir: config.data_dir.clone(),
            system_id: system_id(config.data_dir.as_deref()),
            started_ns: unix_ns(),
            machine: Machine::here(),
        }
    }
}

#[cfg(test)]
impl Facts {
    /// The facts of a test.
    pub(super) fn of_test() -> Self {
        Self {
            port: 5672,
            worker_threads: 2,
            connections_max: 500,
            backlog: 10,
            is_published: true,
            interval_s: 10,
            data_dir: None,
            store: "memory".to_owned(),
            system_id: [7; 16],
            started_ns: unix_ns(),
            machine: Machine::here(),
        }
    }
}

impl Machine {
    fn here() -> Self {
        let uname = rustix::system::uname();
        let text = |text: &CStr| text.to_string_lossy().into_owned();
        Self {
            os_name: text(uname.sysname()),
            node_name: text(uname.nodename()),
            release: text(uname.release()),
            version: text(uname.version()),
            processor: text(uname.machine()),
        }
    }
}

/// A UUID as people write it.
pub(crate) fn hyphenated(id: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in id.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Bytes of the process's heap that the system shows as such.
pub(crate) fn heap_bytes() -> Option<u64> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    let (range, _) = maps.lines().find(|line| line.ends_with("[heap]"))?.split_once(' ')?;
    let (from, to) = range.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    number(to)?.checked_sub(number(from)?)
}

fn system_id(data_dir: Option<&Path>) -> [u8; 16] {
    let Some(path) = data_dir.map(|folder| folder.join(ID_FILE)) else { return random_id() };
    if let Some(id) = fs::read_to_string(&path).ok().as_deref().and_then(parse_id) {
        return id;
    }
    let id = random_id();
    if let Err(error) = fs::write(&path, hyphenated(&id) + "\n") {
        warn!("{}: {error}: the broker has another identity after a restart", path.display());
    }
    id
}

fn parse_id(text: &str) -> Option<[u8; 16]> {
    let digits: String = text.trim().chars().filter(|char| *char != '-').collect();
    if digits.len() != 32 {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok().map(u128::to_be_bytes)
}

/// A random UUID (RFC 9562, version 4), as the kernel makes them.
fn random_id() -> [u8; 16] {
    let made: io::Result<String> = fs::read_to_string("/proc/sys/kernel/random/uuid");
    let made = made.ok().as_deref().and_then(parse_id);
    // Without /proc the time has to do.
    made.unwrap_or_else(|| u128::from(unix_ns()).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_kept_in_the_data_directory() {
        let folder = tempfile::tempdir().unwrap();
        let first = system_id(Some(folder.path()));
        assert_eq!(system_id(Some(folder.path())), first);
        assert_ne!(system_id(None), first);
    }

    #[test]
    fn an_identity_is_read_as_it_was_written() {
        let id = random_id();
        assert_eq!(parse_id(&hyphenated(&id)), Some(id));
        assert_eq!(parse_id("not an id"), None);
        assert_eq!(hyphenated(&[0xab; 16]), "abababab-abab-abab-abab-abababababab");
    }

    #[test]
    fn the_heap_has_a_size() {
        assert!(heap_bytes().is_some_and(|bytes| bytes > 0));
    }
}
