//! What a plugin's entry answers: a status, and through the reply a result or an error.
//!
//! Invariants: results are read while the plugin still lends them; a status, a result or a text
//! that the contract does not know is a fault of the plugin and an error of the call.

use std::ffi::c_void;

use super::Fault;
use super::plugin::{Plugin, shielded};
use crate::abi::layout::{Versioned, read_result};
use crate::abi::status;
use crate::abi::types::{PhReply, PhSlice};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{ERROR_TEXT_BYTES_MAX, RESULT_BYTES_MAX};

/// How a call without a result of its own ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Ok,
    Absent,
}

/// What an entry's result is read into.
pub(super) trait Reading: Sized {
    /// Reads the result of PH_OK, which is alive for the call.
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault>;

    /// What PH_ABSENT stands for; none where the entry may not answer it.
    fn absent() -> Option<Self> {
        None
    }
}

/// Takes results as they come.
pub(super) type Take<'a> = &'a mut dyn FnMut(PhSlice) -> Result<(), Fault>;

/// Calls an entry that answers at once with one result.
pub(super) fn call<T: Reading>(
    plugin: &'static Plugin,
    entry: &'static str,
    run: impl FnOnce(*const PhReply) -> i32,
) -> Result<T> {
    let pending = || Err(plugin.fault(&Fault::BadStatus { entry, status: status::PENDING }));
    begin(plugin, entry, run).unwrap_or_else(pending)
}

/// Calls an entry that answers with one result, at once or later: none is PH_PENDING.
pub(super) fn begin<T: Reading>(
    plugin: &'static Plugin,
    entry: &'static str,
    run: impl FnOnce(*const PhReply) -> i32,
) -> Option<Result<T>> {
    let mut result = None;
    let mut take = |bytes| match result.replace(T::read(entry, bytes)?) {
        Some(_) => Err(Fault::SecondResult { entry }),
        None => Ok(()),
    };
    let done = invoke(plugin, entry, &mut take, run)?;
    Some(done.and_then(|done| {
        let (result, fault) = match done {
            Done::Ok => (result, Fault::NoResult { entry }),
            Done::Absent => (T::absent(), Fault::BadStatus { entry, status: status::ABSENT }),
        };
        result.ok_or_else(|| plugin.fault(&fault))
    }))
}

/// Calls an entry that answers at once and has no result of its own.
pub(super) fn run_once(
    plugin: &'static Plugin,
    entry: &'static str,
    run: impl FnOnce(*const PhReply) -> i32,
) -> Result<()> {
    match each(plugin, entry, &mut |_| Ok(()), run)? {
        Done::Ok => Ok(()),
        Done::Absent => Err(plugin.fault(&Fault::BadStatus { entry, status: status::ABSENT })),
    }
}

/// Calls an entry that answers at once and hands its results to `take`.
pub(super) fn each(
    plugin: &'static Plugin,
    entry: &'static str,
    take: Take<'_>,
    run: impl FnOnce(*const PhReply) -> i32,
) -> Result<Done> {
    let pending = || Err(plugin.fault(&Fault::BadStatus { entry, status: status::PENDING }));
    invoke(plugin, entry, take, run).unwrap_or_else(pending)
}

/// How a call ended that the plugin completed with these bytes, alive for the call.
pub(super) fn completed<T: Reading>(
    plugin: &'static Plugin,
    entry: &'static str,
    status: i32,
    bytes: PhSlice,
) -> Result<T> {
    match status {
        status::OK => T::read(entry, bytes).map_err(|fault| plugin.fault(&fault)),
        status::ABSENT => {
            T::absent().ok_or_else(|| plugin.fault(&Fault::BadStatus { entry, status }))
        }
        _ => match status::to_error(status) {
            // SAFETY: the plugin's text, alive for the call.
            Some(kind) => Err(Error::new(kind, unsafe { error_text(bytes) })),
            None => Err(plugin.fault(&Fault::BadStatus { entry, status })),
        },
    }
}

/// What the functions of a `ph_reply` leave.
struct Left<'a> {
    take: Take<'a>,
    fault: Option<Fault>,
    error: Option<(u32, u32, String)>,
}

