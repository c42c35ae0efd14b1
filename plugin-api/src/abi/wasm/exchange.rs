//! The exchange kind of a component over [`Exchange`].

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::context::{Component, create, not_created};
use crate::error::{Error, Result};
use crate::exchange::{Binding, BindingId, Destination, Exchange, Matches, Protocol};
use crate::factory::Factory;
use crate::flat::BatchRef;
use crate::value::MapRef;

/// In what `bind` answers: equal routing keys get equal answers.
const CACHEABLE: u32 = 256;

/// The one exchange of a component.
#[derive(Debug)]
pub struct ExchangeComponent<T>(Mutex<Option<T>>);

impl<T: Factory + Exchange> Component for ExchangeComponent<T> {
    type Plugin = T;

    fn create(&self, configuration: &str, context: &[u8]) -> Result<()> {
        *self.lock() = Some(create::<T>(configuration, context)?);
        Ok(())
    }

    fn destroy(&self) {
        *self.lock() = None;
    }
}

impl<T: Factory + Exchange> ExchangeComponent<T> {
    /// A component before `create`.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn bind(&self, binding: &Binding<'_>) -> Result<u32> {
        let bound = self.with(|exchange| exchange.bind(binding))?;
        Ok(bound.reads.bits() | if bound.cacheable { CACHEABLE } else { 0 })
    }

    pub(super) fn unbind(&self, id: u64) -> Result<()> {
        self.with(|exchange| exchange.unbind(BindingId(id)))
    }

    /// Leaves the matches in `matches`, which is cleared first.
    pub(super) fn route(&self, batch: &[u8], matches: &mut Vec<u8>) -> Result<()> {
        matches.clear();
        let batch = BatchRef::parse(batch)?;
        self.with(|exchange| batch.with_views(|views| exchange.route(views, &mut Row(matches)))?)
    }

    pub(super) fn inspect(&self, binding: Option<u64>) -> Result<String> {
        self.with(|exchange| exchange.inspect(binding.map(BindingId)))
    }

    pub(super) fn explain(&self, binding: u64) -> Result<String> {
        self.with(|exchange| exchange.explain(BindingId(binding)))
    }

    pub(super) fn try_binding(&self, binding: &Binding<'_>, message: &[u8]) -> Result<String> {
        let message = BatchRef::parse(message)?.only()?;
        self.with(|exchange| exchange.try_binding(binding, &message))
    }

    fn with<R>(&self, work: impl FnOnce(&T) -> Result<R>) -> Result<R> {
        self.lock().as_ref().map_or_else(|| Err(not_created()), work)
    }

    fn lock(&self) -> MutexGuard<'_, Option<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Factory + Exchange> Default for ExchangeComponent<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// A binding as the functions are given it.
pub(super) fn binding<'a>(
    id: u64,
    key: &'a str,
    arguments: &'a [u8],
    context: &'a [u8],
) -> Result<Binding<'a>> {
    let context = MapRef::parse(context)?;
    let text = |name| context.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    let destination = text("destination");
    Ok(Binding {
        id: BindingId(id),
        destination: match text("destination-kind") {
            "queue" => Destination::Queue(destination),
            "exchange" => Destination::Exchange(destination),
            other => return Err(Error::invalid(format!("no destination is of kind '{other}'"))),
        },
        key,
        arguments: MapRef::parse(arguments)?,
        declared_by: match text("declared-by") {
            "0-9-1" => Protocol::V0_9_1,
            "0-10" => Protocol::V0_10,
            "1.0" => Protocol::V1_0,
            _ => Protocol::Broker,
        },
    })
}

/// Matches of 16 bytes each.
struct Row<'a>(&'a mut Vec<u8>);

impl Matches for Row<'_> {
    fn push(&mut self, index: usize, id: BindingId) {
        // No batch has as many messages as a u64 counts, nor as a u32 does: the upper half is 0.
        self.0.extend((index as u64).to_le_bytes());
        self.0.extend(id.0.to_le_bytes());
    }
}

#[cfg(test)]
mod tests;
