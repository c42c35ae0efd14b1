//! The functions of the WIT's interface `exchange`, as a module exports them.
//!
//! # Safety
//! As in `filter_entry`.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::exchange::{ExchangeComponent, binding};
use super::given::{list, text};
use crate::exchange::Exchange;
use crate::factory::Factory;

pub use super::common_entry::{command, create, describe, destroy};

#[allow(clippy::too_many_arguments, reason = "the WIT's own, flattened")]
pub unsafe fn bind<T: Factory + Exchange>(
    component: &ExchangeComponent<T>,
    id: u64,
    key: *mut u8,
    key_len: usize,
    arguments: *mut u8,
    arguments_len: usize,
    context: *mut u8,
    context_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let key = unsafe { text(key, key_len) };
    // SAFETY: given for this call.
    let arguments = unsafe { list(arguments, arguments_len) };
    // SAFETY: given for this call.
    let context = unsafe { list(context, context_len) };
    leave(|answer| {
        let binding = binding(id, &key, &arguments, &context);
        answer.number(binding.and_then(|binding| component.bind(&binding)));
    })
}

pub fn unbind<T: Factory + Exchange>(component: &ExchangeComponent<T>, id: u64) -> *const u32 {
    leave(|answer| answer.done(component.unbind(id)))
}

pub unsafe fn route<T: Factory + Exchange>(
    component: &ExchangeComponent<T>,
    batch: *mut u8,
    batch_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let batch = unsafe { list(batch, batch_len) };
    leave(|answer| answer.bytes(|matches| component.route(&batch, matches)))
}

pub fn inspect<T: Factory + Exchange>(
    component: &ExchangeComponent<T>,
    has_binding: u32,
    binding: u64,
) -> *const u32 {
    let binding = (has_binding != 0).then_some(binding);
    leave(|answer| answer.text_or_error(component.inspect(binding)))
}

pub fn explain<T: Factory + Exchange>(
    component: &ExchangeComponent<T>,
    binding: u64,
) -> *const u32 {
    leave(|answer| answer.text_or_error(component.explain(binding)))
}

#[allow(clippy::too_many_arguments, reason = "the WIT's own, flattened")]
pub unsafe fn try_binding<T: Factory + Exchange>(
    component: &ExchangeComponent<T>,
    key: *mut u8,
    key_len: usize,
    arguments: *mut u8,
    arguments_len: usize,
    context: *mut u8,
    context_len: usize,
    message: *mut u8,
    message_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let key = unsafe { text(key, key_len) };
    // SAFETY: given for this call.
    let arguments = unsafe { list(arguments, arguments_len) };
    // SAFETY: given for this call.
    let context = unsafe { list(context, context_len) };
    // SAFETY: given for this call.
    let message = unsafe { list(message, message_len) };
    leave(|answer| {
        let binding = binding(0, &key, &arguments, &context);
        let said = binding.and_then(|binding| component.try_binding(&binding, &message));
        answer.text_or_error(said);
    })
}
