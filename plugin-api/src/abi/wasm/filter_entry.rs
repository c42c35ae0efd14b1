//! The functions of the WIT's interface `filter`, as a module exports them.
//!
//! # Safety
//! Only the host calls them, through the component model: each list and string was made for the
//! call by `cabi_realloc`, with as many elements as the number behind it says.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::filter::FilterComponent;
use super::given::{list, text};
use crate::factory::Factory;
use crate::filter::Filter;

pub use super::common_entry::{command, create, describe, destroy};

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
