//! An exchange of type `x-consistent-hash`: the ring behind a lock that many workers read at once.
//!
//! Invariant: nothing inside the lock can fail half-way, so a poisoned lock guards a whole ring
//! and is taken all the same.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use philter_plugin_api::{
    Binding, BindingId, Bound, Context, Exchange, Factory, Matches, MessageView, Result,
};

use crate::hash::hash;
use crate::ring::{POINTS_PER_WEIGHT, Ring};
use crate::source::Source;
use crate::weight;

/// One declared exchange of type `x-consistent-hash`.
#[derive(Debug)]
pub struct ConsistentHash {
    source: Source,
    ring: RwLock<Ring>,
}

impl Factory for ConsistentHash {
    const TYPE_NAME: &'static str = "x-consistent-hash";

    fn create(context: &Context<'_>) -> Result<Self> {
        let source = Source::parse(context.arguments)?;
        Ok(Self { source, ring: RwLock::default() })
    }
}

impl Exchange for ConsistentHash {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let weight = weight::parse(binding.key)?;
        self.write().insert(binding.id, binding.destination, weight)?;
        let reads = self.source.reads();
        Ok(Bound { reads, cacheable: reads.is_key_only() })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        Ok(self.write().remove(id)?)
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let ring = self.read();
        for (index, message) in batch.iter().enumerate() {
            if let Some(id) = ring.binding(&self.source.bytes(*message)) {
                matches.push(index, id);
            }
        }
        Ok(())
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let ring = self.read();
        let Some(id) = binding else {
            return Ok(format!(
                r#"{{"hashes":{},"bindings":{},"destinations":{},"weight":{},"points":{}}}"#,
                quoted(self.source.describe()),
                ring.bindings(),
                ring.destinations(),
                ring.weight(),
                ring.points(),
            ));
        };
        let (destination, weight) = ring.share(id)?;
        let destination = quoted(destination);
        Ok(format!(r#"{{"binding":{},"destination":{destination},"weight":{weight}}}"#, id.0))
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let ring = self.read();
        let (destination, weight) = ring.share(binding)?;
        let (destination, hashes) = (quoted(destination), quoted(self.source.describe()));
        let (points, of_points) = (weight * POINTS_PER_WEIGHT, ring.points());
        Ok([
            format!(r#"{{"binding":{},"destination":{destination},"hashes":{hashes}"#, binding.0),
            format!(r#","points":{points},"of_points":{of_points}"#),
            r#","rule":"a message goes to the next point at or after its hash"}"#.to_owned(),
        ]
        .concat())
    }

    /// Answers for the binding alone: its weight and the message's hash. Which destination wins
    /// depends on the other bindings.
    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let weight = weight::parse(binding.key)?;
        let mut ring = Ring::default();
        ring.insert(binding.id, binding.destination, weight)?;
        let bytes = self.source.bytes(message);
        let matches = ring.binding(&bytes).is_some();
        Ok(format!(
            r#"{{"matches":{matches},"weight":{weight},"hash":"{:016x}","reason":"{}"}}"#,
            hash(&bytes),
            "alone on the ring a binding takes every message",
        ))
    }
}

impl ConsistentHash {
    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Ring> {
        self.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A text as JSON has it (RFC 8259, section 7).
fn quoted(text: &str) -> String {
    let escape = |character: char| match character {
        '"' | '\\' => format!("\\{character}"),
        character if character < ' ' => format!("\\u{:04x}", u32::from(character)),
        character => character.to_string(),
    };
    format!("\"{}\"", text.chars().map(escape).collect::<String>())
}

#[cfg(test)]
mod tests;
