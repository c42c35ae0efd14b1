//! What the broker is told unasked: epochs that are lost, and keys that somebody watches.
//!
//! Invariant: it is told after it is kept, and under no lock.

use std::collections::HashMap;

use parking_lot::Mutex;
use philter_plugin_api::value::Value;
use philter_plugin_api::{Epoch, Event, InstanceId, MetaRevision, Shard, notify};

use crate::error::JournalError;
use crate::limits::WATCHES_MAX;

/// What there is to tell, and whom.
#[derive(Debug)]
pub(super) struct Watches {
    instance: InstanceId,
    prefixes: Mutex<Vec<String>>,
    /// The epochs that this instance was granted.
    held: Mutex<HashMap<Shard, Epoch>>,
}

impl Watches {
    pub(super) fn new(instance: InstanceId) -> Self {
        Self { instance, prefixes: Mutex::default(), held: Mutex::default() }
    }

    /// From now on changes of keys that begin with `prefix` are told.
    ///
    /// # Errors
    /// Too many prefixes.
    pub(super) fn add(&self, prefix: &str) -> Result<(), JournalError> {
        let mut prefixes = self.prefixes.lock();
        if prefixes.iter().any(|known| prefix.starts_with(known.as_str())) {
            return Ok(());
        }
        prefixes.retain(|known| !known.starts_with(prefix));
        if prefixes.len() >= WATCHES_MAX {
            return Err(JournalError::Watches);
        }
        prefixes.push(prefix.to_owned());
        Ok(())
    }

    /// A key has this revision now; 0: it is gone.
    pub(super) fn changed(&self, key: &str, revision: MetaRevision) {
        let is_watched = {
            let prefixes = self.prefixes.lock();
            prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
        };
        if is_watched {
            let told = [("key", Value::from(key)), ("revision", Value::Ulong(revision.0))];
            notify(self.instance, Event::MetaChanged, &map(told));
        }
    }

    /// A shard was granted again.
    pub(super) fn acquired(&self, shard: Shard, epoch: Epoch) {
        let former = self.held.lock().insert(shard, epoch);
        if let Some(lost) = former {
            let told = [("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(lost.0))];
            notify(self.instance, Event::EpochLost, &map(told));
        }
    }
}

fn map(fields: [(&str, Value); 2]) -> Value {
    Value::Map(fields.map(|(name, value)| (Value::from(name), value)).into())
}
