//! The message store that the broker runs on: which it is, what is told to it, and what comes back
//! after a start.
//!
//! A store that does not outlive the process is opened and not written to: queues have in memory
//! what it could keep.

mod append;
mod awaited;
mod branch;
mod definition;
mod entries;
#[cfg(test)]
pub(crate) mod fake;
mod inspect;
mod ledger;
mod record;
mod recovery;
mod rescue;
mod room;
mod unit;

use std::sync::Arc;

use tracing::{info, warn};

use crate::config::Config;
use crate::plugin::{Catalog, InstanceError};

pub(crate) use append::is_store_behind;
pub(crate) use awaited::Awaited;
pub(crate) use branch::{BranchWriter, StoredBranch, branch_key};
pub(crate) use definition::{
    Definition, StoredBinding, StoredExchange, StoredQueue, binding_key, exchange_key, host_key,
    queue_key,
};
pub(crate) use entries::{RecoveredEntries, RecoveredEntry};
pub(crate) use inspect::Durability;
pub(crate) use ledger::{Ledger, PagingLimits, first_of_epoch};
pub(crate) use record::Later;
pub(crate) use recovery::{Recovered, RecoveryError};
pub(crate) use unit::{
    Appended, Leaves, Site, append_now, await_append, await_turn, awaited, awaited_lazily,
    begin_commit, block_for_turn, comes_after, turn, turn_at,
};

/// What is said of a store that does not outlive the broker.
pub(crate) const NOTHING_OUTLIVES: &str = "nothing outlives this process";

/// A store that outlives the broker, and what it has.
pub(crate) struct Opened {
    /// What is appended goes here.
    pub(crate) ledger: Arc<Ledger>,
    /// What was there.
    pub(crate) recovered: Recovered,
}

/// A store that the broker can't use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// It could not be made.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// It could not be read.
    #[error(transparent)]
    Recovery(#[from] RecoveryError),
}

/// Opens the store, says what that means for durable messages, and reads what it has. None where it
/// does not outlive the process.
///
/// # Errors
/// The store could not be made, or not be read.
pub(crate) fn open(config: &Config, catalog: &Catalog) -> Result<Option<Opened>, StoreError> {
    let name = config.store();
    let store = catalog.store(name)?;
    if !store.capabilities().is_durable_on_ack {
        info!("store '{name}': durable queues and messages are accepted, and {NOTHING_OUTLIVES}");
        return Ok(None);
    }
    let Durability { sentence, sync } = Durability::of(&*store);
    match sync.as_str() {
        "always" | "" => info!("store '{name}': sync = {sync}: {sentence}"),
        _ => warn!("store '{name}': sync = {sync}: {sentence}"),
    }
    Ok(Some(recovery::recover(store, config.paging)?))
}
