//! Why a plugin said no: one error type that crosses the border as a kind, a text and a place.
//!
//! The text reaches the client or the operator who caused it, so it names what was wrong and where.

use std::fmt;

/// Who is at fault, in the words that the broker maps to each protocol's own codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ErrorKind {
    /// The caller's argument, expression or configuration is wrong; nothing changed.
    InvalidArgument = 1,
    /// What was named does not exist.
    NotFound = 2,
    /// The caller may not do this.
    Unauthorized = 3,
    /// A limit of the plugin was reached; the text names the limit.
    LimitExceeded = 4,
    /// The plugin does not offer this entry.
    Unsupported = 5,
    /// The plugin, or what it stands on, failed.
    Internal = 6,
    /// The plugin panicked; the text is the panic's.
    Panic = 7,
}

/// An error with its kind, a text for people and, for expressions, a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    text: String,
    place: Option<(u32, u32)>,
}

/// The result of a plugin's entry.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of this kind with a text for people.
    pub fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), place: None }
    }

    /// An argument, expression or configuration is wrong.
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidArgument, text)
    }

    /// The plugin does not offer the entry of this name.
    pub fn unsupported(entry: &str) -> Self {
        Self::new(ErrorKind::Unsupported, format!("this plugin has no entry '{entry}'"))
    }

    /// The plugin, or what it stands on, failed.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, text)
    }

    /// The same error at a place in an expression; line and column count from 1.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.place = Some((line, column));
        self
    }

    /// Who is at fault.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The text for people, without the place.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column in the expression, from 1.
    pub fn place(&self) -> Option<(u32, u32)> {
        self.place
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{} (line {line}, column {column})", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl std::error::Error for Error {}
