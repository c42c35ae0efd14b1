//! What a component may take of the machine, what it is granted, and what becomes of messages when
//! it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::{Value, json};

use super::given::Origin;
use super::wasi::Wasi;

/// What becomes of messages that a component can't decide about: it failed, or is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum OnFailure {
    /// Whoever publishes them is refused.
    #[default]
    Reject,
    /// Everything matches: a filter lets them through, an exchange leads them to all its bindings.
    Pass,
    /// Nothing matches.
    NoMatch,
}

impl OnFailure {
    /// Every one.
    pub(crate) const ALL: [Self; 3] = [Self::Reject, Self::Pass, Self::NoMatch];

    /// As an operator writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Pass => "pass",
            Self::NoMatch => "no-match",
        }
    }
}

/// The settings of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WasmSettings {
    /// Bytes of memory of each instance.
    pub(crate) memory_bytes_max: u64,
    /// Milliseconds of a thread's time that a call about messages may take.
    pub(crate) call_ms_max: u64,
    /// Milliseconds of a thread's time that any other call may take.
    pub(crate) create_ms_max: u64,
    /// Instances of one exchange or language; 0 is one a worker. Threads of one auth provider; 0 is
    /// four.
    pub(crate) instances_max: usize,
    /// Failures in a row after which it is left alone for a while.
    pub(crate) traps_max: u32,
    /// Milliseconds until it is tried again.
    pub(crate) retry_ms: u64,
    /// What becomes of messages that it can't decide about.
    pub(crate) on_failure: OnFailure,
    /// What it is granted of WASI 0.2.
    pub(crate) wasi: BTreeSet<Wasi>,
    /// The variables that it sees, where `environment` is granted.
    pub(crate) environment: BTreeMap<String, String>,
    /// Files that it may read, by names.
    pub(crate) files: BTreeMap<String, PathBuf>,
    /// Endpoints that it may ask, by names.
    pub(crate) http: BTreeMap<String, Endpoint>,
}

/// An endpoint that a component may ask by HTTP.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Endpoint {
    /// What paths are put behind.
    pub(crate) url: String,
    /// Milliseconds that a request may take.
    pub(crate) timeout_ms: u64,
    /// Bytes of an answer's body.
    pub(crate) response_bytes_max: u64,
    /// Certificates in PEM that sign the endpoint's, instead of the usual authorities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca_file: Option<PathBuf>,
}

impl Default for Endpoint {
    fn default() -> Self {
        Self {
            url: String::new(),
            // Well within what a login may take.
            timeout_ms: 2_000,
            // Documents of keys and answers about tokens have some thousand.
            response_bytes_max: 1024 * 1024,
            ca_file: None,
        }
    }
}

impl Default for WasmSettings {
    fn default() -> Self {
        Self {
            // What an interpreter needs with room to spare, and a hundred times what C needs.
            memory_bytes_max: 64 * 1024 * 1024,
            // A batch takes some hundred microseconds; what takes longer holds up a connection.
            call_ms_max: 5,
            // An interpreter starts in some hundred milliseconds, on a loaded machine in seconds.
            create_ms_max: 10_000,
            instances_max: 0,
            // One trap may be one message's fault, this many in a row are the component's.
            traps_max: 5,
            retry_ms: 1_000,
            on_failure: OnFailure::default(),
            wasi: BTreeSet::new(),
            environment: BTreeMap::new(),
            files: BTreeMap::new(),
            http: BTreeMap::new(),
        }
    }
}

impl WasmSettings {
    /// Every setting by its key, as an operator reads it. Of variables the names alone are shown:
    /// what stands behind them may be a secret.
    pub(crate) fn shown(&self) -> [(&'static str, Value); 11] {
        [
            ("memory_bytes_max", json!(self.memory_bytes_max)),
            ("call_ms_max", json!(self.call_ms_max)),
            ("create_ms_max", json!(self.create_ms_max)),
            ("instances_max", json!(self.instances_max)),
            ("traps_max", json!(self.traps_max)),
            ("retry_ms", json!(self.retry_ms)),
            ("on_failure", json!(self.on_failure.name())),
            ("wasi", self.wasi.iter().map(|wasi| wasi.name()).collect()),
            ("environment", self.environment.keys().map(String::as_str).collect()),
            ("files", json!(self.files)),
            ("http", json!(self.http)),
        ]
    }
}

/// A table `[wasm.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WasmTable {
    /// What it says, and the defaults for the rest.
    pub(crate) settings: WasmSettings,
    /// Where each key stands that was given.
    pub(crate) given: BTreeMap<&'static str, Origin>,
    /// Where the table stands.
    pub(crate) origin: Origin,
}
