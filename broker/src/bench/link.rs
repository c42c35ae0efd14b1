//! A socket that never waits, with what was read and not taken yet.
//!
//! Invariant: a write that the system took in part is finished before another begins.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use super::error::BenchError;

/// Bytes of a read at the most.
pub(crate) const READ_BYTES_MAX: usize = 256 * 1024;

/// A connection's socket.
#[derive(Debug)]
pub(crate) struct Link {
    socket: TcpStream,
    peer: String,
    buffer: Vec<u8>,
    /// Bytes of the buffer that hold something.
    filled: usize,
    pub(crate) traffic: Traffic,
}

/// System calls that moved something, and how much.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) reads: u64,
    pub(crate) bytes_read: u64,
    pub(crate) writes: u64,
    pub(crate) bytes_written: u64,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The system has nothing more for now.
    All,
    /// There may be more.
    Some,
    /// Nothing.
    Nothing,
}

impl Link {
    /// Of a socket, with what was read of it already.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new(
        socket: TcpStream,
        peer: &str,
        input: &[u8],
        read_bytes: usize,
    ) -> Result<Self, BenchError> {
        socket.set_nonblocking(true).map_err(|e| BenchError::lost(peer, e))?;
        let mut buffer = input.to_vec();
        buffer.resize(read_bytes.max(input.len()), 0);
        let filled = input.len();
        Ok(Self { socket, peer: peer.to_owned(), buffer, filled, traffic: Traffic::default() })
    }

    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Reads once.
    ///
    /// # Errors
    /// The peer is gone.
    pub(crate) fn read(&mut self) -> Result<Found, BenchError> {
        let room = self.buffer.get_mut(self.filled..).unwrap_or(&mut []);
        let wanted = room.len();
        match self.socket.read(room) {
            Ok(0) if wanted > 0 => Err(BenchError::end_of_file(&self.peer)),
            Ok(count) => {
                self.filled += count;
                self.traffic.reads += 1;
                self.traffic.bytes_read += count as u64;
                Ok(if count < wanted { Found::All } else { Found::Some })
            }
            Err(e) if is_not_now(e.kind()) => Ok(Found::Nothing),
            Err(e) => Err(BenchError::lost(&self.peer, e)),
        }
    }

    /// What was read and not taken.
    pub(crate) fn input(&self) -> &[u8] {
        self.buffer.get(..self.filled).unwrap_or_default()
    }

    /// The first bytes of the input are done with. The rest moves to the front: a piece of a frame,
    /// as a rule.
    pub(crate) fn take(&mut self, count: usize) {
        let count = count.min(self.filled);
        self.buffer.copy_within(count..self.filled, 0);
        self.filled -= count;
    }

    /// Writes once; how many bytes went.
    ///
    /// # Errors
    /// The peer is gone.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<usize, BenchError> {
        match self.socket.write(bytes) {
            Ok(count) => {
                self.traffic.writes += 1;
                self.traffic.bytes_written += count as u64;
                Ok(count)
            }
            Err(e) if is_not_now(e.kind()) => Ok(0),
            Err(e) => Err(BenchError::lost(&self.peer, e)),
        }
    }

    /// Writes the front of `output` and removes what went; whether all did.
    ///
    /// # Errors
    /// The peer is gone.
    pub(crate) fn drain(&mut self, output: &mut Vec<u8>) -> Result<bool, BenchError> {
        if output.is_empty() {
            return Ok(true);
        }
        let count = self.write(output)?;
        output.drain(..count.min(output.len()));
        Ok(output.is_empty())
    }
}

fn is_not_now(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
