//! The functions of the WIT's interface `filter`, as a module exports them.
//!
//! # Safety
//! Only the host calls them, through the component model: each list and string was made for the
//! call by `cabi_realloc`, with as many elements as the number behind it says.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::context::command as run;
use super::describe::{Package, describe as say};
use super::filter::FilterComponent;
use super::given::{GivenText, list, text, texts};
use super::host::log_panics;
use crate::factory::Factory;
use crate::filter::Filter;

pub fn describe<T: Factory + Filter>(_: &FilterComponent<T>, package: &Package) -> *const u32 {
    log_panics();
    leave(|answer| answer.text(say::<T>(package)))
}

pub unsafe fn create<T: Factory + Filter>(
    component: &FilterComponent<T>,
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

pub fn destroy<T: Factory + Filter>(component: &FilterComponent<T>) {
    component.destroy();
}

pub unsafe fn compile<T: Factory + Filter>(
    component: &FilterComponent<T>,
    handle: u64,
    expression: *mut u8,
    expression_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let expression = unsafe { text(expression, expression_len) };
    leave(|answer| answer.number(component.compile(handle, &expression)))
}

pub fn release<T: Factory + Filter>(component: &FilterComponent<T>, handle: u64) {
    component.release(handle);
}

pub unsafe fn matches<T: Factory + Filter>(
    component: &FilterComponent<T>,
    batch: *mut u8,
    batch_len: usize,
    handles: *mut u64,
    handle_count: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let batch = unsafe { list(batch, batch_len) };
    // SAFETY: given for this call.
    let handles = unsafe { list(handles, handle_count) };
    leave(|answer| answer.bytes(|bits| component.matches(&batch, &handles, bits)))
}

pub unsafe fn transform<T: Factory + Filter>(
    component: &FilterComponent<T>,
    handle: u64,
    message: *mut u8,
    message_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let message = unsafe { list(message, message_len) };
    leave(|answer| answer.verdict(component.transform(handle, &message)))
}

pub fn inspect<T: Factory + Filter>(
    component: &FilterComponent<T>,
    has_handle: u32,
    handle: u64,
) -> *const u32 {
    let handle = (has_handle != 0).then_some(handle);
    leave(|answer| answer.text_or_error(component.inspect(handle)))
}

pub unsafe fn explain<T: Factory + Filter>(
    component: &FilterComponent<T>,
    expression: *mut u8,
    expression_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let expression = unsafe { text(expression, expression_len) };
    leave(|answer| answer.text_or_error(component.explain(&expression)))
}

pub unsafe fn try_expression<T: Factory + Filter>(
    component: &FilterComponent<T>,
    expression: *mut u8,
    expression_len: usize,
    message: *mut u8,
    message_len: usize,
) -> *const u32 {
    // SAFETY: given for this call.
    let expression = unsafe { text(expression, expression_len) };
    // SAFETY: given for this call.
    let message = unsafe { list(message, message_len) };
    leave(|answer| answer.text_or_error(component.try_expression(&expression, &message)))
}

pub unsafe fn command<T: Factory + Filter>(
    _: &FilterComponent<T>,
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
