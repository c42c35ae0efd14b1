//! A promise that a broker broke.

use super::event::{MessageId, Place};

/// What must not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// It must be there and is not.
    #[error("{0} is lost: {1}, and nobody acknowledged it")]
    Lost(Place, &'static str),
    /// It is there and must not be.
    #[error("{0} came back: {1}")]
    Returned(Place, &'static str),
    /// It is there more often than once.
    #[error("{0} is there twice")]
    Twice(Place),
    /// It may have been seen, and nobody was told.
    #[error("{0} was received before, and came again without being redelivered")]
    NotRedelivered(Place),
    /// It came behind a later one of the same publisher.
    #[error("{0} stands behind number {1} of the same publisher")]
    Order(Place, u64),
    /// Nobody published it, or not to there.
    #[error("nobody published {0}")]
    Stranger(Place),
    /// It reached one of its queues and not another.
    #[error("message {0} is in one of its queues and not in another: {1}")]
    Torn(MessageId, Place),
    /// Something of a transaction took place and something did not.
    #[error("transaction {0} took place in part: {1} did not")]
    TransactionTorn(String, String),
    /// Something of a transaction took place that nobody committed.
    #[error("transaction {0} is not committed, and {1} took place")]
    NotCommitted(String, String),
    /// A prepared branch is not known any more.
    #[error("branch {0} was prepared, and is not in doubt after the start")]
    BranchLost(String),
    /// A client tells what it can't know.
    #[error("a client tells of something that nobody began: {0}")]
    Untold(String),
}
