//! The functions that every interface of the WIT has, as a module exports them.
//!
//! # Safety
//! As in `filter_entry`.

#![allow(clippy::missing_safety_doc, reason = "the file says it once for all")]

use super::answer::leave;
use super::context::{Component, command as run};
use super::describe::{Package, describe as say};
use super::given::{GivenText, list, text, texts};
use super::host::log_panics;

pub fn describe<C: Component>(_: &C, package: &Package) -> *const u32 {
    log_panics();
    leave(|answer| answer.text(say::<C::Plugin>(package, C::ENTRIES)))
}

pub unsafe fn create<C: Component>(
    component: &C,
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
    let created = component.create(&configuration, &context);
    leave(|answer| answer.done(created))
}

pub fn destroy<C: Component>(component: &C) {
    component.destroy();
}

pub unsafe fn command<C: Component>(
    _: &C,
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
    leave(|answer| answer.command(run::<C::Plugin>(&configuration, &arguments, &input)))
}
