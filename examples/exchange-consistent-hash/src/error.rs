//! Why this exchange type refuses a call. Every refusal leaves the exchange as it was.

use philter_plugin_api::{BindingId, Error, ErrorKind};
use thiserror::Error as ThisError;

use crate::ring::RING_WEIGHT_MAX;
use crate::weight::WEIGHT_MAX;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum HashError {
    /// The client's fault.
    #[error("the binding key is '{key}', no weight: a whole number from 1 to {WEIGHT_MAX}")]
    NoWeight { key: String },
    /// The client's fault.
    #[error(
        "the exchange's weights would add up to {weight}, at most {RING_WEIGHT_MAX} are allowed"
    )]
    RingFull { weight: u32 },
    /// The client's fault.
    #[error("'hash-header' and 'hash-property' exclude each other")]
    TwoSources,
    /// The client's fault.
    #[error("argument '{name}' is no text")]
    NotText { name: &'static str },
    /// The client's fault.
    #[error("argument 'hash-header' is empty: it names a header")]
    NoHeader,
    /// The client's fault.
    #[error(
        "argument 'hash-property' is '{name}', not one of message_id, correlation_id, timestamp"
    )]
    UnknownProperty { name: String },
    /// The caller's fault: an id names one binding for ever.
    #[error("binding {} is bound already", .id.0)]
    AlreadyBound { id: BindingId },
    /// The caller's fault.
    #[error("binding {} is not bound", .id.0)]
    NotBound { id: BindingId },
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        let kind = match error {
            HashError::NotBound { .. } => ErrorKind::NotFound,
            HashError::RingFull { .. } => ErrorKind::LimitExceeded,
            _ => ErrorKind::InvalidArgument,
        };
        Error::new(kind, error.to_string())
    }
}
