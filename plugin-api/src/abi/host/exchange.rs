//! An exchange of a plugin behind the SDK's own trait.

use std::ffi::c_void;
use std::sync::Arc;

use super::Fault;
use super::handle::Handle;
use super::message::{lent, pointer};
use super::plugin::shielded;
use crate::abi::types::number;
use crate::abi::types::{PhBinding, PhBound, PhExchangeVtable, PhMatches, PhSlice};
use crate::error::{Error, Result};
use crate::exchange::{Binding, BindingId, Bound, Destination, Exchange, Matches, Reads};
use crate::message::MessageView;

/// An exchange of a plugin.
pub(super) struct NativeExchange {
    pub(super) handle: Arc<Handle>,
    pub(super) vtable: PhExchangeVtable,
}

impl Exchange for NativeExchange {
    fn bind(&self, binding: &Binding<'_>) -> Result<Bound> {
        let bind = self.vtable.bind.ok_or_else(|| Error::unsupported("bind"))?;
        let binding = raw_binding(binding);
        let mut bound = PhBound { size: size_of::<PhBound>(), reads: 0, cacheable: 0 };
        self.handle.run("bind", |reply| {
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { bind(self.handle.instance(), &raw const binding, &raw mut bound, reply) }
        })?;
        Ok(Bound { reads: Reads::from_bits(bound.reads), cacheable: bound.cacheable != 0 })
    }

    fn unbind(&self, id: BindingId) -> Result<()> {
        let unbind = self.vtable.unbind.ok_or_else(|| Error::unsupported("unbind"))?;
        self.handle.run("unbind", |reply| {
            // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
            unsafe { unbind(self.handle.instance(), id.0, reply) }
        })
    }

    fn route(&self, batch: &[&dyn MessageView], matches: &mut dyn Matches) -> Result<()> {
        let route = self.vtable.route.ok_or_else(|| Error::unsupported("route"))?;
        let mut push = |message, ids: &[u64]| {
            for id in ids {
                matches.push(message, BindingId(*id));
            }
            Ok(())
        };
        let mut answers = Answers::new("route", batch.len(), &mut push);
        let sink = answers.sink();
        let done = self.handle.run("route", |reply| {
            lent(batch, |first| {
                // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
                unsafe { route(self.handle.instance(), first, batch.len(), &raw const sink, reply) }
            })
        });
        answers.end(&self.handle)?;
        done
    }

    fn inspect(&self, binding: Option<BindingId>) -> Result<String> {
        let inspect = self.vtable.inspect.ok_or_else(|| Error::unsupported("inspect"))?;
        let id = binding.map(|binding| binding.0);
        let id = id.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
        self.handle.call("inspect", |reply| unsafe { inspect(self.handle.instance(), id, reply) })
    }

    fn explain(&self, binding: BindingId) -> Result<String> {
        let explain = self.vtable.explain.ok_or_else(|| Error::unsupported("explain"))?;
        // SAFETY: the plugin's entry, its instance, and a reply that lives for the call.
        self.handle
            .call("explain", |reply| unsafe { explain(self.handle.instance(), binding.0, reply) })
    }

    fn try_binding(&self, binding: &Binding<'_>, message: &dyn MessageView) -> Result<String> {
        let try_binding = self.vtable.try_binding.ok_or_else(|| Error::unsupported("try"))?;
        let binding = raw_binding(binding);
        self.handle.call("try_binding", |reply| {
            let binding = &raw const binding;
            // SAFETY: the plugin's entry, its instance, and what is borrowed here for the call.
            unsafe { try_binding(self.handle.instance(), binding, pointer(&message), reply) }
        })
    }
}

fn raw_binding(binding: &Binding<'_>) -> PhBinding {
    let (destination_kind, destination) = match binding.destination {
        Destination::Queue(name) => (number::DESTINATION_QUEUE, name),
        Destination::Exchange(name) => (number::DESTINATION_EXCHANGE, name),
    };
    PhBinding {
        size: size_of::<PhBinding>(),
        id: binding.id.0,
        destination_kind,
        declared_by: binding.declared_by.number(),
        destination: PhSlice::of(destination),
        key: PhSlice::of(binding.key),
        arguments: PhSlice::new(binding.arguments.encoded()),
    }
}

/// Takes a message's index, which is in the batch, and what it matches.
type Push<'a> = &'a mut dyn FnMut(usize, &[u64]) -> Result<(), Fault>;

/// Where the answers of `route` and `matches` arrive.
pub(super) struct Answers<'a> {
    entry: &'static str,
    batch: usize,
    push: Push<'a>,
    fault: Option<Fault>,
}

impl<'a> Answers<'a> {
    pub(super) fn new(entry: &'static str, batch: usize, push: Push<'a>) -> Self {
        Self { entry, batch, push, fault: None }
    }

    /// What the plugin's entry takes; valid while `self` stays where it is.
    pub(super) fn sink(&mut self) -> PhMatches {
        PhMatches {
            size: size_of::<PhMatches>(),
            ctx: std::ptr::from_mut(self).cast(),
            push: Some(take),
        }
    }

    /// The end of the call: an error where an answer was wrong.
    pub(super) fn end(self, handle: &Handle) -> Result<()> {
        match self.fault {
            Some(fault) => Err(handle.plugin().fault(&fault)),
            None => Ok(()),
        }
    }

    fn take(&mut self, message: usize, ids: *const u64, count: usize) -> Result<(), Fault> {
        let (entry, batch) = (self.entry, self.batch);
        if message >= batch {
            return Err(Fault::PastBatch { entry, message, batch });
        }
        if count == 0 {
            return Ok(());
        }
        if ids.is_null() {
            return Err(Fault::NullPointer { entry, of: "ids", count });
        }
        // SAFETY: not NULL, and the plugin lends as many ids as it says.
        let ids = unsafe { std::slice::from_raw_parts(ids, count) };
        (self.push)(message, ids)
    }
}

unsafe extern "C" fn take(ctx: *mut c_void, message: usize, ids: *const u64, count: usize) {
    // SAFETY: the context of a sink, which the plugin uses during the call alone.
    let Some(answers) = (unsafe { ctx.cast::<Answers<'_>>().as_mut() }) else { return };
    if answers.fault.is_some() {
        return;
    }
    if let Err(fault) = shielded(Ok(()), || answers.take(message, ids, count)) {
        answers.fault = Some(fault);
    }
}
