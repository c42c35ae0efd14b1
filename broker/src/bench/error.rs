//! What can go wrong with a measurement, and whose fault it is.

use std::io;

/// Why an address is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub(crate) enum AddressFault {
    #[error("scheme \"{0}\" where amqp is known")]
    Scheme(String),
    #[error("TLS is not there yet: use amqp")]
    Tls,
    #[error("no host")]
    NoHost,
    #[error("\"{0}\" is no port")]
    Port(String),
    #[error("a user without a password: user:password@host")]
    Password,
    #[error("\"{0}\" has a %xx that is none")]
    Escape(String),
}

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the texts say it")]
pub(crate) enum BenchError {
    #[error("{option}: {fault}")]
    Argument { option: &'static str, fault: String },
    #[error("{peer}: can't connect: {source}")]
    Connect { peer: String, source: io::Error },
    #[error("{peer} offers {offered} to come in; needed is {needed}")]
    Mechanism { peer: String, offered: String, needed: &'static str },
    #[error("{peer} refused {what}: {text} ({code})")]
    Refused { peer: String, what: String, text: String, code: u16 },
    #[error("{peer} closed the connection: {text}")]
    Closed { peer: String, text: String },
    #[error("{peer} went away: {source}")]
    Lost { peer: String, source: io::Error },
    #[error("{peer} broke the protocol: {text}")]
    Protocol { peer: String, text: String },
    #[error("{peer} did not answer within {seconds} s: {what}")]
    Silent { peer: String, what: String, seconds: u64 },
    #[error("process {pid}: {source}")]
    Process { pid: u32, source: io::Error },
    #[error("{what}: {source}")]
    System { what: &'static str, source: io::Error },
    #[error("{what}: {source}")]
    File { what: String, source: io::Error },
    #[error("interrupted")]
    Interrupted,
}

impl BenchError {
    /// A peer that ended the connection without a word.
    pub(crate) fn end_of_file(peer: &str) -> Self {
        let source = io::Error::from(io::ErrorKind::UnexpectedEof);
        Self::Lost { peer: peer.to_owned(), source }
    }

    /// A socket that failed.
    pub(crate) fn lost(peer: &str, source: io::Error) -> Self {
        Self::Lost { peer: peer.to_owned(), source }
    }
}
