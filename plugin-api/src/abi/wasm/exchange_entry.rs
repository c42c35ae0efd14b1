//! The functions of the WIT's interface `exchange`, as a module exports them.
//!
//! # Safety
//! As in `filter_entry`.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::context::command as run;
use super::describe::{Package, describe as say};
use super::exchange::{ExchangeComponent, binding};
use super::given::{GivenText, list, text, texts};
use super::host::log_panics;
use crate::exchange::Exchange;
use crate::factory::Factory;

pub fn describe<T: Factory + Exchange>(_: &ExchangeComponent<T>, package: &Package) -> *const u32 {
    log_panics();
    leave(|answer| answer.text(say::<T>(package)))
}

pub unsafe fn create<T: Factory + Exchange>(
    component: &ExchangeComponent<T>,
    configuration: *mut u8,
    configuration_len: usize,
    context: *mut u8,
    context_len: usize,
) -> *const u32 {
    log_panics();
    // SAFETY: given for this call.
    let configuration = unsafe { text(configuration, configuration_len) };
    // SAFETY: given for this call.
    let context = unsafe { list(context, context_len) };
    leave(|answer| answer.done(component.create(&configuration, &context)))
}

pub fn destroy<T: Factory + Exchange>(component: &ExchangeComponent<T>) {
    component.destroy();
}

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

pub unsafe fn command<T: Factory + Exchange>(
    _: &ExchangeComponent<T>,
    configuration: *mut u8,
    configuration_len: usize,
    arguments: *mut GivenText,
    argument_count: usize,
    input: *mut u8,
    input_len: usize,
) -> *const u32 {
    log_panics();
    // SAFETY: given for this call.
    let configuration = unsafe { text(configuration, configuration_len) };
    // SAFETY: given for this call.
    let arguments = unsafe { texts(arguments, argument_count) };
    // SAFETY: given for this call.
    let input = unsafe { list(input, input_len) };
    leave(|answer| answer.command(run::<T>(&configuration, &arguments, &input)))
}
