//! The message store that the broker runs on.
//!
//! Queues live in memory and nothing is written yet, whatever the store could keep; the broker says
//! so at start. Durable exchanges, queues and messages are accepted.

use philter_plugin_api::Store;
use tracing::{info, warn};

use crate::config::Config;
use crate::config::defaults::STORE;
use crate::plugin::{Catalog, InstanceError};

/// Opens the store and says what that means for durable messages.
///
/// # Errors
/// The store could not be made.
pub(crate) fn open(config: &Config, catalog: &Catalog) -> Result<Box<dyn Store>, InstanceError> {
    let store = catalog.store(STORE)?;
    if store.capabilities().is_durable_on_ack {
        warn!("store '{STORE}' could keep messages, but this broker does not write to it yet");
    }
    let data_dir = config.data_dir.as_ref().map(|path| path.display().to_string());
    info!(
        "store '{STORE}': durable queues and messages are accepted, and nothing of them outlives \
         this process (data directory: {})",
        data_dir.as_deref().unwrap_or("none")
    );
    Ok(store)
}
