//! What all kinds share: `create`, `destroy`, `command`, and the factory's record.

use std::ffi::c_void;
use std::io::{Error as IoError, Read, Result as IoResult};

use super::reply::{Reply, caught_or_logged};
use crate::abi::layout::read_versioned;
use crate::abi::status;
use crate::abi::types::number::FACTORY_MAY_BLOCK;
use crate::abi::types::{PhCommand, PhContext, PhFactory, PhReply, PhSlice};
use crate::error::{Error, Result};
use crate::factory::{CommandOutput, Context, Factory, InstanceId, Kind, make};
use crate::value::MapRef;

/// The record of a factory of this kind with this table.
pub(super) const fn factory_record<T: Factory, V>(kind: Kind, vtable: &'static V) -> PhFactory {
    let version = kind.version();
    PhFactory {
        size: size_of::<PhFactory>(),
        kind: kind.number(),
        kind_major: version.major,
        kind_minor: version.minor,
        type_name: PhSlice::of(T::TYPE_NAME),
        configuration_schema: PhSlice::of(T::CONFIGURATION_SCHEMA),
        subcommand: match T::SUBCOMMAND {
            Some(name) => PhSlice::of(name),
            None => PhSlice::ABSENT,
        },
        flags: if T::MAY_BLOCK { FACTORY_MAY_BLOCK } else { 0 },
        vtable: std::ptr::from_ref(vtable).cast(),
    }
}

/// The instance behind the pointer that [`create`] gave.
///
/// # Safety
/// `instance` came from [`create`] of the same type and was not destroyed.
pub(super) unsafe fn instance<'a, T>(instance: *mut c_void) -> &'a T {
    // SAFETY: a box of a `T`, alive, and only ever shared, as the caller promises.
    unsafe { &*instance.cast::<T>().cast_const() }
}

pub(super) unsafe extern "C" fn create<T: Factory>(
    context: *const PhContext,
    out: *mut *mut c_void,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard(|| {
        // SAFETY: the host's context, alive for the call.
        let context = unsafe { read_context(context) }?;
        let instance = Box::into_raw(Box::new(make::<T>(&context)?));
        // SAFETY: the host's place for the instance, alive for the call.
        unsafe { out.write(instance.cast()) };
        Ok(status::OK)
    })
}

pub(super) unsafe extern "C" fn destroy<T: Factory>(instance: *mut c_void) {
    caught_or_logged("destroy", || {
        // SAFETY: the box that `create` gave; the host destroys it once, after its last call.
        drop(unsafe { Box::from_raw(instance.cast::<T>()) });
    });
}

pub(super) unsafe extern "C" fn command<T: Factory>(
    context: *const PhContext,
    run: *mut PhCommand,
    reply: *const PhReply,
) -> i32 {
    // SAFETY: the host's reply, alive for the call.
    let reply = unsafe { Reply::new(reply) };
    reply.guard_unit(|| {
        // SAFETY: the host's context, alive for the call.
        let context = unsafe { read_context(context) }?;
        // SAFETY: the host's run, alive for the call.
        let command = unsafe { read_versioned(run.cast_const()) };
        // SAFETY: as many slices of UTF-8 as it says, alive for the call.
        let arguments = unsafe { texts(command.arguments, command.argument_count) };
        let output = T::command(&context, &arguments, &mut Input(&command))?;
        write_output(&command, &output);
        let exit_code = std::mem::offset_of!(PhCommand, exit_code);
        let place = run.cast::<u8>().wrapping_add(exit_code).cast::<i32>();
        // SAFETY: a field of the host's run, which is not shared during the call.
        unsafe { place.write(output.exit_code) };
        Ok(())
    })
}

/// The context as the SDK's own type.
///
/// # Safety
/// `context` is a `ph_context` that lives for `'a`, its texts UTF-8.
unsafe fn read_context<'a>(context: *const PhContext) -> Result<Context<'a>> {
    // SAFETY: the caller's promise.
    let raw = unsafe { read_versioned(context) };
    // SAFETY: the caller's promise, for this and the four that follow.
    let name = unsafe { raw.name.host_text() };
    // SAFETY: as above.
    let virtual_host = unsafe { raw.virtual_host.host_text() };
    // SAFETY: as above.
    let configuration = unsafe { raw.configuration.host_text() };
    // SAFETY: as above.
    let data_dir = unsafe { raw.data_dir.host_text() };
    // SAFETY: as above.
    let arguments = unsafe { map(raw.arguments) }?;
    Ok(Context {
        instance: InstanceId(raw.instance),
        name,
        virtual_host,
        configuration,
        data_dir: (!raw.data_dir.ptr.is_null()).then_some(data_dir),
        arguments,
    })
}

/// A map that the host lends.
///
/// # Safety
/// The bytes live for `'a`.
pub(super) unsafe fn map<'a>(encoded: PhSlice) -> Result<MapRef<'a>> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { encoded.bytes() }.unwrap_or_default();
    Ok(MapRef::parse(bytes)?)
}

/// Texts that the host lends.
///
/// # Safety
/// `first` is NULL or leads to `count` slices of UTF-8 that live for `'a`.
unsafe fn texts<'a>(first: *const PhSlice, count: usize) -> Vec<&'a str> {
    if first.is_null() {
        return Vec::new();
    }
    // SAFETY: not NULL, as many as the caller promises.
    let slices = unsafe { std::slice::from_raw_parts(first, count) };
    // SAFETY: the caller's promise.
    slices.iter().map(|slice| unsafe { slice.host_text() }).collect()
}

fn write_output(command: &PhCommand, output: &CommandOutput) {
    let Some(write) = command.write else { return };
    for (stream, text) in [(1, &output.output), (2, &output.errors)] {
        if !text.is_empty() {
            // SAFETY: the host's function and context, and a slice that lives for the call.
            unsafe { write(command.ctx, stream, PhSlice::of(text)) };
        }
    }
}

/// Standard input, read through the host.
struct Input<'a>(&'a PhCommand);

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        let Some(read) = self.0.read else { return Ok(0) };
        // SAFETY: the host's function and context, and a buffer of ours of this length.
        let bytes = unsafe { read(self.0.ctx, buffer.as_mut_ptr(), buffer.len()) };
        match usize::try_from(bytes) {
            Ok(bytes) => Ok(bytes.min(buffer.len())),
            Err(_) => Err(IoError::other(Error::internal("standard input cannot be read"))),
        }
    }
}
