//! `wasi:io`: streams that are the log's or empty, and pollables that are always ready.
//!
//! A stream's representation says which one it is, so the host keeps nothing for one.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, LinkerInstance, Lower, Resource, ResourceType};

use crate::host::State;
use crate::limits::STREAM_BYTES_MAX;
use crate::settings::Settings;

type Instance<'a, 'b> = &'a mut LinkerInstance<'b, State>;

/// Standard output's representation.
pub(super) const STDOUT: u32 = 1;

/// Standard error's representation.
pub(super) const STDERR: u32 = 2;

/// Standard input, which is at its end.
pub(super) struct InputStream;

/// Standard output or standard error.
pub(super) struct OutputStream;

/// What can be waited for; what there is of these is ready.
pub(super) struct Pollable;

/// Why a stream failed; none does.
pub(super) struct IoError;

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    #[allow(dead_code, reason = "a part of the type")]
    LastOperationFailed(Resource<IoError>),
    #[component(name = "closed")]
    Closed,
}

type Streamed<T> = (Result<T, StreamError>,);

/// `wasi:io/error`.
pub(super) fn error(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    add.resource("error", ResourceType::host::<IoError>(), |_, _| Ok(()))
}

/// `wasi:io/poll`.
pub(super) fn poll(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    type One = (Resource<Pollable>,);
    add.resource("pollable", ResourceType::host::<Pollable>(), |_, _| Ok(()))?;
    add.func_wrap("[method]pollable.ready", |_: StoreContextMut<'_, State>, _: One| Ok((true,)))?;
    add.func_wrap("[method]pollable.block", |_: StoreContextMut<'_, State>, _: One| Ok(()))?;
    add.func_wrap("poll", |_: StoreContextMut<'_, State>, (of,): (Vec<Resource<Pollable>>,)| {
        if of.is_empty() {
            return Err(wasmtime::Error::msg("'wasi:io/poll' was asked to wait for nothing"));
        }
        let count = u32::try_from(of.len()).unwrap_or(u32::MAX);
        Ok(((0..count).collect::<Vec<u32>>(),))
    })
}

/// `wasi:io/streams`.
pub(super) fn streams(add: Instance<'_, '_>, _: &Settings) -> wasmtime::Result<()> {
    input(add)?;
    output(add)
}

fn input(add: Instance<'_, '_>) -> wasmtime::Result<()> {
    type Asked = (Resource<InputStream>, u64);
    add.resource("input-stream", ResourceType::host::<InputStream>(), |_, _| Ok(()))?;
    for name in ["read", "blocking-read"] {
        let name = format!("[method]input-stream.{name}");
        add.func_wrap(&name, |_: StoreContextMut<'_, State>, _: Asked| {
            let at_its_end: Streamed<Vec<u8>> = (Err(StreamError::Closed),);
            Ok(at_its_end)
        })?;
    }
    for name in ["skip", "blocking-skip"] {
        let name = format!("[method]input-stream.{name}");
        add.func_wrap(&name, |_: StoreContextMut<'_, State>, _: Asked| {
            let at_its_end: Streamed<u64> = (Err(StreamError::Closed),);
            Ok(at_its_end)
        })?;
    }
    let name = "[method]input-stream.subscribe";
    add.func_wrap(name, |_: StoreContextMut<'_, State>, _: (Resource<InputStream>,)| {
        Ok((Resource::<Pollable>::new_own(0),))
    })
}

fn output(add: Instance<'_, '_>) -> wasmtime::Result<()> {
    type One = (Resource<OutputStream>,);
    add.resource("output-stream", ResourceType::host::<OutputStream>(), |_, _| Ok(()))?;
    let name = "[method]output-stream.check-write";
    add.func_wrap(name, |_: StoreContextMut<'_, State>, _: One| {
        let room: Streamed<u64> = (Ok(STREAM_BYTES_MAX),);
        Ok(room)
    })?;
    for name in ["write", "blocking-write-and-flush"] {
        let name = format!("[method]output-stream.{name}");
        add.func_wrap(&name, write)?;
    }
    for name in ["flush", "blocking-flush"] {
        let name = format!("[method]output-stream.{name}");
        // A line is said when it is whole.
        add.func_wrap(&name, |_: StoreContextMut<'_, State>, _: One| {
            let done: Streamed<()> = (Ok(()),);
            Ok(done)
        })?;
    }
    add.func_wrap("[method]output-stream.subscribe", |_: StoreContextMut<'_, State>, _: One| {
        Ok((Resource::<Pollable>::new_own(0),))
    })
}

fn write(
    mut context: StoreContextMut<'_, State>,
    (stream, bytes): (Resource<OutputStream>, Vec<u8>),
) -> wasmtime::Result<Streamed<()>> {
    if bytes.len() as u64 > STREAM_BYTES_MAX {
        let found = bytes.len();
        return Err(wasmtime::Error::msg(format!(
            "an output stream was given {found} bytes at once, at most {STREAM_BYTES_MAX} are taken"
        )));
    }
    let state = context.data_mut();
    match stream.rep() {
        STDERR => state.stderr.write(&bytes),
        _ => state.stdout.write(&bytes),
    }
    Ok((Ok(()),))
}
