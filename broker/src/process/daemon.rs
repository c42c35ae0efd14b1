//! The broker in the background. The process that was asked for starts the executable once more,
//! waits until that one listens, and ends; no process is forked half-way.
//!
//! Invariants:
//! - until it listens, a daemon keeps the standard error of who started it, so that why it failed
//!   is read there; then it has no standard stream any more;
//! - it stays in the folder that it was started in, so that relative paths mean the same at a
//!   reload.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rustix::fs::Mode;
use rustix::process::{setsid, umask};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

/// Tells a process that it is the daemon. No option: whoever sets it by hand gets a broker that
/// leaves its terminal.
const MARK: &str = "_PHILTER_DAEMON";

/// What a daemon's files are closed to: writing for its group, everything for others.
const UMASK: Mode = Mode::from_raw_mode(0o027);

/// Why there is no daemon.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DaemonError {
    /// It could not be started.
    #[error("the broker in the background: {0}")]
    Start(io::Error),
    /// It ended before it listened; it said why.
    #[error("the broker in the background ended before it listened")]
    Ended {
        /// Its exit code; none where a signal ended it.
        code: Option<i32>,
    },
    /// It took too long, and was ended.
    #[error("the broker in the background did not listen within {} s (--wait)", .0.as_secs())]
    TooLate(Duration),
}

/// Starts this executable again in the background, with the same arguments, and waits until it
/// listens; what it said then.
///
/// # Errors
/// It can't be started, it ended, or it took longer than `wait_max`.
pub(crate) fn start(
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    wait_max: Duration,
) -> Result<String, DaemonError> {
    let executable = std::env::current_exe().map_err(DaemonError::Start)?;
    let mut command = Command::new(executable);
    command.args(arguments).env(MARK, "1").stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(DaemonError::Start)?;
    wait_for_start(&mut child, wait_max)
}

/// Whether this process is the daemon.
pub(crate) fn is_daemon() -> bool {
    std::env::var_os(MARK).is_some()
}

/// The daemon leaves the terminal's session.
///
/// # Errors
/// It leads a session already.
pub(crate) fn begin() -> io::Result<()> {
    setsid()?;
    umask(UMASK);
    Ok(())
}

/// The daemon listens: it lets go of the standard streams, which tells who started it.
///
/// # Errors
/// There is no `/dev/null`.
pub(crate) fn let_go() -> io::Result<()> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stderr(&null)?;
    dup2_stdout(&null)?;
    Ok(())
}

/// The daemon closes its standard output when it listens, or when it ends.
fn wait_for_start(child: &mut Child, max: Duration) -> Result<String, DaemonError> {
    let (tell, told) = channel();
    let mut output = child.stdout.take();
    std::thread::spawn(move || {
        let mut said = String::new();
        let read = output.as_mut().map(|output| output.read_to_string(&mut said));
        // Who does not wait any more needs no answer.
        let _ = tell.send(read.unwrap_or(Ok(0)).map(|_| said));
    });
    match told.recv_timeout(max) {
        Ok(Ok(said)) if !said.is_empty() => Ok(said),
        Ok(Ok(_)) | Err(RecvTimeoutError::Disconnected) => {
            let code = child.wait().map_err(DaemonError::Start)?.code();
            Err(DaemonError::Ended { code })
        }
        Ok(Err(error)) => Err(DaemonError::Start(error)),
        Err(RecvTimeoutError::Timeout) => {
            // It may have ended by itself just now.
            let _ = child.kill();
            child.wait().map_err(DaemonError::Start)?;
            Err(DaemonError::TooLate(max))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap()
    }

    #[test]
    fn what_is_said_before_the_output_is_closed_is_the_answer() {
        let mut child = shell("echo up; exec >/dev/null; exec cat /dev/zero");
        let said = wait_for_start(&mut child, Duration::from_secs(60)).unwrap();
        assert_eq!(said, "up\n");
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn one_that_ends_without_a_word_has_failed() {
        let error = wait_for_start(&mut shell("exit 3"), Duration::from_secs(60)).unwrap_err();
        assert!(matches!(error, DaemonError::Ended { code: Some(3) }), "{error}");
    }

    #[test]
    fn one_that_takes_too_long_is_ended() {
        let mut child = shell("exec tail -f /dev/null");
        let error = wait_for_start(&mut child, Duration::from_millis(1)).unwrap_err();
        assert!(matches!(error, DaemonError::TooLate(_)), "{error}");
        assert!(child.try_wait().unwrap().is_some());
    }
}
