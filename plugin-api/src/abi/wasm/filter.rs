//! The filter kind of a component over [`Filter`]: the host's handles to the plugin's, and answers
//! as bits.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::context::{Component, create, not_created};
use crate::error::{Error, ErrorKind, Result};
use crate::factory::Factory;
use crate::filter::{Filter, FilterHandle, Verdict};
use crate::flat::BatchRef;

/// The one language of a component.
#[derive(Debug)]
pub struct FilterComponent<T>(Mutex<Option<Language<T>>>);

#[derive(Debug)]
struct Language<T> {
    filter: T,
    handles: HashMap<u64, FilterHandle, BuildHasherDefault<HandleHasher>>,
    /// The handles of the call under way; kept for its memory.
    asked: Vec<FilterHandle>,
}

impl<T: Factory + Filter> Component for FilterComponent<T> {
    type Plugin = T;

    fn create(&self, configuration: &str, context: &[u8]) -> Result<()> {
        let filter = create::<T>(configuration, context)?;
        let language = Language { filter, handles: HashMap::default(), asked: Vec::new() };
        *self.lock() = Some(language);
        Ok(())
    }

    fn destroy(&self) {
        *self.lock() = None;
    }
}

impl<T: Factory + Filter> FilterComponent<T> {
    /// A component before `create`.
    pub const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn compile(&self, handle: u64, expression: &str) -> Result<u32> {
        self.with(|language| {
            let (own, reads) = language.filter.compile(expression)?;
            if let Some(old) = language.handles.insert(handle, own) {
                language.filter.release(old);
            }
            Ok(reads.bits())
        })
    }

    pub(super) fn release(&self, handle: u64) {
        if let Some(language) = &mut *self.lock()
            && let Some(own) = language.handles.remove(&handle)
        {
            language.filter.release(own);
        }
    }

    /// Leaves the row of bits in `bits`, which is cleared first.
    pub(super) fn matches(&self, batch: &[u8], handles: &[u64], bits: &mut Vec<u8>) -> Result<()> {
        self.with(|Language { filter, handles: known, asked }| {
            asked.clear();
            for handle in handles {
                asked.push(*known.get(handle).ok_or_else(|| unknown(*handle))?);
            }
            let batch = BatchRef::parse(batch)?;
            bits.clear();
            bits.resize((batch.len() * handles.len()).div_ceil(8), 0);
            batch.with_views(|views| {
                filter.matches(views, asked, &mut |message, handle| {
                    let number = message * handles.len() + handle;
                    if let Some(byte) = bits.get_mut(number / 8) {
                        *byte |= 1 << (number % 8);
                    }
                })
            })?
        })
    }

    pub(super) fn transform(&self, handle: u64, message: &[u8]) -> Result<Verdict> {
        self.with(|language| {
            let own = language.own(handle)?;
            language.filter.transform(own, &BatchRef::parse(message)?.only()?)
        })
    }

    pub(super) fn inspect(&self, handle: Option<u64>) -> Result<String> {
        self.with(|language| {
            let own = handle.map(|handle| language.own(handle)).transpose()?;
            language.filter.inspect(own)
        })
    }

    pub(super) fn explain(&self, expression: &str) -> Result<String> {
        self.with(|language| language.filter.explain(expression))
    }

    pub(super) fn try_expression(&self, expression: &str, message: &[u8]) -> Result<String> {
        self.with(|language| {
            language.filter.try_expression(expression, &BatchRef::parse(message)?.only()?)
        })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Language<T>) -> Result<R>) -> Result<R> {
        self.lock().as_mut().map_or_else(|| Err(not_created()), work)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Language<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Factory + Filter> Default for FilterComponent<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Language<T> {
    fn own(&self, handle: u64) -> Result<FilterHandle> {
        self.handles.get(&handle).copied().ok_or_else(|| unknown(handle))
    }
}

fn unknown(handle: u64) -> Error {
    let text = format!("the expression {handle} was not compiled by this instance");
    Error::new(ErrorKind::NotFound, text)
}

/// Spreads handles, which count up: by the golden ratio, so that the high bits, by which a table
/// tells entries apart, change as well. Nobody but the host chooses them.
#[derive(Debug, Default)]
struct HandleHasher(u64);

impl Hasher for HandleHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    fn write_u64(&mut self, handle: u64) {
        self.0 = handle.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests;
