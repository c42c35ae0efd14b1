//! Why this exchange type refuses a call. Every refusal leaves the exchange as it was.

use philter_plugin_api::{BindingId, Error, ErrorKind};
use thiserror::Error as ThisError;

use crate::pattern::CONDITIONS_MAX;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum HeadersError {
    /// The operator's fault: the type has nothing to configure.
    #[error("exchange type headers takes no configuration: '{name}' is not understood")]
    UnknownConfiguration { name: String },
    /// The operator's fault.
    #[error("the configuration of exchange type headers is no JSON object")]
    ConfigurationNotObject,
    /// The client's fault; 0-9-1 alone has a default.
    #[error("argument 'x-match' is missing: all, any, all-with-x or any-with-x")]
    MatchMissing,
    /// The client's fault.
    #[error("argument 'x-match' is no text: all, any, all-with-x or any-with-x")]
    MatchNotText,
    /// The client's fault.
    #[error("argument 'x-match' is '{value}', not one of all, any, all-with-x, any-with-x")]
    MatchUnknown { value: String },
    /// The client's fault.
    #[error("the binding names {headers} headers, at most {CONDITIONS_MAX} are allowed")]
    TooManyConditions { headers: usize },
    /// The caller's fault: an id names one binding for ever.
    #[error("binding {} is bound already", .id.0)]
    AlreadyBound { id: BindingId },
    /// The caller's fault.
    #[error("binding {} is not bound", .id.0)]
    NotBound { id: BindingId },
}

impl From<HeadersError> for Error {
    fn from(error: HeadersError) -> Self {
        let kind = match error {
            HeadersError::NotBound { .. } => ErrorKind::NotFound,
            HeadersError::TooManyConditions { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidArgument,
        };
        Error::new(kind, error.to_string())
    }
}
