//! What there is of a plugin that runs apart from the broker, beside what every plugin has: its
//! limits, figures, and that its code can be changed.

use std::fmt;

use crate::config::WasmSettings;

/// Such a plugin.
pub(crate) trait Sandbox: Send + Sync {
    /// Its limits.
    fn settings(&self) -> &WasmSettings;

    /// What it did and takes.
    fn figures(&self) -> Figures;

    /// The version of the code that runs now.
    fn version(&self) -> String;

    /// Goes on with the code that stands in its file now.
    ///
    /// # Errors
    /// Why not; the old code stays.
    fn reload(&self, code: &[u8]) -> Result<(), String>;
}

/// What a plugin did and takes. Counts are since it was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Calls about messages.
    pub(crate) calls: u64,
    /// Messages of those calls.
    pub(crate) messages: u64,
    /// Nanoseconds that those calls took.
    pub(crate) call_ns: u64,
    /// Calls that ended in a trap, those that took too long among them.
    pub(crate) traps: u64,
    /// Calls that took too long.
    pub(crate) deadline_hits: u64,
    /// How often more memory was wanted than it may have.
    pub(crate) refused_memory: u64,
    /// Instances after which another one was to go on, for the memory that they had taken.
    pub(crate) outgrown: u64,
    /// Answers that the contract does not allow.
    pub(crate) faults: u64,
    /// Instances that there are.
    pub(crate) instances: u64,
    /// Bytes of memory that they have.
    pub(crate) memory_bytes: u64,
    /// Bindings and expressions that a new instance did not take any more.
    pub(crate) broken: u64,
    /// How often it was swapped for a new file.
    pub(crate) reloads: u64,
    /// Whether it is called.
    pub(crate) breaker: Breaker,
    /// How often it was left alone.
    pub(crate) breaker_opened: u64,
    /// Why the last call failed.
    pub(crate) last_error: Option<String>,
}

/// Whether a plugin is called.
#[cfg_attr(not(feature = "wasm"), allow(dead_code, reason = "there are no components then"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Breaker {
    /// It is.
    #[default]
    Closed,
    /// The next call decides.
    HalfOpen,
    /// It is not, for a while.
    Open,
}

impl fmt::Display for Breaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half-open",
            Self::Open => "open",
        })
    }
}
