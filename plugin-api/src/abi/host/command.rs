//! A run of a plugin's subcommand.

use std::ffi::c_void;
use std::io::Read;

use super::Fault;
use super::plugin::{Plugin, shielded};
use super::reply::run_once;
use crate::abi::types::{CommandFn, PhCommand, PhContext, PhSlice};
use crate::error::Result;
use crate::factory::CommandOutput;
use crate::limits::COMMAND_OUTPUT_BYTES_MAX;

/// Runs `command` and collects what it writes.
pub(super) fn run_command(
    plugin: &'static Plugin,
    command: CommandFn,
    context: &PhContext,
    arguments: &[&str],
    input: &mut dyn Read,
) -> Result<CommandOutput> {
    let arguments: Vec<PhSlice> = arguments.iter().map(|text| PhSlice::of(text)).collect();
    let mut run = Run { input, output: Vec::new(), errors: Vec::new(), fault: None };
    let mut raw = PhCommand {
        size: size_of::<PhCommand>(),
        arguments: arguments.as_ptr(),
        argument_count: arguments.len(),
        ctx: (&raw mut run).cast(),
        read: Some(read),
        write: Some(write),
        exit_code: 0,
        reserved: 0,
    };
    let done = run_once(plugin, "command", |reply| {
        // SAFETY: the plugin's entry, and what is borrowed here for the call.
        unsafe { command(context, &raw mut raw, reply) }
    });
    if let Some(fault) = run.fault {
        return Err(plugin.fault(&fault));
    }
    done?;
    let text = |bytes| {
        let not_utf8 = |_| plugin.fault(&Fault::NotUtf8 { entry: "command" });
        String::from_utf8(bytes).map_err(not_utf8)
    };
    let (output, errors) = (text(run.output)?, text(run.errors)?);
    Ok(CommandOutput { output, errors, exit_code: raw.exit_code })
}

struct Run<'a> {
    input: &'a mut dyn Read,
    output: Vec<u8>,
    errors: Vec<u8>,
    fault: Option<Fault>,
}

impl Run<'_> {
    fn write(&mut self, stream: u32, bytes: &[u8]) -> Result<(), Fault> {
        let (entry, max) = ("command", COMMAND_OUTPUT_BYTES_MAX);
        let to = match stream {
            1 => &mut self.output,
            2 => &mut self.errors,
            number => return Err(Fault::BadNumber { entry, of: "the stream", number }),
        };
        let found = to.len().saturating_add(bytes.len());
        if found > max {
            return Err(Fault::TooMuch { entry, of: "bytes", found, max });
        }
        to.extend_from_slice(bytes);
        Ok(())
    }
}

unsafe extern "C" fn read(ctx: *mut c_void, buffer: *mut u8, len: usize) -> i64 {
    // SAFETY: the context of a run, which the plugin uses during the call alone.
    let Some(run) = (unsafe { ctx.cast::<Run<'_>>().as_mut() }) else { return -1 };
    if buffer.is_null() || len > isize::MAX as usize {
        return -1;
    }
    // The plugin's buffer may not be initialised, which a slice of bytes has to be.
    // SAFETY: not NULL, and `len` bytes of the plugin's to write to.
    unsafe { buffer.write_bytes(0, len) };
    // SAFETY: as above, and now initialised.
    let buffer = unsafe { std::slice::from_raw_parts_mut(buffer, len) };
    let bytes = shielded(None, || run.input.read(buffer).ok());
    bytes.and_then(|bytes| i64::try_from(bytes).ok()).unwrap_or(-1)
}

unsafe extern "C" fn write(ctx: *mut c_void, stream: u32, text: PhSlice) {
    // SAFETY: the context of a run, which the plugin uses during the call alone.
    let Some(run) = (unsafe { ctx.cast::<Run<'_>>().as_mut() }) else { return };
    // SAFETY: the plugin's bytes, alive for the call.
    let bytes = unsafe { text.bytes() }.unwrap_or_default();
    if run.fault.is_none() {
        run.fault = run.write(stream, bytes).err();
    }
}
