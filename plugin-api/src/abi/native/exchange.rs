//! The exchange kind's table over [`Exchange`].

use std::ffi::c_void;

use super::factory::{command, create, destroy, factory_record, instance, map};
use super::message::{view, with_views};
use super::reply::Reply;
use crate::abi::layout::{read_versioned, write_versioned};
use crate::abi::types::number;
use crate::abi::types::{
    PhBinding, PhBound, PhExchangeVtable, PhFactory, PhMatches, PhMsg, PhReply,
};
use crate::error::{Error, Result};
use crate::exchange::{Binding, BindingId, Destination, Exchange, Matches, Protocol};
use crate::factory::{Factory, Kind};

/// The record of an exchange type.
pub const fn exchange_factory<T: Factory + Exchange>() -> PhFactory {
    factory_record::<T, _>(Kind::Exchange, Table::<T>::VTABLE)
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Factory + Exchange> Table<T> {
    const VTABLE: &'static PhExchangeVtable = &PhExchangeVtable {
        size: size_of::<PhExchangeVtable>(),
        create: Some(create::<T>),
        destroy: Some(destroy::<T>),
        command: Some(command::<T>),
        bind: Some(bind::<T>),
        unbind: Some(unbind::<T>),
        route: Some(route::<T>),
        inspect: Some(inspect::<T>),
        explain: Some(explain::<T>),
        try_binding: Some(try_binding::<T>),
    };
}

unsafe extern "C" fn bind<T: Exchange>(
    exchange: *mut c_void,
    binding: *const PhBinding,
    out: *mut PhBound,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: the host's binding, alive for the call.
        let binding = unsafe { read_binding(binding) }?;
        // SAFETY: an instance of `T` that is not destroyed.
        let bound = unsafe { instance::<T>(exchange) }.bind(&binding)?;
        let bound = PhBound {
            size: size_of::<PhBound>(),
            reads: bound.reads.bits(),
            cacheable: bound.cacheable.into(),
        };
        // SAFETY: the host's place for the answer, alive for the call, not shared.
        unsafe { write_versioned(out, &bound) };
        Ok(())
    })
}

unsafe extern "C" fn unbind<T: Exchange>(
    exchange: *mut c_void,
    id: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(exchange) }.unbind(BindingId(id))
    })
}

unsafe extern "C" fn route<T: Exchange>(
    exchange: *mut c_void,
    batch: *const *const PhMsg,
    count: usize,
    matches: *const PhMatches,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: the host's sink, alive for the call.
        let mut sink = Sink::new(unsafe { read_versioned(matches) });
        // SAFETY: an instance of `T` that is not destroyed.
        let exchange = unsafe { instance::<T>(exchange) };
        // SAFETY: the host's messages, alive for the call.
        unsafe { with_views(batch, count, |views| exchange.route(views, &mut sink)) }?;
        sink.flush();
        Ok(())
    })
}

unsafe extern "C" fn inspect<T: Exchange>(
    exchange: *mut c_void,
    binding: *const u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: NULL or an id of the host, alive for the call.
        let binding = unsafe { binding.as_ref() }.copied().map(BindingId);
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(exchange) }.inspect(binding)
    })
}

unsafe extern "C" fn explain<T: Exchange>(
    exchange: *mut c_void,
    binding: u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(exchange) }.explain(BindingId(binding))
    })
}

unsafe extern "C" fn try_binding<T: Exchange>(
    exchange: *mut c_void,
    binding: *const PhBinding,
    message: *const PhMsg,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: the host's binding, alive for the call.
        let binding = unsafe { read_binding(binding) }?;
        // SAFETY: a message of the host, alive for the call.
        let message = unsafe { view(message) };
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(exchange) }.try_binding(&binding, &message)
    })
}

/// The binding as the SDK's own type.
///
/// # Safety
/// `binding` is a `ph_binding` that lives for `'a`, its texts UTF-8.
unsafe fn read_binding<'a>(binding: *const PhBinding) -> Result<Binding<'a>> {
    // SAFETY: the caller's promise.
    let raw = unsafe { read_versioned(binding) };
    // SAFETY: the caller's promise, for this and the two that follow.
    let destination = unsafe { raw.destination.host_text() };
    // SAFETY: as above.
    let key = unsafe { raw.key.host_text() };
    // SAFETY: as above.
    let arguments = unsafe { map(raw.arguments) }?;
    Ok(Binding {
        id: BindingId(raw.id),
        destination: match raw.destination_kind {
            number::DESTINATION_QUEUE => Destination::Queue(destination),
            number::DESTINATION_EXCHANGE => Destination::Exchange(destination),
            other => {
                return Err(Error::invalid(format!("no destination is of kind {other}")));
            }
        },
        key,
        arguments,
        declared_by: Protocol::from_number(raw.declared_by).unwrap_or(Protocol::Broker),
    })
}

/// Ids that go to the host in one call.
const IDS_A_PUSH: usize = 32;

/// Collects the ids of one message after the other and hands them over in as few calls as it can.
pub(super) struct Sink {
    matches: PhMatches,
    index: usize,
    ids: [u64; IDS_A_PUSH],
    count: usize,
}

impl Sink {
    pub(super) fn new(matches: PhMatches) -> Self {
        Self { matches, index: 0, ids: [0; IDS_A_PUSH], count: 0 }
    }

    pub(super) fn take(&mut self, index: usize, id: u64) {
        if index != self.index || self.count == IDS_A_PUSH {
            self.flush();
            self.index = index;
        }
        if let Some(place) = self.ids.get_mut(self.count) {
            *place = id;
            self.count += 1;
        }
    }

    pub(super) fn flush(&mut self) {
        if self.count > 0
            && let Some(push) = self.matches.push
        {
            // SAFETY: the host's function and context, and as many ids as were collected.
            unsafe { push(self.matches.ctx, self.index, self.ids.as_ptr(), self.count) };
        }
        self.count = 0;
    }
}

impl Matches for Sink {
    fn push(&mut self, index: usize, id: BindingId) {
        self.take(index, id.0);
    }
}
