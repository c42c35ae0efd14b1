//! Codes of errors: those of the W3C, those of `fn:error`, and the limits of this engine.

use std::sync::Arc;

use crate::name::{QName, namespace};

/// What kind of error it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A code that the specifications define, such as `XPTY0004`.
    Standard(&'static str),
    /// A name that the query gave to `fn:error`.
    Query(Arc<QName>),
    /// The limit with this name (a field of [`crate::Limits`]) was reached.
    Limit(&'static str),
}

impl ErrorCode {
    /// As a name.
    #[must_use]
    pub fn name(&self) -> QName {
        match self {
            Self::Standard(code) => QName::prefixed("err", namespace::ERR, code),
            Self::Query(name) => QName::clone(name),
            Self::Limit(limit) => QName::prefixed("limit", "urn:philter:xquery:limit", limit),
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Standard(code) => f.write_str(code),
            Self::Query(name) if *name.namespace == *namespace::ERR => f.write_str(&name.local),
            Self::Query(name) => f.write_str(&name.braced()),
            Self::Limit(limit) => write!(f, "limit {limit}"),
        }
    }
}
