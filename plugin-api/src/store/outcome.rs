//! How calls to a store end well; errors are [`crate::Error`].

use super::{Epoch, Position};

/// What [`super::Store::acquire`] grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acquired {
    /// The right to append.
    pub epoch: Epoch,
    /// Everything before this position was written under earlier epochs, everything behind it will
    /// be written under this one or a later.
    pub fence: Position,
}

/// How an append ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOutcome {
    /// All of it is kept. The position stands behind its last record: a replay up to there has
    /// everything. Where the store says `is_durable_on_ack` it outlives the process, and what that
    /// means for a power cut is what [`super::Store::inspect`] says.
    Done(Position),
    /// The epoch is not the shard's any more, or never was: nothing of it is kept, now or later.
    /// Stop using the shard, or acquire it again. A fenced append is never `Full`.
    Fenced,
    /// No room: nothing of it is kept, and the same batch may fit once something was settled. Hold
    /// publishers back and go on settling: a batch without puts and without values of keys, and a
    /// purge, are never `Full`.
    Full,
    /// Nobody can say whether it is kept, as where no answer came in time. It may still become
    /// kept, until the shard is acquired again. Never confirm on it: acquire, replay what is behind
    /// the last `Done`, then decide. The store itself goes on working.
    Unknown,
}
