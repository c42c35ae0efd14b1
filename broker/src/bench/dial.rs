//! Connecting to a broker, and how long it may take to answer.

use std::io::{Error, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::error::BenchError;
use super::target::Target;

/// How long a broker may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(10);

/// How long it may take for any other answer: a delete of millions of messages is one.
pub(super) const ANSWER_S: u64 = 60;

/// A socket to the first address that answers.
///
/// # Errors
/// Nobody does.
pub(super) fn dial(target: &Target) -> Result<TcpStream, BenchError> {
    connect(target).map_err(|source| BenchError::Connect { peer: target.to_string(), source })
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
