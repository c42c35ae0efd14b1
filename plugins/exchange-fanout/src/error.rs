//! Why this exchange type refuses a call. Every refusal leaves the exchange as it was.

use philter_plugin_api::{BindingId, Error, ErrorKind};
use thiserror::Error as ThisError;

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub(crate) enum FanoutError {
    /// The operator's fault: the type has nothing to configure.
    #[error("exchange type fanout takes no configuration: '{name}' is not understood")]
    UnknownConfiguration { name: String },
    /// The operator's fault.
    #[error("the configuration of exchange type fanout is no JSON object")]
    ConfigurationNotObject,
    /// The caller's fault: an id names one binding for ever.
    #[error("binding {} is bound already", .id.0)]
    AlreadyBound { id: BindingId },
    /// The caller's fault.
    #[error("binding {} is not bound", .id.0)]
    NotBound { id: BindingId },
}

impl From<FanoutError> for Error {
    fn from(error: FanoutError) -> Self {
        let kind = match error {
            FanoutError::NotBound { .. } => ErrorKind::NotFound,
            _ => ErrorKind::InvalidArgument,
        };
        Error::new(kind, error.to_string())
    }
}
