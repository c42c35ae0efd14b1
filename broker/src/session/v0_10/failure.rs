//! A command that failed: the code of execution.exception, and a text that names what and where.

use philter_protocol::v0_10::command::error_code as code;

use crate::virtual_host::Error;

/// Why a command failed. It ends its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: u16,
    pub(super) text: String,
}

/// What a handler of a command answers with.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(super) fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(super) fn not_implemented(what: &str) -> Self {
        Self::new(code::NOT_IMPLEMENTED, format!("{what} is not implemented yet"))
    }

    pub(super) fn not_found(text: impl Into<String>) -> Self {
        Self::new(code::NOT_FOUND, text)
    }

    pub(super) fn not_allowed(text: impl Into<String>) -> Self {
        Self::new(code::NOT_ALLOWED, text)
    }

    pub(super) fn locked(text: impl Into<String>) -> Self {
        Self::new(code::RESOURCE_LOCKED, text)
    }

    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self::new(code::INVALID_ARGUMENT, text)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let number = match &error {
            Error::NoSuchQueue(_)
            | Error::NoSuchExchange(_)
            | Error::NoSuchVirtualHost(_)
            | Error::NoSuchExchangeType { .. }
            | Error::NoSuchBinding { .. } => code::NOT_FOUND,
            Error::NotAllowed(_) | Error::Reserved(_) => code::NOT_ALLOWED,
            Error::ResourceLocked(_) => code::RESOURCE_LOCKED,
            Error::PreconditionFailed(_) => code::PRECONDITION_FAILED,
            Error::InvalidArgument(_) | Error::NoSuchLanguage { .. } => code::INVALID_ARGUMENT,
            Error::IllegalArgument(_) => code::ILLEGAL_ARGUMENT,
            Error::NotImplemented(_) => code::NOT_IMPLEMENTED,
            Error::LimitExceeded(_) => code::RESOURCE_LIMIT_EXCEEDED,
            // Qpid's brokers answer so where an exchange refuses a binding, and its clients expect
            // it.
            Error::BindRefused { .. } | Error::Plugin(_) => code::INTERNAL_ERROR,
        };
        Self::new(number, error.to_string())
    }
}
