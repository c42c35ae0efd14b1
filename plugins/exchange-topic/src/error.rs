//! Why this exchange type refuses a call. Every refusal leaves the exchange as it was.

use philter_plugin_api::{BindingId, Error, ErrorKind};
use thiserror::Error as ThisError;

use crate::pattern::PATTERN_BYTES_MAX;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum TopicError {
    /// The operator's fault: the type has nothing to configure.
    #[error("exchange type topic takes no configuration: '{name}' is not understood")]
    UnknownConfiguration { name: String },
    /// The operator's fault.
    #[error("the configuration of exchange type topic is no JSON object")]
    ConfigurationNotObject,
    /// The client's fault.
    #[error("the binding key has {bytes} bytes, at most {PATTERN_BYTES_MAX} are allowed")]
    PatternTooLong { bytes: usize },
    /// The caller's fault: an id names one binding for ever.
    #[error("binding {} is bound already", .id.0)]
    AlreadyBound { id: BindingId },
    /// The caller's fault.
    #[error("binding {} is not bound", .id.0)]
    NotBound { id: BindingId },
}

impl From<TopicError> for Error {
    fn from(error: TopicError) -> Self {
        let kind = match error {
            TopicError::NotBound { .. } => ErrorKind::NotFound,
            TopicError::PatternTooLong { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidArgument,
        };
        Error::new(kind, error.to_string())
    }
}
