//! An exchange of type `fanout`: the set of bindings behind a lock that many workers read at once.
//!
//! Invariant: nothing inside the lock can fail half-way, so a poisoned lock guards a whole set and
//! is taken all the same.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Reads, Result,
};
use serde_json::{Value as Json, json};

use crate::binding_set::BindingSet;
use crate::error::FanoutError;

const RULE: &str = "matches every message";

/// One declared exchange of type `fanout`.
#[derive(Debug, Default)]
pub struct Fanout {
    bindings: RwLock<BindingSet>,
}

impl Factory for Fanout {
    const TYPE_NAME: &'static str = "fanout";

    fn create(context: &Context<'_>) -> Result<Self> {
        refuse_configuration(context.configuration)?;
        Ok(Self::default())
    }
}

impl Exchange for Fanout {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        self.write().insert(binding.id, binding.key)?;
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        Ok(self.write().remove(id)?)
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let bindings = self.read();
        for index in 0..batch.len() {
            bindings.ids().for_each(|id| matches.push(index, id));
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let bindings = self.read();
        match binding {
            Some(id) => Ok(json!({"binding": id.0, "key": bindings.key(id)?}).to_string()),
            None => Ok(json!({"bindings": bindings.bindings()}).to_string()),
        }
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let key = self.read().key(binding)?.to_owned();
        Ok(json!({"binding": binding.0, "key": key, "rule": RULE}).to_string())
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        Ok(json!({
            "matches": true,
            "key": binding.key,
            "routing_key": message.routing_key(),
            "reason": RULE,
        })
        .to_string())
    }
}

impl Fanout {
    fn read(&self) -> RwLockReadGuard<'_, BindingSet> {
        self.bindings.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BindingSet> {
        self.bindings.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse_configuration(configuration: &str) -> Result<(), FanoutError> {
    match serde_json::from_str(configuration) {
        Ok(Json::Object(entries)) => match entries.keys().next() {
            Some(name) => Err(FanoutError::UnknownConfiguration { name: name.clone() }),
            None => Ok(()),
        },
        _ => Err(FanoutError::ConfigurationNotObject),
    }
}

#[cfg(test)]
mod tests;
