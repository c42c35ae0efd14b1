//! The system's log: a datagram a line to its socket, in the form of RFC 3164 that local daemons
//! read: `<PRIORITY>NAME[PID]: TEXT`. Like that RFC's section 4.3.2, which lets a sender leave the
//! time out, it leaves it to the daemon, who knows the time zone.
//!
//! Invariant: nobody waits for the daemon. A line that it does not take at once is lost; one that
//! restarted is found again with the next line.

use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Where local daemons listen.
pub(super) const SOCKET: &str = "/dev/log";

/// Bytes of a line that daemons take: rsyslog's own limit, the smallest of those in use.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// Severity of a line whose level nobody said (RFC 3164, section 4.1.1).
const INFORMATIONAL: u8 = 6;

/// The way to the system's log.
#[derive(Debug)]
pub(super) struct Syslog {
    path: PathBuf,
    /// `NAME[PID]: `.
    tag: String,
    facility: u8,
    socket: Mutex<Option<UnixDatagram>>,
}

impl Syslog {
    /// Lines of this name and facility's code, to the daemon at `path`. It need not be there yet.
    pub(super) fn new(path: &Path, name: &str, facility: u8) -> Self {
        let tag = format!("{name}[{}]: ", std::process::id());
        Self { path: path.to_owned(), tag, facility, socket: Mutex::new(None) }
    }

    /// Looks whether the daemon is there; nothing is sent.
    ///
    /// # Errors
    /// It is not: lines are lost until it comes.
    pub(super) fn look(&self) -> io::Result<()> {
        *self.socket.lock() = Some(self.connect()?);
        Ok(())
    }

    fn connect(&self) -> io::Result<UnixDatagram> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.connect(&self.path)?;
        Ok(socket)
    }

    fn send(&self, severity: u8, line: &[u8]) -> io::Result<()> {
        let line = line.trim_ascii_end();
        let line = cut(line);
        let mut datagram = format!("<{}>{}", self.facility * 8 + severity, self.tag).into_bytes();
        datagram.extend_from_slice(line);
        let mut socket = self.socket.lock();
        let sent = socket.as_ref().map(|socket| socket.send(&datagram));
        match sent {
            Some(Ok(_)) => return Ok(()),
            Some(Err(error)) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
            // Never connected, or to a daemon that is gone.
            _ => *socket = None,
        }
        let fresh = self.connect()?;
        fresh.send(&datagram)?;
        *socket = Some(fresh);
        Ok(())
    }
}

/// The line, or as many of its whole characters as daemons take.
fn cut(line: &[u8]) -> &[u8] {
    let goes_on = |at: usize| line.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let end = (0..=LINE_BYTES_MAX).rev().find(|at| !goes_on(*at)).unwrap_or(LINE_BYTES_MAX);
    line.get(..end).unwrap_or(line)
}

/// A line of one severity on its way to the system's log.
#[derive(Debug)]
pub(super) struct SyslogLine<'a> {
    syslog: &'a Syslog,
    severity: u8,
}

impl Write for SyslogLine<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.syslog.send(self.severity, line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Syslog {
    type Writer = SyslogLine<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        SyslogLine { syslog: self, severity: INFORMATIONAL }
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        SyslogLine { syslog: self, severity: severity(*metadata.level()) }
    }
}

/// RFC 3164's severities: error, warning, informational, debug.
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => INFORMATIONAL,
        _ => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(daemon: &UnixDatagram) -> String {
        let mut bytes = [0; 2 * LINE_BYTES_MAX];
        let count = daemon.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    }

    #[test]
    fn a_line_is_a_datagram_with_priority_name_and_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let syslog = Syslog::new(&path, "philter", 3);
        let pid = std::process::id();
        syslog.send(severity(Level::WARN), b"careful\n").unwrap();
        assert_eq!(received(&daemon), format!("<28>philter[{pid}]: careful"));
        syslog.send(severity(Level::DEBUG), b"two\nlines\n").unwrap();
        assert_eq!(received(&daemon), format!("<31>philter[{pid}]: two\nlines"));
    }

    #[test]
    fn a_line_is_cut_at_what_daemons_take() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let syslog = Syslog::new(&path, "p", 0);
        syslog.send(6, &[b'x'; 3 * LINE_BYTES_MAX]).unwrap();
        assert!(received(&daemon).ends_with(&"x".repeat(LINE_BYTES_MAX)));
    }

    #[test]
    fn no_character_is_cut_in_two() {
        let text = |short: usize| format!("{}€€", "x".repeat(LINE_BYTES_MAX - short));
        for (short, whole) in [(0, 0), (1, 0), (2, 0), (3, 3), (4, 3), (6, 6), (7, 6)] {
            let text = text(short);
            assert_eq!(cut(text.as_bytes()).len(), LINE_BYTES_MAX - short + whole, "{short}");
        }
    }

    #[test]
    fn a_daemon_that_restarts_gets_the_next_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let syslog = Syslog::new(&path, "p", 3);
        assert!(syslog.look().is_err() && syslog.send(6, b"nobody").is_err(), "nobody listens");
        for text in ["one", "two"] {
            let daemon = UnixDatagram::bind(&path).unwrap();
            syslog.send(6, text.as_bytes()).unwrap();
            assert!(received(&daemon).ends_with(text));
            syslog.look().unwrap();
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn a_daemon_that_takes_nothing_keeps_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let _daemon = UnixDatagram::bind(&path).unwrap();
        let syslog = Syslog::new(&path, "p", 3);
        let refused = (0..100_000).find_map(|_| syslog.send(6, b"line").err()).unwrap();
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    }
}
