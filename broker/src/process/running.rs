//! A broker that runs already, found by its pidfile.
//!
//! Invariant: what is signalled is the process that held the file, never another one that got its
//! id later.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::pidfile::{Pidfile, PidfileError, path_for};
use crate::config::Config;

/// Why a running broker was not found, or not ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunningError {
    /// There is none.
    #[error("not running: no broker has {}", .0.display())]
    NotRunning(PathBuf),
    /// Nobody said where its process id stands.
    #[error("HOME is not set: say --pidfile FILE or --pid-dir DIR")]
    NoPidfile,
    /// The file.
    #[error(transparent)]
    Pidfile(#[from] PidfileError),
    /// The system does not let us.
    #[error("process {pid}: {source}")]
    System {
        /// The broker.
        pid: Pid,
        /// Why.
        source: std::io::Error,
    },
    /// It has not ended in time.
    #[error("gave up waiting for process {pid} to end after {} s (--wait)", .waited.as_secs())]
    StillRunning {
        /// The broker.
        pid: Pid,
        /// How long.
        waited: Duration,
    },
}

/// A broker that runs.
#[derive(Debug)]
pub(crate) struct Running {
    pid: Pid,
    process: OwnedFd,
}

impl Running {
    /// The broker of this configuration's pidfile, or else of its port.
    ///
    /// # Errors
    /// There is none, or the system says no.
    pub(crate) fn find(config: &Config) -> Result<Self, RunningError> {
        let path = path_for(config, config.port).ok_or(RunningError::NoPidfile)?;
        let holder = || Pidfile::holder(&path);
        let Some(pid) = holder()? else { return Err(RunningError::NotRunning(path)) };
        let process = match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(process) => process,
            Err(Errno::SRCH) => return Err(RunningError::NotRunning(path)),
            Err(error) => return Err(RunningError::System { pid, source: error.into() }),
        };
        // It had the file when it was opened, so what was opened is it.
        if holder()? == Some(pid) {
            Ok(Self { pid, process })
        } else {
            Err(RunningError::NotRunning(path))
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Tells it to end and waits until it has, at most this long.
    ///
    /// # Errors
    /// It is somebody else's, or it takes longer.
    pub(crate) fn end(&self, wait_max: Duration) -> Result<(), RunningError> {
        let pid = self.pid;
        let failed = |error: Errno| RunningError::System { pid, source: error.into() };
        match pidfd_send_signal(&self.process, Signal::TERM) {
            Ok(()) => {}
            Err(Errno::SRCH) => return Ok(()),
            Err(error) => return Err(failed(error)),
        }
        let until = Instant::now() + wait_max;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).map_err(|_| failed(Errno::INVAL))?;
            let mut ends = [PollFd::new(&self.process, PollFlags::IN)];
            match poll(&mut ends, Some(&timeout)) {
                Ok(0) => return Err(RunningError::StillRunning { pid, waited: wait_max }),
                Ok(_) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn running(script: &str) -> (std::process::Child, Running) {
        let mut command = Command::new("sh");
        let mut child = command.args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        // It has set up its traps when it has said so.
        let mut said = [0; 3];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut said).unwrap();
        let pid = Pid::from_child(&child);
        let process = pidfd_open(pid, PidfdFlags::empty()).unwrap();
        (child, Running { pid, process })
    }

    #[test]
    fn one_that_ends_when_told_is_waited_for() {
        let (mut child, running) = running("echo up; exec tail -f /dev/null");
        running.end(Duration::from_secs(60)).unwrap();
        child.wait().unwrap();
        running.end(Duration::ZERO).unwrap();
    }

    #[test]
    fn one_that_does_not_is_given_up() {
        let (mut child, running) = running("trap '' TERM; echo up; exec tail -f /dev/null");
        let error = running.end(Duration::from_millis(1)).unwrap_err();
        assert!(matches!(error, RunningError::StillRunning { .. }), "{error}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
