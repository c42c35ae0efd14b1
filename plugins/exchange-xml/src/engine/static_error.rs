//! Why a query was refused before it ever ran: always the fault of whoever wrote it, and nothing
//! changed.

use super::place::Place;

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StaticFault {
    /// More bytes than the limit.
    #[error("the query has {bytes} bytes, more than the {query_bytes_max} of query_bytes_max")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        query_bytes_max: usize,
    },
    /// Nested deeper than the limit.
    #[error(
        "parentheses, brackets and braces are nested deeper than the {nesting_max} of nesting_max"
    )]
    TooDeep {
        /// The limit.
        nesting_max: usize,
    },
    /// A string, comment or name that the text ends in.
    #[error("{0} is not closed")]
    Unclosed(&'static str),
    /// Not a query.
    #[error("syntax error: {0}")]
    Syntax(String),
    /// XQuery, but not for this engine.
    #[error("not supported yet: {0}")]
    NotSupported(String),
    /// A function that would look outside the message.
    #[error("refused: {0} reads outside the message")]
    Outside(String),
    /// A static error of the language.
    #[error("{code}: {text}")]
    Language {
        /// The W3C code, such as XPST0008.
        code: String,
        /// In words.
        text: String,
    },
    /// The engine gave up on it.
    #[error("the query is too much for the engine: {0}")]
    Engine(String),
}

/// A fault and the byte offset where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Located {
    pub(super) fault: StaticFault,
    pub(super) offset: usize,
}

impl Located {
    /// Puts a fault at a byte offset of the query.
    pub(super) fn new(fault: StaticFault, offset: usize) -> Self {
        Self { fault, offset }
    }

    /// A syntax error.
    pub(super) fn syntax(text: impl Into<String>, offset: usize) -> Self {
        Self::new(StaticFault::Syntax(text.into()), offset)
    }

    /// What XQuery has and this engine has not.
    pub(super) fn not_supported(what: impl Into<String>, offset: usize) -> Self {
        Self::new(StaticFault::NotSupported(what.into()), offset)
    }

    /// The error as the query's author sees it.
    pub(super) fn in_query(self, query: &str) -> StaticError {
        StaticError { fault: self.fault, place: Some(Place::of(query, self.offset)) }
    }
}

/// A query that was refused, and where it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub(crate) struct StaticError {
    /// What is wrong.
    pub(crate) fault: StaticFault,
    /// Where, if it is at one place.
    pub(crate) place: Option<Place>,
}

impl From<StaticFault> for StaticError {
    fn from(fault: StaticFault) -> Self {
        Self { fault, place: None }
    }
}
