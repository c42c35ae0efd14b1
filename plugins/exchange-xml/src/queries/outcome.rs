//! What an evaluation gave.

use std::time::Duration;

/// The answer of an evaluation, and its time.
#[derive(Debug)]
pub(crate) struct Outcome<R> {
    /// For a filter whether the message matches, or why that is not known: no match.
    pub(crate) answer: Result<R, Failure>,
    /// How long it took, the first reading of a body included.
    pub(crate) took: Duration,
}

impl Outcome<bool> {
    /// Whether the message matches.
    pub(crate) fn is_match(&self) -> bool {
        matches!(self.answer, Ok(true))
    }
}

/// Why an evaluation gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The query looks at the body, and the body is no document.
    #[error("the body is no XML document: {0}")]
    Document(philter_xquery::Error),
    /// The query failed on this message.
    #[error("{0}")]
    Query(philter_xquery::Error),
    /// It compiled once and does no more.
    #[error("{0}")]
    Recompiling(philter_plugin_api::Error),
}

impl Failure {
    /// Whether a limit was reached.
    pub(super) fn is_limit(&self) -> bool {
        match self {
            Self::Document(error) | Self::Query(error) => error.is_limit(),
            Self::Recompiling(_) => false,
        }
    }
}
