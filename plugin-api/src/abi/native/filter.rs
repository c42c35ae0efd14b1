//! The filter kind's table over [`Filter`].

use std::ffi::c_void;

use super::exchange::Sink;
use super::factory::{command, create, destroy, factory_record, instance};
use super::message::{view, with_views};
use super::reply::{Reply, caught_or_logged};
use crate::abi::layout::{read_versioned, write_versioned};
use crate::abi::status;
use crate::abi::types::number;
use crate::abi::types::{
    PhCompiled, PhFactory, PhFilterVtable, PhMatches, PhMsg, PhReply, PhSlice, PhVerdict,
};
use crate::factory::{Factory, Kind};
use crate::filter::{Filter, FilterHandle, Verdict};
use crate::message::MessageView;

/// The record of a filter language.
pub const fn filter_factory<T: Factory + Filter>() -> PhFactory {
    factory_record::<T, _>(Kind::Filter, Table::<T>::VTABLE)
}

struct Table<T>(std::marker::PhantomData<T>);

impl<T: Factory + Filter> Table<T> {
    const VTABLE: &'static PhFilterVtable = &PhFilterVtable {
        size: size_of::<PhFilterVtable>(),
        create: Some(create::<T>),
        destroy: Some(destroy::<T>),
        command: Some(command::<T>),
        compile: Some(compile::<T>),
        release: Some(release::<T>),
        matches: Some(matches::<T>),
        transform: if T::TRANSFORMS { Some(transform::<T>) } else { None },
        inspect: Some(inspect::<T>),
        explain: Some(explain::<T>),
        try_expression: Some(try_expression::<T>),
    };
}

unsafe extern "C" fn compile<T: Filter>(
    filter: *mut c_void,
    expression: PhSlice,
    out: *mut PhCompiled,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let expression = unsafe { expression.host_text() };
        // SAFETY: an instance of `T` that is not destroyed.
        let (handle, reads) = unsafe { instance::<T>(filter) }.compile(expression)?;
        let compiled = PhCompiled {
            size: size_of::<PhCompiled>(),
            handle: handle.0,
            reads: reads.bits(),
            reserved: 0,
        };
        // SAFETY: the host's place for the answer, alive for the call, not shared.
        unsafe { write_versioned(out, &compiled) };
        Ok(())
    })
}

unsafe extern "C" fn release<T: Filter>(filter: *mut c_void, handle: u64) {
    caught_or_logged("release", || {
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(filter) }.release(FilterHandle(handle));
    });
}

unsafe extern "C" fn matches<T: Filter>(
    filter: *mut c_void,
    batch: *const *const PhMsg,
    count: usize,
    handles: *const u64,
    handle_count: usize,
    matches: *const PhMatches,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_unit(|| {
        // SAFETY: the host's sink, alive for the call.
        let mut sink = Sink::new(unsafe { read_versioned(matches) });
        // SAFETY: the host's handles, alive for the call.
        let handles = unsafe { handle_slice(handles, handle_count) };
        // SAFETY: an instance of `T` that is not destroyed.
        let filter = unsafe { instance::<T>(filter) };
        let mut answer = |message: usize, handle: usize| sink.take(message, handle as u64);
        let work = |views: &[&dyn MessageView]| filter.matches(views, handles, &mut answer);
        // SAFETY: the host's messages, alive for the call.
        unsafe { with_views(batch, count, work) }?;
        sink.flush();
        Ok(())
    })
}

unsafe extern "C" fn transform<T: Filter>(
    filter: *mut c_void,
    handle: u64,
    message: *const PhMsg,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: a message of the host, alive for the call.
        let message = unsafe { view(message) };
        // SAFETY: an instance of `T` that is not destroyed.
        let verdict = unsafe { instance::<T>(filter) }.transform(FilterHandle(handle), &message)?;
        reply.result_slice(PhSlice::over(&raw_verdict(&verdict)));
        Ok(status::OK)
    })
}

unsafe extern "C" fn inspect<T: Filter>(
    filter: *mut c_void,
    handle: *const u64,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: NULL or a handle of the host, alive for the call.
        let handle = unsafe { handle.as_ref() }.copied().map(FilterHandle);
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(filter) }.inspect(handle)
    })
}

unsafe extern "C" fn explain<T: Filter>(
    filter: *mut c_void,
    expression: PhSlice,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let expression = unsafe { expression.host_text() };
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(filter) }.explain(expression)
    })
}

unsafe extern "C" fn try_expression<T: Filter>(
    filter: *mut c_void,
    expression: PhSlice,
    message: *const PhMsg,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    unsafe { Reply::new(reply) }.guard_text(|| {
        // SAFETY: UTF-8 of the host, alive for the call.
        let expression = unsafe { expression.host_text() };
        // SAFETY: a message of the host, alive for the call.
        let message = unsafe { view(message) };
        // SAFETY: an instance of `T` that is not destroyed.
        unsafe { instance::<T>(filter) }.try_expression(expression, &message)
    })
}

/// The host's handles.
///
/// # Safety
/// `first` is NULL or leads to `count` handles that live for `'a`.
unsafe fn handle_slice<'a>(first: *const u64, count: usize) -> &'a [FilterHandle] {
    if first.is_null() {
        return &[];
    }
    // SAFETY: not NULL, as many as the caller promises; a `FilterHandle` is a `u64`, transparently.
    unsafe { std::slice::from_raw_parts(first.cast(), count) }
}

/// The verdict as the header's struct, borrowing from `verdict`.
fn raw_verdict(verdict: &Verdict) -> PhVerdict {
    let (verdict, body, content_type) = match verdict {
        Verdict::Pass => (number::VERDICT_PASS, PhSlice::ABSENT, PhSlice::ABSENT),
        Verdict::Drop => (number::VERDICT_DROP, PhSlice::ABSENT, PhSlice::ABSENT),
        Verdict::DeadLetter => (number::VERDICT_DEAD_LETTER, PhSlice::ABSENT, PhSlice::ABSENT),
        Verdict::Replace { body, content_type } => {
            let content_type = content_type.as_deref().map_or(PhSlice::ABSENT, PhSlice::of);
            (number::VERDICT_REPLACE, PhSlice::new(body), content_type)
        }
    };
    PhVerdict { size: size_of::<PhVerdict>(), verdict, reserved: 0, body, content_type }
}
