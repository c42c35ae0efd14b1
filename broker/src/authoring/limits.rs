//! What the broker lets a component take, and what one took.

use serde::Serialize;

use crate::plugin::Carrier;

/// The limits of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Limits {
    /// Milliseconds of a call about messages.
    pub(super) call_ms_max: u64,
    /// Milliseconds of any other call.
    pub(super) create_ms_max: u64,
    /// Bytes of memory of an instance.
    pub(super) memory_bytes_max: u64,
}

/// What a component took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Taken {
    /// Bytes of memory of an instance.
    pub(super) memory_bytes: u64,
    /// Calls that ended in a trap, or answered what the contract does not allow.
    pub(super) failures: u64,
}

impl Limits {
    /// Those of a plugin; none for a native library, which nobody can stop.
    pub(super) fn of(carrier: &dyn Carrier) -> Option<Self> {
        let settings = carrier.sandbox()?.settings();
        Some(Self {
            call_ms_max: settings.call_ms_max,
            create_ms_max: settings.create_ms_max,
            memory_bytes_max: settings.memory_bytes_max,
        })
    }
}

impl Taken {
    /// By a plugin until now; none for a native library, which is part of this process.
    pub(super) fn of(carrier: &dyn Carrier) -> Option<Self> {
        let figures = carrier.sandbox()?.figures();
        Some(Self {
            memory_bytes: figures.memory_bytes / figures.instances.max(1),
            failures: figures.traps + figures.faults,
        })
    }
}

impl std::fmt::Display for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { call_ms_max, create_ms_max, memory_bytes_max } = self;
        write!(f, "{call_ms_max} ms a call about messages, {create_ms_max} ms any other, ")?;
        write!(f, "{memory_bytes_max} bytes of memory")
    }
}
