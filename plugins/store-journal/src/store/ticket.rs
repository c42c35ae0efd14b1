//! Who waits for a commit, and how each is told.

use philter_plugin_api::{Acquired, AppendOutcome, Completion, MetaRevision, Shard};

use super::watches::Watches;
use crate::engine::{Kept, Refusal};
use crate::error::JournalError;

/// A call that waits.
#[derive(Debug)]
pub(super) enum Ticket {
    Append(Completion<AppendOutcome>),
    Acquire { done: Completion<Acquired>, shard: Shard },
    Set { done: Completion<Option<MetaRevision>>, key: String },
    Remove { done: Completion<bool>, key: String },
}

impl Ticket {
    /// Answers what a commit says, and tells who watches.
    pub(super) fn answer(self, result: Result<Kept, JournalError>, watches: &Watches) {
        match (self, result) {
            (Self::Append(done), Ok(Kept::Appended(end))) => done.ok(AppendOutcome::Done(end)),
            (Self::Acquire { done, shard }, Ok(Kept::Acquired(acquired))) => {
                watches.acquired(shard, acquired.epoch);
                done.ok(acquired);
            }
            (Self::Set { done, key }, Ok(Kept::Set(revision))) => {
                watches.changed(&key, revision);
                done.ok(Some(revision));
            }
            (Self::Remove { done, key }, Ok(Kept::Removed)) => {
                watches.changed(&key, MetaRevision(0));
                done.ok(true);
            }
            (ticket, Err(error)) => ticket.refuse(error.into()),
            (ticket, Ok(_)) => {
                let what = "a commit answered another call than was made";
                ticket.refuse(JournalError::Internal { what }.into());
            }
        }
    }

    /// Answers that the call is not taken.
    pub(super) fn refuse(self, refusal: Refusal) {
        let error = match (&self, refusal) {
            (_, Refusal::Error(error)) => error,
            (Self::Append(_), Refusal::Full) => return self.end(AppendOutcome::Full),
            (Self::Append(_), Refusal::Fenced) => return self.end(AppendOutcome::Fenced),
            _ => JournalError::Internal { what: "a call was refused as only an append is" },
        };
        match self {
            Self::Append(done) => done.err(error.into()),
            Self::Acquire { done, .. } => done.err(error.into()),
            Self::Set { done, .. } => done.err(error.into()),
            Self::Remove { done, .. } => done.err(error.into()),
        }
    }

    /// Answers that a key's revision is another.
    pub(super) fn unchanged(self) {
        match self {
            Self::Set { done, .. } => done.ok(None),
            Self::Remove { done, .. } => done.ok(false),
            Self::Append(_) | Self::Acquire { .. } => {}
        }
    }

    fn end(self, outcome: AppendOutcome) {
        if let Self::Append(done) = self {
            done.ok(outcome);
        }
    }
}
