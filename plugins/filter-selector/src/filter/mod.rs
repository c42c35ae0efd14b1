//! Filter language `selector`: selectors on any binding, subscription or queue.
//!
//! Invariants: a handle is given once and never again; a call that names an unknown handle answers
//! nothing.

mod json;

use std::collections::HashMap;

use foldhash::fast::RandomState;
use parking_lot::RwLock;
use philter_plugin_api::{
    Context, Error, ErrorKind, Factory, Filter, FilterHandle, MessageView, Reads, Result,
};
use serde_json::json;
use smallvec::SmallVec;

use crate::selector::Selector;
use crate::tally::{Answers, Tally};
use crate::value::Truth;

/// The language `selector`.
#[derive(Debug, Default)]
pub struct SelectorFilter {
    compiled: RwLock<Compiled>,
}

#[derive(Debug, Default)]
struct Compiled {
    by_handle: HashMap<FilterHandle, Entry, RandomState>,
    given: u64,
}

#[derive(Debug)]
struct Entry {
    selector: Selector,
    tally: Tally,
}

/// Handles of a call that are looked up without an allocation.
const HANDLES_INLINE: usize = 8;

impl Factory for SelectorFilter {
    const TYPE_NAME: &'static str = "selector";

    fn create(_: &Context<'_>) -> Result<Self> {
        Ok(Self::default())
    }
}

impl Filter for SelectorFilter {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        let selector: Selector = expression.parse()?;
        let reads = selector.reads();
        let mut compiled = self.compiled.write();
        compiled.given += 1;
        let handle = FilterHandle(compiled.given);
        compiled.by_handle.insert(handle, Entry { selector, tally: Tally::default() });
        Ok((handle, reads))
    }

    fn release(&self, handle: FilterHandle) {
        self.compiled.write().by_handle.remove(&handle);
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let compiled = self.compiled.read();
        let entries = handles.iter().map(|handle| compiled.entry(*handle));
        let entries = entries.collect::<Result<SmallVec<[&Entry; HANDLES_INLINE]>>>()?;
        for (index, entry) in entries.into_iter().enumerate() {
            let mut answers = Answers::default();
            for (message_index, message) in batch.iter().enumerate() {
                let truth = entry.selector.answer(*message);
                answers.count(truth);
                if truth == Truth::True {
                    answer(message_index, index);
                }
            }
            entry.tally.add(&answers);
        }
        Ok(())
    }

    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        let compiled = self.compiled.read();
        let Some(handle) = handle else {
            return Ok(json!({ "selectors": compiled.by_handle.len() }).to_string());
        };
        let entry = compiled.entry(handle)?;
        let selector = entry.selector.to_string();
        Ok(json!({ "selector": selector, "answers": entry.tally.to_json() }).to_string())
    }

    fn explain(&self, expression: &str) -> Result<String> {
        Ok(json::explanation(&expression.parse()?).to_string())
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        Ok(json::trial(&expression.parse()?, message).to_string())
    }
}

impl Compiled {
    fn entry(&self, handle: FilterHandle) -> Result<&Entry> {
        self.by_handle.get(&handle).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("there is no selector {}", handle.0))
        })
    }
}

#[cfg(test)]
mod tests;
