//! A batch of an append as a frame's operations.

use std::collections::HashSet;

use philter_plugin_api::{Operation, QueueRecord};

use super::encoder::{Encoder, Unplaced};
use super::frame::FrameKind;

/// Encodes a batch; deletes in a row become one operation.
pub(crate) fn encode_batch(batch: &[Operation<'_>], buffer: &mut Vec<u8>) -> Unplaced {
    let mut encoder = Encoder::new(FrameKind::Append, buffer);
    let mut row: Option<Row> = None;
    for operation in batch {
        if let Operation::Delete(record) = operation {
            if !row.as_mut().is_some_and(|row| row.lengthen(*record)) {
                Row::end(row.replace(Row::new(*record)), &mut encoder);
            }
            continue;
        }
        Row::end(row.take(), &mut encoder);
        match *operation {
            Operation::Put { queues: [], .. } | Operation::Delete(_) => {}
            Operation::Put { message, header, body, queues } => {
                encoder.put(message, queues, header, body);
            }
            Operation::Meta { key, value } => encoder.meta(key, value),
            Operation::Mark { record, delivery_count } => encoder.mark(record, delivery_count),
        }
    }
    Row::end(row, &mut encoder);
    encoder.finish()
}

/// Deletes in a row.
struct Row {
    queue: u64,
    first: u64,
    count: u32,
}

impl Row {
    fn new(record: QueueRecord) -> Self {
        Self { queue: record.queue, first: record.id, count: 1 }
    }

    /// Whether the record is the next of the row.
    fn lengthen(&mut self, record: QueueRecord) -> bool {
        let next = self.first.checked_add(u64::from(self.count));
        let is_next = record.queue == self.queue && Some(record.id) == next;
        self.count += u32::from(is_next);
        is_next
    }

    fn end(row: Option<Self>, encoder: &mut Encoder<'_>) {
        if let Some(Self { queue, first, count }) = row {
            encoder.delete(queue, first, count);
        }
    }
}

/// Bytes of headers, bodies, keys and values of a batch.
pub(crate) fn batch_bytes(batch: &[Operation<'_>]) -> u64 {
    let bytes = batch.iter().map(|operation| match operation {
        Operation::Put { header, body, .. } => header.len() as u64 + body.len() as u64,
        Operation::Meta { key, value } => key.len() as u64 + value.len() as u64,
        Operation::Delete(_) | Operation::Mark { .. } => 0,
    });
    bytes.fold(0, u64::saturating_add)
}

/// Entries of all puts of a batch.
pub(crate) fn entries(batch: &[Operation<'_>]) -> usize {
    let entries = batch.iter().map(|operation| match operation {
        Operation::Put { queues, .. } => queues.len(),
        _ => 0,
    });
    entries.sum()
}

/// Whether a batch is refused where the store is full: it adds messages or values of keys.
pub(crate) fn needs_room(batch: &[Operation<'_>]) -> bool {
    batch.iter().any(|operation| match operation {
        Operation::Put { queues, .. } => !queues.is_empty(),
        Operation::Meta { value, .. } => !value.is_empty(),
        Operation::Delete(_) | Operation::Mark { .. } => false,
    })
}

/// Queues whose last id [`repeats_an_entry`] remembers; with more it keeps a set.
const QUEUES_REMEMBERED: usize = 8;

/// Whether an entry may be in the puts of a batch twice. Ids that ascend in their queues, as a
/// broker gives them, need no set.
pub(crate) fn repeats_an_entry(batch: &[Operation<'_>]) -> bool {
    let mut last_ids = [const { None::<QueueRecord> }; QUEUES_REMEMBERED];
    let mut ascend = |record: &QueueRecord| {
        for last in &mut last_ids {
            match last {
                Some(last) if last.queue != record.queue => {}
                Some(last) if last.id >= record.id => return false,
                _ => {
                    *last = Some(*record);
                    return true;
                }
            }
        }
        false
    };
    if put_entries(batch).all(&mut ascend) {
        return false;
    }
    let mut seen = HashSet::new();
    !put_entries(batch).all(|record| seen.insert(*record))
}

fn put_entries<'a>(batch: &'a [Operation<'_>]) -> impl Iterator<Item = &'a QueueRecord> {
    let queues = batch.iter().map(|operation| match operation {
        Operation::Put { queues, .. } => *queues,
        _ => &[],
    });
    queues.flatten()
}
