//! Why the threads gave no answer.

use crate::engine::{DynamicError, StaticError};

/// Why a query was not compiled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum CompileFailure {
    /// Its author's fault.
    #[error("{0}")]
    Refused(StaticError),
    /// It takes too long.
    #[error("the query takes longer to compile than the {deadline_ms} ms of deadline_ms")]
    Overdue {
        /// The limit.
        deadline_ms: u64,
    },
    /// Every thread is lost.
    #[error("no thread is left to compile queries: earlier ones have not ended")]
    NoThread,
}

/// Why an evaluation gave neither yes nor no: no match.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum EvaluationFailure {
    /// The query failed on this message.
    #[error("{0}")]
    Dynamic(DynamicError),
    /// It took too long.
    #[error("the query took longer than the {deadline_ms} ms of deadline_ms")]
    Overdue {
        /// The limit.
        deadline_ms: u64,
    },
    /// It took too long on an earlier message, and still does.
    #[error("the query is suspended: an earlier evaluation of it has not ended")]
    Suspended,
    /// The engine panicked over it.
    #[error("the query is not run any more: the engine failed over it before")]
    Broken,
    /// Every thread is lost.
    #[error("no thread is left to evaluate queries: earlier ones have not ended")]
    NoThread,
}
