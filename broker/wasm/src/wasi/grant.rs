//! What of WASI an operator grants, by word.

use serde::{Deserialize, Serialize};

/// A part of WASI 0.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Wasi {
    /// The time of day, and one that never goes back. No timers.
    Clocks,
    /// Random bytes.
    Random,
    /// Lines of standard output and standard error for the log; an empty standard input.
    Stdio,
    /// Variables that the settings name.
    Environment,
    /// Files and sockets that there are none of, for what toolchains import unused.
    Stubs,
}

impl Wasi {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Clocks, Self::Random, Self::Stdio, Self::Environment, Self::Stubs];

    /// As an operator writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clocks => "clocks",
            Self::Random => "random",
            Self::Stdio => "stdio",
            Self::Environment => "environment",
            Self::Stubs => "stubs",
        }
    }
}
