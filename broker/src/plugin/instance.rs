//! Instances that plugins make: why one could not be made.

use crate::launcher::LaunchError;

/// A plugin did not make an instance that the broker begins with.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {error}")]
pub(crate) struct InstanceError {
    /// Which, by kind and type name.
    pub(crate) what: String,
    /// What the plugin says.
    pub(crate) error: philter_plugin_api::Error,
}

impl From<InstanceError> for LaunchError {
    fn from(InstanceError { what, error }: InstanceError) -> Self {
        Self::Instance { what, error }
    }
}
