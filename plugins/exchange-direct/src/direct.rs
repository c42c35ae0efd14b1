//! An exchange of type `direct`: the key table behind a lock that many workers read at once.
//!
//! Invariant: nothing inside the lock can fail half-way, so a poisoned lock guards a whole table
//! and is taken all the same.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Reads, Result,
};
use serde_json::{Value as Json, json};

use crate::error::DirectError;
use crate::key_table::KeyTable;

/// One declared exchange of type `direct`.
#[derive(Debug, Default)]
pub struct Direct {
    table: RwLock<KeyTable>,
}

impl Factory for Direct {
    const TYPE_NAME: &'static str = "direct";

    fn create(context: &Context<'_>) -> Result<Self> {
        refuse_configuration(context.configuration)?;
        Ok(Self::default())
    }
}

impl Exchange for Direct {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        self.write().insert(binding.id, binding.key)?;
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        Ok(self.write().remove(id)?)
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let table = self.read();
        for (index, message) in batch.iter().enumerate() {
            table.ids(message.routing_key()).for_each(|id| matches.push(index, id));
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let table = self.read();
        let Some(id) = binding else {
            return Ok(json!({"bindings": table.bindings(), "keys": table.keys()}).to_string());
        };
        let key = table.key(id)?;
        let same_key = table.ids(key).count();
        Ok(json!({"binding": id.0, "key": key, "bindings_of_key": same_key}).to_string())
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let table = self.read();
        let key = table.key(binding)?;
        let rule = "matches when the routing key equals the binding key, byte for byte";
        Ok(json!({"binding": binding.0, "key": key, "rule": rule}).to_string())
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let routing_key = message.routing_key();
        let matches = binding.key == routing_key;
        let reason = match matches {
            true => "the routing key equals the binding key",
            false => "the routing key differs from the binding key",
        };
        Ok(json!({
            "matches": matches,
            "key": binding.key,
            "routing_key": routing_key,
            "reason": reason,
        })
        .to_string())
    }
}

impl Direct {
    fn read(&self) -> RwLockReadGuard<'_, KeyTable> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, KeyTable> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse_configuration(configuration: &str) -> Result<(), DirectError> {
    match serde_json::from_str(configuration) {
        Ok(Json::Object(entries)) => match entries.keys().next() {
            Some(name) => Err(DirectError::UnknownConfiguration { name: name.clone() }),
            None => Ok(()),
        },
        _ => Err(DirectError::ConfigurationNotObject),
    }
}

#[cfg(test)]
mod tests;
