//! How a call of a component fails.

use philter_plugin_api::flat::BatchError;
use philter_plugin_api::{Error, ErrorKind};

use crate::limits::BATCH_MEMORY_PART;

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The instance is lost: a trap, a loop, too much memory.
    Trap {
        /// What happened, and in which function.
        text: String,
        /// Whether it took too long.
        is_deadline: bool,
    },
    /// The answer is none that the contract allows.
    Fault(String),
    /// The plugin's own error.
    Plugin(Error),
    /// It was not asked: no instance is there, or its breaker is open.
    Unavailable(String),
    /// The message does not fit.
    TooLong(BatchError),
}

impl Failure {
    /// What the caller hears.
    pub(crate) fn into_error(self, plugin: &str) -> Error {
        match self {
            Self::Plugin(error) => error,
            // Another message is not worse for it.
            Self::TooLong(error) => {
                let text = format!(
                    "plugin '{plugin}': {error}, which is memory_bytes_max / {BATCH_MEMORY_PART}"
                );
                Error::new(ErrorKind::InvalidArgument, text)
            }
            Self::Trap { text, .. } | Self::Fault(text) | Self::Unavailable(text) => {
                Error::internal(format!("plugin '{plugin}': {text}"))
            }
        }
    }

    /// Why an instance could not be made that others were before: they took this configuration, so
    /// that it does not now is a failure of the plugin's.
    pub(crate) fn of_another_instance(self) -> Self {
        match self {
            Self::Plugin(error) => {
                Self::Fault(format!("create answered for another instance: {error}"))
            }
            other => other,
        }
    }

    /// Whether it counts towards the breaker: the plugin is at fault, and not one message of its.
    pub(crate) fn is_of_plugin(&self) -> bool {
        matches!(self, Self::Trap { .. } | Self::Fault(_) | Self::Plugin(_))
    }
}
