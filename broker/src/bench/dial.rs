//! A connection to a broker that waits: what is said before messages flow, and after.
//!
//! Invariant: no wait is longer than [`ANSWER_S`], or what was said instead.

use std::io::{Error, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use bytes::{Buf, BytesMut};

use super::error::BenchError;
use super::target::Target;

/// How long a broker may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(10);

/// How long it may take for any other answer: a delete of millions of messages is one.
const ANSWER_S: u64 = 60;

/// Bytes of a read.
const READ_BYTES: usize = 16 * 1024;

/// A socket that waits for a broker, and what was read of it and not taken.
#[derive(Debug)]
pub(super) struct Dialled {
    pub(super) peer: String,
    pub(super) inbox: BytesMut,
    socket: TcpStream,
    began: Instant,
    /// How long an answer may take.
    answer_s: u64,
}

impl Dialled {
    /// Connects to the first address that answers.
    ///
    /// # Errors
    /// None does.
    pub(super) fn open(target: &Target) -> Result<Self, BenchError> {
        let peer = target.to_string();
        match connect(target) {
            Ok(socket) => {
                let (inbox, began) = (BytesMut::new(), Instant::now());
                Ok(Self { peer, inbox, socket, began, answer_s: ANSWER_S })
            }
            Err(source) => Err(BenchError::Connect { peer, source }),
        }
    }

    /// The port at this end.
    pub(super) fn local_port(&self) -> u16 {
        self.socket.local_addr().map_or(0, |address| address.port())
    }

    /// Milliseconds since it was opened.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Has the broker take so many seconds for an answer.
    pub(super) fn wait_up_to(&mut self, answer_s: u64) {
        self.answer_s = answer_s;
    }

    /// When an answer to what is asked now is late.
    pub(super) fn late_at(&self) -> Instant {
        Instant::now() + Duration::from_secs(self.answer_s)
    }

    /// Reads something, until then; `what` is what is waited for.
    ///
    /// # Errors
    /// The peer is silent or gone.
    pub(super) fn read(&mut self, what: &str, until: Instant) -> Result<(), BenchError> {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.socket.set_read_timeout(Some(left)).map_err(|e| BenchError::lost(&self.peer, e))?;
        let mut chunk = [0; READ_BYTES];
        match self.socket.read(&mut chunk) {
            Ok(0) => return Err(BenchError::end_of_file(&self.peer)),
            Ok(count) => self.inbox.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let (peer, what) = (self.peer.clone(), what.to_owned());
                return Err(BenchError::Silent { peer, what, seconds: self.answer_s });
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(BenchError::lost(&self.peer, e)),
        }
        Ok(())
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// The peer is gone.
    pub(super) fn write(&mut self, output: &mut impl Buf) -> Result<(), BenchError> {
        while output.has_remaining() {
            let count = self.socket.write(output.chunk());
            output.advance(count.map_err(|e| BenchError::lost(&self.peer, e))?);
        }
        Ok(())
    }

    /// The socket and what was read of it and not taken.
    pub(super) fn into_parts(self) -> (TcpStream, Vec<u8>) {
        (self.socket, self.inbox.to_vec())
    }
}

fn connect(target: &Target) -> std::io::Result<TcpStream> {
    let mut failure = Error::from(ErrorKind::AddrNotAvailable);
    for address in (target.host.as_str(), target.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(socket) => {
                socket.set_nodelay(true)?;
                return Ok(socket);
            }
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_broker_has_as_long_as_was_said() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("amqp://{}", listener.local_addr().unwrap());
        let mut dialled = Dialled::open(&url.parse().unwrap()).unwrap();
        let usual = dialled.late_at();
        dialled.wait_up_to(0);
        assert!(dialled.late_at() < usual);
        let silent = dialled.read("a word", dialled.late_at()).unwrap_err();
        assert!(silent.to_string().ends_with(" did not answer within 0 s: a word"), "{silent}");
    }
}
