//! An exchange of type `headers`: the index behind a lock that many workers read at once.
//!
//! Invariant: nothing inside the lock can fail half-way, so a poisoned lock guards a whole index
//! and is taken all the same.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Reads, Result,
};
use serde_json::{Value as Json, json};

use crate::error::HeadersError;
use crate::index::HeaderIndex;
use crate::json;
use crate::pattern::{Decision, Pattern};

/// One declared exchange of type `headers`.
#[derive(Debug, Default)]
pub struct Headers {
    index: RwLock<HeaderIndex>,
}

impl Factory for Headers {
    const TYPE_NAME: &'static str = "headers";

    fn create(context: &Context<'_>) -> Result<Self> {
        refuse_configuration(context.configuration)?;
        Ok(Self::default())
    }
}

impl Exchange for Headers {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let pattern = Pattern::parse(binding)?;
        let bound = match pattern.decision() {
            Decision::Always | Decision::Never => Bound { reads: Reads::KEY, cacheable: true },
            Decision::All | Decision::Any => Bound { reads: Reads::HEADERS, cacheable: false },
        };
        self.write().insert(binding.id, pattern)?;
        Ok(bound)
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        Ok(self.write().remove(id)?)
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let index = self.read();
        for (place, message) in batch.iter().enumerate() {
            index.matches(*message, &mut |id| matches.push(place, id));
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let index = self.read();
        let Some(id) = binding else {
            return Ok(json!({
                "bindings": index.bindings(),
                "always": index.always(),
                "names": index.names(),
                "files": index.files(),
            })
            .to_string());
        };
        let pattern = index.pattern(id)?;
        Ok(json!({
            "binding": id.0,
            "x-match": pattern.mode().name(),
            "conditions": pattern.conditions().len(),
            "filed_under": index.filed_under(id)?,
        })
        .to_string())
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let index = self.read();
        let pattern = index.pattern(binding)?;
        let conditions: Vec<Json> = pattern.conditions().iter().map(json::condition).collect();
        Ok(json!({
            "binding": binding.0,
            "x-match": pattern.mode().name(),
            "rule": json::rule(pattern),
            "conditions": conditions,
            "filed_under": index.filed_under(binding)?,
        })
        .to_string())
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let pattern = Pattern::parse(binding)?;
        let decided = pattern.conditions().iter().map(|one| json::decided(one, message));
        Ok(json!({
            "matches": pattern.accepts(message),
            "x-match": pattern.mode().name(),
            "rule": json::rule(&pattern),
            "conditions": decided.collect::<Vec<Json>>(),
        })
        .to_string())
    }
}

impl Headers {
    fn read(&self) -> RwLockReadGuard<'_, HeaderIndex> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HeaderIndex> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse_configuration(configuration: &str) -> Result<(), HeadersError> {
    match serde_json::from_str(configuration) {
        Ok(Json::Object(entries)) => match entries.keys().next() {
            Some(name) => Err(HeadersError::UnknownConfiguration { name: name.clone() }),
            None => Ok(()),
        },
        _ => Err(HeadersError::ConfigurationNotObject),
    }
}

#[cfg(test)]
mod tests;
