//! An exchange of type `topic`: the trie and the bindings' keys, behind a lock that many workers
//! read at once.
//!
//! Invariants: a binding stands in `keys` exactly while it stands in the trie; nothing inside the
//! lock can fail half-way, so a poisoned lock guards a whole index and is taken all the same.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::quality::RandomState;
use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Reads, Result,
};
use serde_json::{Value as Json, json};

use crate::error::TopicError;
use crate::pattern::{Part, Pattern};
use crate::trie::Trie;

/// One declared exchange of type `topic`.
#[derive(Debug, Default)]
pub struct Topic {
    index: RwLock<Index>,
}

#[derive(Debug, Default)]
struct Index {
    trie: Trie,
    keys: HashMap<BindingId, Box<str>, RandomState>,
}

impl Factory for Topic {
    const TYPE_NAME: &'static str = "topic";

    fn create(context: &Context<'_>) -> Result<Self> {
        refuse_configuration(context.configuration)?;
        Ok(Self::default())
    }
}

impl Exchange for Topic {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let pattern = Pattern::parse(binding.key)?;
        self.write().insert(binding.id, binding.key, &pattern)?;
        Ok(Bound { reads: Reads::KEY, cacheable: true })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        Ok(self.write().remove(id)?)
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let index = self.read();
        let mut walk = index.trie.walk();
        for (place, message) in batch.iter().enumerate() {
            walk.matches(message.routing_key(), &mut |id| matches.push(place, id));
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let index = self.read();
        let Some(id) = binding else {
            let (bindings, nodes) = (index.keys.len(), index.trie.nodes());
            return Ok(json!({"bindings": bindings, "nodes": nodes}).to_string());
        };
        let key = index.key(id)?;
        let normal = Pattern::parse(key)?.to_string();
        Ok(json!({"binding": id.0, "key": key, "pattern": normal}).to_string())
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let index = self.read();
        let key = index.key(binding)?;
        let pattern = Pattern::parse(key)?;
        let steps: Vec<_> = pattern.parts().iter().map(step_in_words).collect();
        Ok(json!({
            "binding": binding.0,
            "key": key,
            "pattern": pattern.to_string(),
            "steps": steps,
        })
        .to_string())
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let pattern = Pattern::parse(binding.key)?;
        let mut trie = Trie::default();
        trie.insert(&pattern, binding.id);
        let mut matches = false;
        let visits = trie.walk().matches(message.routing_key(), &mut |_| matches = true);
        Ok(json!({
            "matches": matches,
            "key": binding.key,
            "pattern": pattern.to_string(),
            "routing_key": message.routing_key(),
            "visits": visits,
        })
        .to_string())
    }
}

impl Topic {
    fn read(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn insert(&mut self, id: BindingId, key: &str, pattern: &Pattern) -> Result<(), TopicError> {
        if self.keys.contains_key(&id) {
            return Err(TopicError::AlreadyBound { id });
        }
        self.trie.insert(pattern, id);
        self.keys.insert(id, key.into());
        Ok(())
    }

    fn remove(&mut self, id: BindingId) -> Result<(), TopicError> {
        let pattern = Pattern::parse(self.key(id)?)?;
        self.trie.remove(&pattern, id);
        self.keys.remove(&id);
        if self.keys.len() <= self.keys.capacity() / 4 {
            self.keys.shrink_to(self.keys.len() * 2);
        }
        Ok(())
    }

    fn key(&self, id: BindingId) -> Result<&str, TopicError> {
        self.keys.get(&id).map(AsRef::as_ref).ok_or(TopicError::NotBound { id })
    }
}

fn step_in_words(part: &Part) -> String {
    match part {
        Part::Word(word) => format!("the word '{word}'"),
        Part::One => "exactly one word".to_owned(),
        Part::Many => "zero or more words".to_owned(),
    }
}

fn refuse_configuration(configuration: &str) -> Result<(), TopicError> {
    match serde_json::from_str(configuration) {
        Ok(Json::Object(entries)) => match entries.keys().next() {
            Some(name) => Err(TopicError::UnknownConfiguration { name: name.clone() }),
            None => Ok(()),
        },
        _ => Err(TopicError::ConfigurationNotObject),
    }
}

#[cfg(test)]
mod tests;
