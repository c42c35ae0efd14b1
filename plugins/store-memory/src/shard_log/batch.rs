//! What a batch may cost at most.

use philter_plugin_api::Operation;

use super::meta_bytes;
use crate::limits::{ENTRY_BYTES, RECORD_BYTES};

/// Bytes that a batch adds at most: what it deletes is not set off, so that room is there before
/// anything is freed. Deletes, delivery counts and keys that are removed cost nothing.
pub(crate) fn growth_bytes(batch: &[Operation<'_>]) -> u64 {
    batch.iter().map(growth_of).fold(0, u64::saturating_add)
}

fn growth_of(operation: &Operation<'_>) -> u64 {
    match operation {
        Operation::Put { queues: [], .. } => 0,
        Operation::Put { header, body, queues, .. } => {
            let bytes = header.len() as u64 + body.len() as u64;
            RECORD_BYTES + bytes + queues.len() as u64 * ENTRY_BYTES
        }
        Operation::Meta { value: [], .. } => 0,
        Operation::Meta { key, value } => meta_bytes(key, value),
        Operation::Delete(_) | Operation::Mark { .. } => 0,
    }
}
