//! Why a queue can't be declared with the arguments it was given: each by name.

/// An argument that a queue can't be declared with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is known and can't be done yet.
    #[error("queue argument {0} is not implemented yet")]
    NotYet(String),
    /// Nobody knows it.
    #[error("unknown queue argument {0}: names that begin with 'qpid.' are the broker's own")]
    Unknown(String),
    /// Its value is not of the right type, or out of range.
    #[error("queue argument {name}: {expected} expected, found {found}")]
    Value {
        /// The argument.
        name: String,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        found: String,
    },
    /// Two of them exclude each other.
    #[error("queue arguments {one} and {other} can't stand on the same queue")]
    Conflict {
        /// One argument.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// It means nothing without another.
    #[error("queue argument {name} needs {needs}")]
    Needs {
        /// The argument.
        name: String,
        /// The one it needs.
        needs: &'static str,
    },
    /// A queue of this name is there and is another.
    #[error(
        "inequivalent arg '{argument}' for queue '{queue}': \
         received {received} but current is {current}"
    )]
    Different {
        /// The queue.
        queue: String,
        /// What differs.
        argument: &'static str,
        /// What was asked for.
        received: String,
        /// What is there.
        current: String,
    },
    /// One must not be above the other.
    #[error("queue argument {lower}={found} must not be above {upper}={limit}")]
    Above {
        /// The argument that is to be the lower.
        lower: &'static str,
        /// Its value.
        found: u64,
        /// The argument that bounds it.
        upper: &'static str,
        /// Its value.
        limit: u64,
    },
}
