//! What of WASI a component is granted, as an operator writes it.

/// A part of WASI 0.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wasi {
    /// The time.
    Clocks,
    /// Random bytes.
    Random,
    /// Standard output and standard error to the log, an empty standard input.
    Stdio,
    /// Variables that the table names.
    Environment,
    /// Files and sockets that there are none of.
    Stubs,
}

impl Wasi {
    /// Every one.
    pub(crate) const ALL: [Self; 5] =
        [Self::Clocks, Self::Random, Self::Stdio, Self::Environment, Self::Stubs];

    /// As an operator writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Clocks => "clocks",
            Self::Random => "random",
            Self::Stdio => "stdio",
            Self::Environment => "environment",
            Self::Stubs => "stubs",
        }
    }
}
