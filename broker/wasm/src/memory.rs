//! How much memory an instance may take, and how much it has taken.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use wasmtime::ResourceLimiter;

use crate::limits::{CORE_INSTANCES_MAX, MEMORIES_MAX, TABLE_ELEMENTS_MAX};
use crate::statistics::Counters;

/// The memory of one instance, counted for its component as well.
pub(crate) struct Memory {
    bytes: u64,
    /// With more than this another one should go on.
    enough_bytes: u64,
    bytes_max: u64,
    is_refused: bool,
    counters: Arc<Counters>,
}

impl Memory {
    pub(crate) fn new(bytes_max: u64, counters: Arc<Counters>) -> Self {
        Self { bytes: 0, enough_bytes: u64::MAX, bytes_max, is_refused: false, counters }
    }

    /// Whether it wanted more than it may have since this was last asked.
    pub(crate) fn take_refused(&mut self) -> bool {
        std::mem::take(&mut self.is_refused)
    }

    /// It knows everything: what it has is what it needs, and another one is wanted when it has
    /// taken this part, a divisor, of the room that is left, and half of all that it may have.
    pub(crate) fn settle(&mut self, part: u64) {
        let room = self.bytes_max.saturating_sub(self.bytes);
        self.enough_bytes = (self.bytes + room / part).max(self.bytes_max / 2);
    }

    /// Whether it has taken so much that another one should go on. It is asked for once more when
    /// half of what is left then is taken.
    pub(crate) fn wants_another(&mut self) -> bool {
        let wants = self.bytes > self.enough_bytes;
        if wants {
            self.enough_bytes = self.bytes + self.bytes_max.saturating_sub(self.bytes) / 2;
            self.counters.outgrown.fetch_add(1, Ordering::Relaxed);
        }
        wants
    }

    /// The limit in bytes.
    pub(crate) fn bytes_max(&self) -> u64 {
        self.bytes_max
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // Its own limit is looked at by nobody before.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.take(desired.saturating_sub(current) as u64)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > maximum.unwrap_or(usize::MAX).min(TABLE_ELEMENTS_MAX) {
            return Ok(false);
        }
        let elements = desired.saturating_sub(current);
        self.take(elements.saturating_mul(size_of::<usize>()) as u64)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_MAX
    }

    fn tables(&self) -> usize {
        CORE_INSTANCES_MAX
    }

    fn memories(&self) -> usize {
        MEMORIES_MAX
    }
}

impl Memory {
    /// Takes some more, if there is as much.
    fn take(&mut self, more: u64) -> wasmtime::Result<bool> {
        let bytes = self.bytes.saturating_add(more);
        if bytes > self.bytes_max {
            self.is_refused = true;
            self.counters.refused_memory.fetch_add(1, Ordering::Relaxed);
            return Ok(false);
        }
        self.bytes = bytes;
        self.counters.memory_bytes.fetch_add(more, Ordering::Relaxed);
        Ok(true)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.counters.memory_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
