//! A message as the host lends it: a pointer to a view, and the functions that read it.
//!
//! Invariant: a `ph_msg` is a pointer to an element of the batch, a `&dyn MessageView`, which lives
//! until the call that lent it returns. Nothing is copied.

use std::ffi::c_void;

use super::plugin::shielded;
use crate::abi::status;
use crate::abi::types::{PhMsg, PhSlice, PhValue, VisitHeaderFn};
use crate::message::{MessageView, Property};

/// Batches up to this size are lent without an allocation.
const BATCH_ON_STACK: usize = 32;

/// Lends a batch: `work` gets the array that the plugin's functions take, valid while it runs.
pub(super) fn lent<R>(
    batch: &[&dyn MessageView],
    work: impl FnOnce(*const *const PhMsg) -> R,
) -> R {
    if let [only] = batch {
        let pointer = pointer(only);
        return work(&raw const pointer);
    }
    if batch.len() <= BATCH_ON_STACK {
        let mut pointers = [std::ptr::null(); BATCH_ON_STACK];
        for (place, message) in pointers.iter_mut().zip(batch) {
            *place = pointer(message);
        }
        return work(pointers.as_ptr());
    }
    let pointers: Vec<_> = batch.iter().map(pointer).collect();
    work(pointers.as_ptr())
}

/// What the plugin's functions take for one message, valid while the reference is.
pub(super) fn pointer(message: &&dyn MessageView) -> *const PhMsg {
    std::ptr::from_ref(message).cast()
}

/// The message behind a pointer that was lent.
///
/// # Safety
/// `msg` is NULL or came from [`pointer`] in a call that has not returned.
unsafe fn message<'a>(msg: *const PhMsg) -> Option<&'a dyn MessageView> {
    // SAFETY: NULL or a pointer to a view that lives until the call returns.
    unsafe { msg.cast::<&dyn MessageView>().as_ref() }.copied()
}

/// Writes an answer to the plugin's place for it.
///
/// # Safety
/// `place` is NULL or the plugin's, to write to.
unsafe fn answer<T>(place: *mut T, value: Option<T>) -> i32 {
    let (false, Some(value)) = (place.is_null(), value) else { return status::ABSENT };
    // SAFETY: not NULL, and the plugin's to write to.
    unsafe { place.write(value) };
    status::OK
}

pub(super) unsafe extern "C" fn routing_key(msg: *const PhMsg, key: *mut PhSlice) -> i32 {
    // SAFETY: the plugin passes a message that it was lent.
    let message = unsafe { message(msg) };
    let value = shielded(None, || message.map(|message| PhSlice::of(message.routing_key())));
    // SAFETY: the plugin's place.
    unsafe { answer(key, value) }
}

pub(super) unsafe extern "C" fn property(
    msg: *const PhMsg,
    number: u32,
    value: *mut PhValue,
) -> i32 {
    // SAFETY: the plugin passes a message that it was lent.
    let message = unsafe { message(msg) };
    let read = || Some(message?.property(Property::from_number(number)?)?.into());
    // SAFETY: the plugin's place.
    unsafe { answer(value, shielded(None, read)) }
}

pub(super) unsafe extern "C" fn header(
    msg: *const PhMsg,
    name: PhSlice,
    value: *mut PhValue,
) -> i32 {
    // SAFETY: the plugin passes a message that it was lent.
    let message = unsafe { message(msg) };
    // SAFETY: the plugin's bytes, alive for the call.
    let name = unsafe { name.bytes() }.unwrap_or_default();
    let read = || Some(message?.header(std::str::from_utf8(name).ok()?)?.into());
    // SAFETY: the plugin's place.
    unsafe { answer(value, shielded(None, read)) }
}

pub(super) unsafe extern "C" fn headers(
    msg: *const PhMsg,
    ctx: *mut c_void,
    visit: VisitHeaderFn,
) -> i32 {
    // SAFETY: the plugin passes a message that it was lent.
    let Some(message) = (unsafe { message(msg) }) else { return status::ABSENT };
    let mut visit = |name: &str, value: crate::value::ValueRef<'_>| {
        let value = PhValue::from(value);
        // SAFETY: the plugin's function and context, a name and a value that live for the visit.
        unsafe { visit(ctx, PhSlice::of(name), &raw const value) };
    };
    shielded((), || message.headers(&mut visit));
    status::OK
}

pub(super) unsafe extern "C" fn body_len(msg: *const PhMsg) -> u64 {
    // SAFETY: the plugin passes a message that it was lent.
    let message = unsafe { message(msg) };
    shielded(0, || message.map_or(0, MessageView::body_len))
}

pub(super) unsafe extern "C" fn body(msg: *const PhMsg, offset: u64, chunk: *mut PhSlice) -> i32 {
    // SAFETY: the plugin passes a message that it was lent.
    let message = unsafe { message(msg) };
    let read = || message.map(|message| PhSlice::new(message.body_chunk(offset)));
    // SAFETY: the plugin's place.
    unsafe { answer(chunk, shielded(None, read)) }
}
