//! What an operator says of one component: its limits, and what it is granted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::wasi::Wasi;

/// The limits of a component and what it is granted, as `[wasm.NAME]` has them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Bytes of memory of one instance.
    pub memory_bytes_max: u64,
    /// Milliseconds of a thread's time that a call about messages may take.
    pub call_ms_max: u64,
    /// Milliseconds of a thread's time that any other call may take.
    pub create_ms_max: u64,
    /// Instances of one exchange or language; 0: one for each worker.
    pub instances_max: usize,
    /// Failures in a row after which it is left alone.
    pub traps_max: u32,
    /// Milliseconds for which it is then left alone.
    pub retry_ms: u64,
    /// What it is granted of WASI 0.2.
    pub wasi: BTreeSet<Wasi>,
    /// The variables that it sees, where [`Wasi::Environment`] is granted.
    pub environment: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory_bytes_max: limits::MEMORY_BYTES_MAX,
            call_ms_max: limits::CALL_MS_MAX,
            create_ms_max: limits::CREATE_MS_MAX,
            instances_max: 0,
            traps_max: limits::TRAPS_MAX,
            retry_ms: limits::RETRY_MS,
            wasi: BTreeSet::new(),
            environment: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// Bytes of one batch of messages.
    pub(crate) fn batch_bytes_max(&self) -> usize {
        let bytes = self.memory_bytes_max / limits::BATCH_MEMORY_PART;
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }
}
