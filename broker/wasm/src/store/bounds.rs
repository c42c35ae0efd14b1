//! How much a store takes at once: what it says, and no more than its memory has room for.

use philter_plugin_api::flat::operations_bytes;
use philter_plugin_api::{Error, ErrorKind, Operation, Result};

use super::guest::Said;
use crate::limits::STORE_BATCH_MEMORY_PART;

/// How much a store takes at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) operations: u64,
    pub(super) bytes: u64,
    pub(super) body_bytes: u64,
    /// As one buffer.
    flat_bytes: u64,
    memory_bytes: u64,
}

impl Bounds {
    /// Of a store that says this.
    pub(super) fn of(said: &Said, memory_bytes: u64) -> Self {
        let bytes = said.batch_bytes_max.min(memory_bytes / STORE_BATCH_MEMORY_PART);
        Self {
            operations: said.batch_operations_max,
            bytes,
            body_bytes: said.body_bytes_max.min(bytes),
            flat_bytes: memory_bytes / STORE_BATCH_MEMORY_PART * 2,
            memory_bytes,
        }
    }

    /// Refuses an append that is past them.
    pub(super) fn check(&self, batch: &[Operation<'_>]) -> Result<()> {
        let (mut bytes, mut body_bytes) = (0, 0);
        for operation in batch {
            bytes += match operation {
                Operation::Put { header, body, .. } => {
                    body_bytes = body_bytes.max(body.len());
                    header.len() + body.len()
                }
                Operation::Meta { key, value } => key.len() + value.len(),
                Operation::Delete(_) | Operation::Mark { .. } => 0,
            };
        }
        self.demand(batch.len(), self.operations, "an append has", "operations")?;
        self.demand(bytes, self.bytes, "an append has", "bytes")?;
        self.demand(body_bytes, self.body_bytes, "a body has", "bytes")?;
        self.demand(operations_bytes(batch), self.flat_bytes, "an append is", "bytes with its ids")
    }

    /// Refuses what is too much.
    pub(super) fn demand(&self, found: usize, max: u64, whose: &str, what: &str) -> Result<()> {
        if found as u64 <= max {
            return Ok(());
        }
        let memory_bytes = self.memory_bytes;
        let text = format!(
            "{whose} {found} {what}, more than {max}; a component takes a part of its \
             memory_bytes_max, {memory_bytes}"
        );
        Err(Error::new(ErrorKind::LimitExceeded, text))
    }
}
