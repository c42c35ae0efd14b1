//! A store's operations and records, between the header's flat struct and the SDK's enums.

use crate::abi::layout::read_versioned;
use crate::abi::types::number;
use crate::abi::types::{PhOperation, PhRecord, PhReplay, PhSlice};
use crate::error::{Error, Result};
use crate::store::{Operation, QueueRecord, Record, Replayed};

/// Operations of one call.
pub(super) enum Operations<'a> {
    /// What most calls have: without an allocation.
    One([Operation<'a>; 1]),
    Many(Vec<Operation<'a>>),
}

impl<'a> std::ops::Deref for Operations<'a> {
    type Target = [Operation<'a>];

    fn deref(&self) -> &[Operation<'a>] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

/// The host's operations.
///
/// # Safety
/// `first` leads to `count` operations, `stride` bytes apart, all of which live for `'a`.
pub(super) unsafe fn operations<'a>(
    first: *const PhOperation,
    count: usize,
    stride: usize,
) -> Result<Operations<'a>> {
    if count == 1 {
        // SAFETY: the caller's promise.
        let raw = unsafe { read_versioned(first) };
        // SAFETY: the caller's promise.
        return Ok(Operations::One([unsafe { operation(&raw) }?]));
    }
    let mut operations = Vec::with_capacity(count);
    for index in 0..count {
        let place =
            first.cast::<u8>().wrapping_add(index.wrapping_mul(stride)).cast::<PhOperation>();
        // SAFETY: the caller's promise.
        let raw = unsafe { read_versioned(place) };
        // SAFETY: the caller's promise.
        operations.push(unsafe { operation(&raw) }?);
    }
    Ok(Operations::Many(operations))
}

/// # Safety
/// What `raw` points to lives for `'a`.
unsafe fn operation<'a>(raw: &PhOperation) -> Result<Operation<'a>> {
    // SAFETY: the caller's promise, here and below.
    let records = unsafe { record_slice::<'a>(raw.records, raw.record_count) };
    let only =
        || records.first().copied().ok_or_else(|| Error::invalid("an operation without entry"));
    Ok(match raw.operation {
        number::OPERATION_PUT => {
            // SAFETY: as above.
            let header = unsafe { raw.header.bytes() }.unwrap_or_default();
            // SAFETY: as above.
            let body = unsafe { raw.body.bytes() }.unwrap_or_default();
            Operation::Put { message: raw.message, header, body, queues: records }
        }
        number::OPERATION_DELETE => Operation::Delete(only()?),
        number::OPERATION_META => {
            // SAFETY: as above, and the host gives UTF-8.
            let key = unsafe { raw.key.host_text() };
            // SAFETY: as above.
            let value = unsafe { raw.value.bytes() }.unwrap_or_default();
            Operation::Meta { key, value }
        }
        number::OPERATION_MARK => {
            Operation::Mark { record: only()?, delivery_count: raw.delivery_count }
        }
        other => return Err(Error::invalid(format!("no operation has the number {other}"))),
    })
}

/// # Safety
/// `first` is NULL or leads to `count` records that live for `'a`.
unsafe fn record_slice<'a>(first: *const QueueRecord, count: usize) -> &'a [QueueRecord] {
    if first.is_null() {
        return &[];
    }
    // SAFETY: not NULL, as many as the caller promises.
    unsafe { std::slice::from_raw_parts(first, count) }
}

/// Hands one record of a replay to the host; false ends the replay.
pub(super) fn send_record(replay: &PhReplay, replayed: &Replayed) -> bool {
    let Some(visit) = replay.visit else { return false };
    let operation = raw_operation(&replayed.record);
    let record = PhRecord {
        size: size_of::<PhRecord>(),
        position: replayed.position.0,
        operation: &raw const operation,
    };
    // SAFETY: the host's function and context, and a record that lives for the call.
    unsafe { visit(replay.ctx, &raw const record) != 0 }
}

fn raw_operation(record: &Record) -> PhOperation {
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
    let records: &[QueueRecord] = match record {
        Record::Put { queues, .. } => queues,
        Record::Delete(only) | Record::Mark { record: only, .. } => std::slice::from_ref(only),
        Record::Meta { .. } => &[],
    };
    raw.records = records.as_ptr();
    raw.record_count = records.len();
    match record {
        Record::Put { message, header, body, .. } => {
            raw.operation = number::OPERATION_PUT;
            raw.message = *message;
            raw.header = PhSlice::new(header);
            raw.body = body.as_deref().map_or(PhSlice::ABSENT, PhSlice::new);
        }
        Record::Delete(_) => raw.operation = number::OPERATION_DELETE,
        Record::Meta { key, value } => {
            raw.operation = number::OPERATION_META;
            raw.key = PhSlice::of(key);
            raw.value = PhSlice::new(value);
        }
        Record::Mark { delivery_count, .. } => {
            raw.operation = number::OPERATION_MARK;
            raw.delivery_count = *delivery_count;
        }
    }
    raw
}
