//! Lines for the broker's log.

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Trace = 1,
    Debug = 2,
    Info = 3,
    Warn = 4,
    Error = 5,
}

/// Writes a line to the broker's log. Before the plugin is attached to a host it goes nowhere.
pub fn log(level: Level, text: &str) {
    crate::abi::host_log(level, text);
}
