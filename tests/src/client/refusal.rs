//! How a broker says no, and how far the no reaches.

use std::fmt;
use std::io;

/// What came instead of the awaited answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A command failed; its session is gone.
    Exception {
        /// The code of execution.exception.
        code: u16,
        /// Its text.
        text: String,
    },
    /// The session is gone, or was never attached.
    Detached {
        /// The code of session.detached.
        code: u8,
    },
    /// The broker closed the connection and said why.
    Closed {
        /// The code of connection.close; none where the broker answered a close.
        code: Option<u16>,
        /// Its text.
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
            Self::Exception { code, .. } => Some(*code),
            Self::Detached { code } => Some(u16::from(*code)),
            Self::Closed { code, .. } => *code,
            Self::Lost(_) => None,
        }
    }

    /// The broker's text.
    pub fn text(&self) -> &str {
        match self {
            Self::Exception { text, .. } | Self::Closed { text, .. } | Self::Lost(text) => text,
            Self::Detached { .. } => "",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