fn invoke(
    plugin: &'static Plugin,
    entry: &'static str,
    take: Take<'_>,
    run: impl FnOnce(*const PhReply) -> i32,
) -> Option<Result<Done>> {
    let mut left = Left { take, fault: None, error: None };
    let reply = PhReply {
        size: size_of::<PhReply>(),
        ctx: (&raw mut left).cast(),
        result: Some(take_result),
        error: Some(take_error),
    };
    let status = run(&raw const reply);
    if let Some(fault) = left.fault {
        return Some(Err(plugin.fault(&fault)));
    }
    match status {
        status::OK => Some(Ok(Done::Ok)),
        status::ABSENT => Some(Ok(Done::Absent)),
        status::PENDING => None,
        _ => Some(Err(match status::to_error(status) {
            Some(kind) => error(kind, left.error),
            None => plugin.fault(&Fault::BadStatus { entry, status }),
        })),
    }
}

fn error(kind: ErrorKind, said: Option<(u32, u32, String)>) -> Error {
    let (line, column, text) = said.unwrap_or((0, 0, "the plugin gave no reason".to_owned()));
    let error = Error::new(kind, text);
    if line > 0 { error.at(line, column) } else { error }
}

unsafe extern "C" fn take_result(ctx: *mut c_void, bytes: PhSlice) {
    // SAFETY: the context of `invoke`'s reply, which the plugin uses during the call alone.
    let Some(left) = (unsafe { ctx.cast::<Left<'_>>().as_mut() }) else { return };
    if let Err(fault) = shielded(Ok(()), || (left.take)(bytes)) {
        left.fault.get_or_insert(fault);
    }
}

unsafe extern "C" fn take_error(ctx: *mut c_void, line: u32, column: u32, text: PhSlice) {
    // SAFETY: the context of `invoke`'s reply, which the plugin uses during the call alone.
    let Some(left) = (unsafe { ctx.cast::<Left<'_>>().as_mut() }) else { return };
    // SAFETY: the plugin's text, alive for the call.
    let text = unsafe { error_text(text) };
    left.error.get_or_insert((line, column, text));
}

/// A text for people, cut at the limit; what is not UTF-8 in it is replaced.
///
/// # Safety
/// The bytes are alive.
unsafe fn error_text(text: PhSlice) -> String {
    // SAFETY: the caller's promise.
    let bytes = unsafe { text.bytes() }.unwrap_or_default();
    let bytes = bytes.get(..ERROR_TEXT_BYTES_MAX).unwrap_or(bytes);
    match String::from_utf8_lossy(bytes) {
        text if text.is_empty() => "the plugin gave no reason".to_owned(),
        text => text.into_owned(),
    }
}

/// The bytes of a result, within the limit.
///
/// # Safety
/// The bytes are alive for `'a`.
pub(super) unsafe fn result_bytes<'a>(
    entry: &'static str,
    result: PhSlice,
) -> Result<&'a [u8], Fault> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { result.bytes() }.unwrap_or_default();
    if bytes.len() > RESULT_BYTES_MAX {
        let (found, max) = (bytes.len(), RESULT_BYTES_MAX);
        return Err(Fault::TooMuch { entry, of: "bytes", found, max });
    }
    Ok(bytes)
}

/// The text of a result, within the limit.
///
/// # Safety
/// The bytes are alive.
pub(super) unsafe fn result_text(entry: &'static str, result: PhSlice) -> Result<String, Fault> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { result_bytes(entry, result) }?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(Fault::NotUtf8 { entry }),
    }
}

/// A result that is a struct of the header.
///
/// # Safety
/// The bytes are alive.
pub(super) unsafe fn result_struct<T: Versioned>(
    entry: &'static str,
    result: PhSlice,
) -> Result<T, Fault> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { result_bytes(entry, result) }?;
    read_result::<T>(bytes).ok_or(Fault::ShortResult {
        entry,
        of: T::C_NAME,
        found_bytes: bytes.len(),
        wanted_bytes: T::BYTES_MIN,
    })
}

impl Reading for String {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        unsafe { result_text(entry, result) }
    }
}

/// Bytes, or none where PH_ABSENT was answered.
impl Reading for Option<Vec<u8>> {
    fn read(entry: &'static str, result: PhSlice) -> Result<Self, Fault> {
        // SAFETY: results are alive while they are read.
        let bytes = unsafe { result_bytes(entry, result) }?;
        Ok(Some(bytes.to_vec()))
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}
