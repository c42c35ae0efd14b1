//! How a broker says no in 0-9-1, and how far the no reaches.

use std::io;

/// What came instead of the awaited answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The broker closed the channel.
    Channel {
        /// The reply code.
        code: u16,
        /// The reply text.
        text: String,
        /// Class and number of the method that failed.
        method: (u16, u16),
    },
    /// The broker closed the connection.
    Connection {
        /// The reply code; none where the broker answered a close.
        code: Option<u16>,
        /// The reply text.
        text: String,
    },
    /// The connection ended without a word.
    Lost(String),
}

impl Refusal {
    /// The socket failed.
    pub fn lost(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }

    /// The code, where there is one.
    pub fn code(&self) -> Option<u16> {
        match self {
            Self::Channel { code, .. } => Some(*code),
            Self::Connection { code, .. } => *code,
            Self::Lost(_) => None,
        }
    }

    /// The broker's text.
    pub fn text(&self) -> &str {
        match self {
            Self::Channel { text, .. } | Self::Connection { text, .. } | Self::Lost(text) => text,
        }
    }
}
