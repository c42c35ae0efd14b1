//! What an operator says of one component: its limits, and what it is granted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

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
    /// Instances of one exchange or language; 0: one for each worker. Of an auth provider: threads
    /// that it has of its own, each with an instance; 0: as [`limits::AUTH_THREADS_MAX`] says.
    pub instances_max: usize,
    /// Failures in a row after which it is left alone.
    pub traps_max: u32,
    /// Milliseconds for which it is then left alone.
    pub retry_ms: u64,
    /// What it is granted of WASI 0.2.
    pub wasi: BTreeSet<Wasi>,
    /// The variables that it sees, where [`Wasi::Environment`] is granted.
    pub environment: BTreeMap<String, String>,
    /// Files that it may read, by the names that it reads them by.
    pub files: BTreeMap<String, PathBuf>,
    /// Endpoints that it may ask, by the names that it asks them by.
    pub http: BTreeMap<String, Endpoint>,
}

/// An endpoint that a component may ask by HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// What every request's path is put behind: `https://idp.example/realm`.
    pub url: String,
    /// Milliseconds that a request may take, from looking up the name to the answer's last byte.
    #[serde(default = "Endpoint::timeout_ms")]
    pub timeout_ms: u64,
    /// Bytes of an answer's body.
    #[serde(default = "Endpoint::response_bytes_max")]
    pub response_bytes_max: u64,
    /// A file of certificates in PEM that sign the endpoint's, instead of the usual authorities.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl Endpoint {
    fn timeout_ms() -> u64 {
        limits::HTTP_TIMEOUT_MS
    }

    fn response_bytes_max() -> u64 {
        limits::HTTP_RESPONSE_BYTES_MAX
    }
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
            files: BTreeMap::new(),
            http: BTreeMap::new(),
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
