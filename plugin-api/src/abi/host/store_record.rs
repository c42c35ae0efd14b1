//! A store's operations and records, between the SDK's enums and the header's flat struct.

use std::ffi::c_void;

use super::Fault;
use super::handle::Handle;
use super::plugin::shielded;
use super::reply::{result_bytes, result_text};
use crate::abi::layout::read_versioned;
use crate::abi::types::number;
use crate::abi::types::{PhOperation, PhRecord, PhReplay, PhSlice};
use crate::error::Result;
use crate::limits::RECORD_QUEUES_MAX;
use crate::store::{Operation, Position, QueueRecord, Record, Replayed};

/// An operation as the header's struct, borrowing from it.
pub(super) fn raw_operation(operation: &Operation<'_>) -> PhOperation {
    let mut raw = PhOperation {
        size: size_of::<PhOperation>(),
        operation: 0,
        delivery_count: 0,
        message: 0,
        header: PhSlice::ABSENT,
        body: PhSlice::ABSENT,
        records: std::ptr::null(),
        record_count: 0,
        key: PhSlice::ABSENT,
        value: PhSlice::ABSENT,
    };
    match operation {
        Operation::Put { message, header, body, queues } => {
            raw.operation = number::OPERATION_PUT;
            raw.message = *message;
            raw.header = PhSlice::new(header);
            raw.body = PhSlice::new(body);
            raw.records = queues.as_ptr();
            raw.record_count = queues.len();
        }
        Operation::Delete(record) => {
            raw.operation = number::OPERATION_DELETE;
            raw.records = record;
            raw.record_count = 1;
        }
        Operation::Meta { key, value } => {
            raw.operation = number::OPERATION_META;
            raw.key = PhSlice::of(key);
            raw.value = PhSlice::new(value);
        }
        Operation::Mark { record, delivery_count } => {
            raw.operation = number::OPERATION_MARK;
            raw.delivery_count = *delivery_count;
            raw.records = record;
            raw.record_count = 1;
        }
    }
    raw
}

/// Where the records of a replay arrive.
pub(super) struct Replay<'a> {
    visit: &'a mut dyn FnMut(Replayed) -> bool,
    fault: Option<Fault>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(visit: &'a mut dyn FnMut(Replayed) -> bool) -> Self {
        Self { visit, fault: None }
    }

    /// What the plugin's entry takes; valid while `self` stays where it is.
    pub(super) fn raw(&mut self, from: Position, until: Position, with_bodies: bool) -> PhReplay {
        PhReplay {
            size: size_of::<PhReplay>(),
            from: from.0,
            until: until.0,
            with_bodies: with_bodies.into(),
            reserved: 0,
            ctx: std::ptr::from_mut(self).cast(),
            visit: Some(visit),
        }
    }

    /// The end of the call: an error where a record was wrong.
    pub(super) fn end(self, handle: &Handle) -> Result<()> {
        match self.fault {
            Some(fault) => Err(handle.plugin().fault(&fault)),
            None => Ok(()),
        }
    }
}

unsafe extern "C" fn visit(ctx: *mut c_void, record: *const PhRecord) -> i32 {
    // SAFETY: the context of a replay, which the plugin uses during the call alone.
    let Some(replay) = (unsafe { ctx.cast::<Replay<'_>>().as_mut() }) else { return 0 };
    if replay.fault.is_some() {
        return 0;
    }
    // SAFETY: the plugin's record, alive for the visit.
    match unsafe { read_record(record) } {
        Ok(replayed) => shielded(false, || (replay.visit)(replayed)).into(),
        Err(fault) => {
            replay.fault = Some(fault);
            0
        }
    }
}

const ENTRY: &str = "replay";

/// # Safety
/// `record` is NULL or a `ph_record` that is alive, with what it points to.
unsafe fn read_record(record: *const PhRecord) -> Result<Replayed, Fault> {
    let null = |of| Fault::NullPointer { entry: ENTRY, of, count: 1 };
    if record.is_null() {
        return Err(null("record"));
    }
    // SAFETY: not NULL, and the caller's promise.
    let record = unsafe { read_versioned(record) };
    if record.operation.is_null() {
        return Err(null("operation"));
    }
    // SAFETY: not NULL, and the caller's promise.
    let operation = unsafe { read_versioned(record.operation) };
    // SAFETY: the caller's promise.
    let said = unsafe { read_operation(&operation) }?;
    Ok(Replayed { position: Position(record.position), record: said })
}

/// # Safety
/// What `raw` points to is alive.
unsafe fn read_operation(raw: &PhOperation) -> Result<Record, Fault> {
    // SAFETY: the caller's promise.
    let records = unsafe { records(raw) }?;
    let only = || {
        let fault = Fault::NullPointer { entry: ENTRY, of: "queue record", count: 1 };
        records.first().copied().ok_or(fault)
    };
    Ok(match raw.operation {
        number::OPERATION_PUT => Record::Put {
            message: raw.message,
            // SAFETY: the caller's promise.
            header: unsafe { result_bytes(ENTRY, raw.header) }?.to_vec(),
            body: if raw.body.ptr.is_null() {
                None
            } else {
                // SAFETY: the caller's promise.
                Some(unsafe { result_bytes(ENTRY, raw.body) }?.to_vec())
            },
            queues: records.to_vec(),
        },
        number::OPERATION_DELETE => Record::Delete(only()?),
        number::OPERATION_META => Record::Meta {
            // SAFETY: the caller's promise.
            key: unsafe { result_text(ENTRY, raw.key) }?,
            // SAFETY: the caller's promise.
            value: unsafe { result_bytes(ENTRY, raw.value) }?.to_vec(),
        },
        number::OPERATION_MARK => {
            Record::Mark { record: only()?, delivery_count: raw.delivery_count }
        }
        other => {
            return Err(Fault::BadNumber { entry: ENTRY, of: "the operation", number: other });
        }
    })
}

/// # Safety
/// What `raw` points to is alive for `'a`.
unsafe fn records<'a>(raw: &PhOperation) -> Result<&'a [QueueRecord], Fault> {
    let (count, max) = (raw.record_count, RECORD_QUEUES_MAX);
    if count == 0 {
        return Ok(&[]);
    }
    if count > max {
        return Err(Fault::TooMuch { entry: ENTRY, of: "queue records", found: count, max });
    }
    if raw.records.is_null() {
        return Err(Fault::NullPointer { entry: ENTRY, of: "queue records", count });
    }
    // SAFETY: not NULL, and as many as the plugin says, as the caller promises.
    Ok(unsafe { std::slice::from_raw_parts(raw.records, count) })
}
