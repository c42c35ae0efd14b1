//! A filter language of a plugin behind the SDK's own trait.

use std::sync::Arc;

use super::Fault;
use super::exchange::Answers;
use super::handle::Handle;
use super::message::{lent, pointer};
use super::reply::{Reading, result_bytes, result_struct, result_text};
use crate::abi::types::number;
use crate::abi::types::{PhCompiled, PhFilterVtable, PhSlice, PhVerdict};
use crate::error::{Error, Result};
use crate::exchange::Reads;
use crate::filter::{Filter, FilterHandle, Verdict};
use crate::message::MessageView;

/// A filter language of a plugin.
pub(super) struct NativeFilter {
    pub(super) handle: Arc<Handle>,
    pub(super) vtable: PhFilterVtable,
}

impl Filter for NativeFilter {
    fn compile(&self, expression: &str) -> Result<(FilterHandle, Reads)> {
        let compile = self.vtable.compile.ok_or_else(|| Error::unsupported("compile"))?;
        let size = size_of::<PhCompiled>();
        let mut compiled = PhCompiled { size, handle: 0, reads: 0, reserved: 0 };
        let expression = PhSlice::of(expression);
        self.handle.run("compile", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { compile(self.handle.instance(), expression, &raw mut compiled, reply) }
        })?;
        Ok((FilterHandle(compiled.handle), Reads::from_bits(compiled.reads)))
    }

    fn release(&self, handle: FilterHandle) {
        if let Some(release) = self.vtable.release {
            // SAFETY: the plugin's entry and its instance.
            unsafe { release(self.handle.instance(), handle.0) };
        }
    }

    fn matches(
        &self,
        batch: &[&dyn MessageView],
        handles: &[FilterHandle],
        answer: &mut dyn FnMut(usize, usize),
    ) -> Result<()> {
        let matches = self.vtable.matches.ok_or_else(|| Error::unsupported("matches"))?;
        let mut push = |message, indices: &[u64]| {
            for index in indices {
                answer(message, handle_index(*index, handles.len())?);
            }
            Ok(())
        };
        let mut answers = Answers::new("matches", batch.len(), &mut push);
        let sink = answers.sink();
        let done = self.handle.run("matches", |reply| {
            lent(batch, |first| {
                let instance = self.handle.instance();
                let (count, handle_count) = (batch.len(), handles.len());
                let (handles, sink) = (handles.as_ptr().cast(), &raw const sink);
                // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
                unsafe { matches(instance, first, count, handles, handle_count, sink, reply) }
            })
        });
        answers.end(&self.handle)?;
        done
    }

    fn transforms(&self) -> bool {
        self.vtable.transform.is_some()
    }

    fn transform(&self, handle: FilterHandle, message: &dyn MessageView) -> Result<Verdict> {
        let transform = self.vtable.transform.ok_or_else(|| Error::unsupported("transform"))?;
        self.handle.call("transform", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { transform(self.handle.instance(), handle.0, pointer(&message), reply) }
        })
    }

    fn inspect(&self, handle: Option<FilterHandle>) -> Result<String> {
        let inspect = self.vtable.inspect.ok_or_else(|| Error::unsupported("inspect"))?;
        let number = handle.map(|handle| handle.0);
        let number = number.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
        self.handle
            .call("inspect", |reply| unsafe { inspect(self.handle.instance(), number, reply) })
    }

    fn explain(&self, expression: &str) -> Result<String> {
        let explain = self.vtable.explain.ok_or_else(|| Error::unsupported("explain"))?;
        let expression = PhSlice::of(expression);
        // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
        self.handle
            .call("explain", |reply| unsafe { explain(self.handle.instance(), expression, reply) })
    }

    fn try_expression(&self, expression: &str, message: &dyn MessageView) -> Result<String> {
        let try_it = self.vtable.try_expression.ok_or_else(|| Error::unsupported("try"))?;
        let expression = PhSlice::of(expression);
        self.handle.call("try_expression", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { try_it(self.handle.instance(), expression, pointer(&message), reply) }
        })
    }
}

fn handle_index(index: u64, handles: usize) -> Result<usize, Fault> {
    let fault = Fault::PastHandles { entry: "matches", handle: index, handles };
    usize::try_from(index).ok().filter(|index| *index < handles).ok_or(fault)
}

impl Reading for Verdict {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let raw = unsafe { result_struct::<PhVerdict>(entry, result) }?;
        Ok(match raw.verdict {
            number::VERDICT_PASS => Verdict::Pass,
            number::VERDICT_DROP => Verdict::Drop,
            number::VERDICT_DEAD_LETTER => Verdict::DeadLetter,
            number::VERDICT_REPLACE => {
                // SAFETY: the struct's slices are alive as long as it is.
                let body = unsafe { result_bytes(entry, raw.body) }?.to_vec();
                let content_type = if raw.content_type.ptr.is_null() {
                    None
                } else {
                    // SAFETY: as above.
                    Some(unsafe { result_text(entry, raw.content_type) }?)
                };
                Verdict::Replace { body, content_type }
            }
            other => return Err(Fault::BadNumber { entry, of: "the verdict", number: other }),
        })
    }
}
