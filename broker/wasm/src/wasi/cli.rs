//! `wasi:cli`: standard streams, no terminal, the environment, and an end that is a trap.

use wasmtime::StoreContextMut;
use wasmtime::component::{LinkerInstance, Resource, ResourceType};

use super::io::{InputStream, OutputStream, STDERR, STDOUT};
use crate::host::State;
use crate::settings::Settings;

type Instance<'a, 'b> = &'a mut LinkerInstance<'b, State>;

/// A terminal to read from; there is none.
struct TerminalInput;

/// A terminal to write to; there is none.
struct TerminalOutput;

/// `wasi:cli/environment`: what the settings say, no arguments, no folder.
pub(super) fn environment(add: Instance<'_, '_>, settings: &Settings) -> wasmtime::Result<()> {
    let variables: Vec<(String, String)> = settings.environment.clone().into_iter().collect();
    add.func_wrap("get-environment", move |_: StoreContextMut<'_, State>, (): ()| {
        Ok((variables.clone(),))
    })?;
    add.func_wrap("get-arguments", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Vec::<String>::new(),))
    })?;
    add.func_wrap("initial-cwd", |_: StoreContextMut<'_, State>, (): ()| Ok((None::<String>,)))
}

/// `wasi:cli/exit`: ends the instance, as a trap does.
pub(super) fn exit(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("exit", |_: StoreContextMut<'_, State>, (status,): (Result<(), ()>,)| {
        ended(if status.is_ok() { 0 } else { 1 })
    })?;
    add.func_wrap("exit-with-code", |_: StoreContextMut<'_, State>, (code,): (u8,)| ended(code))
}

fn ended(code: u8) -> wasmtime::Result<()> {
    Err(wasmtime::Error::msg(format!("it ended itself by 'wasi:cli/exit', with code {code}")))
}

/// `wasi:cli/stdin`.
pub(super) fn stdin(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("get-stdin", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Resource::<InputStream>::new_own(0),))
    })
}

/// `wasi:cli/stdout`.
pub(super) fn stdout(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("get-stdout", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Resource::<OutputStream>::new_own(STDOUT),))
    })
}

/// `wasi:cli/stderr`.
pub(super) fn stderr(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.func_wrap("get-stderr", |_: StoreContextMut<'_, State>, (): ()| {
        Ok((Resource::<OutputStream>::new_own(STDERR),))
    })
}

/// `wasi:cli/terminal-input`.
pub(super) fn terminal_input(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("terminal-input", ResourceType::host::<TerminalInput>(), |_, _| Ok(()))
}

/// `wasi:cli/terminal-output`.
pub(super) fn terminal_output(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("terminal-output", ResourceType::host::<TerminalOutput>(), |_, _| Ok(()))
}

/// `wasi:cli/terminal-stdin`.
pub(super) fn terminal_stdin(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    no_terminal::<TerminalInput>(add, "get-terminal-stdin")
}

/// `wasi:cli/terminal-stdout`.
pub(super) fn terminal_stdout(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    no_terminal::<TerminalOutput>(add, "get-terminal-stdout")
}

/// `wasi:cli/terminal-stderr`.
pub(super) fn terminal_stderr(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    no_terminal::<TerminalOutput>(add, "get-terminal-stderr")
}

fn no_terminal<T: 'static>(add: Instance<'_, '_>, function: &str) -> wasmtime::Result<()> {
    add.func_wrap(function, |_: StoreContextMut<'_, State>, (): ()| Ok((None::<Resource<T>>,)))
}
