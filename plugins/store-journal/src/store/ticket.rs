//! Who waits for a commit, and how each is told.

use std::collections::HashMap;

use parking_lot::Mutex;
use philter_plugin_api::value::Value;
use philter_plugin_api::{
    Acquired, AppendOutcome, Completion, Epoch, Event, InstanceId, MetaRevision, Shard, notify,
};

use crate::engine::{Kept, Refusal};
use crate::error::JournalError;

/// A call that waits.
#[derive(Debug)]
pub(super) enum Ticket {
    Append(Completion<AppendOutcome>),
    Acquire { done: Completion<Acquired>, shard: Shard, instance: InstanceId },
    Set(Completion<Option<MetaRevision>>),
}

/// The epochs that this process was granted, to say when one is lost.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<HashMap<Shard, Epoch>>);

impl Ticket {
    /// Answers what a commit says.
    pub(super) fn answer(self, result: Result<Kept, JournalError>, held: &Held) {
        match (self, result) {
            (Self::Append(done), Ok(Kept::Appended(end))) => done.ok(AppendOutcome::Done(end)),
            (Self::Acquire { done, shard, instance }, Ok(Kept::Acquired(acquired))) => {
                let former = held.0.lock().insert(shard, acquired.epoch);
                if let Some(former) = former {
                    lost(instance, shard, former);
                }
                done.ok(acquired);
            }
            (Self::Set(done), Ok(Kept::Set(revision))) => done.ok(Some(revision)),
            (ticket, Err(error)) => ticket.refuse(error.into()),
            (ticket, Ok(_)) => {
                let what = "a commit answered another call than was made";
                ticket.refuse(JournalError::Internal { what }.into());
            }
        }
    }

    /// Answers that the call is not taken.
    pub(super) fn refuse(self, refusal: Refusal) {
        let error = match refusal {
            Refusal::Error(error) => error,
            Refusal::Full | Refusal::Fenced => {
                if let Self::Append(done) = self {
                    let is_full = refusal == Refusal::Full;
                    let outcome = if is_full { AppendOutcome::Full } else { AppendOutcome::Fenced };
                    return done.ok(outcome);
                }
                JournalError::Internal { what: "a call was refused as only an append is" }
            }
        };
        match self {
            Self::Append(done) => done.err(error.into()),
            Self::Acquire { done, .. } => done.err(error.into()),
            Self::Set(done) => done.err(error.into()),
        }
    }

    /// Answers that a key's revision is another.
    pub(super) fn unchanged(self) {
        if let Self::Set(done) = self {
            done.ok(None);
        }
    }
}

fn lost(instance: InstanceId, shard: Shard, epoch: Epoch) {
    let fields = [("shard", Value::Uint(shard.0)), ("epoch", Value::Ulong(epoch.0))];
    let fields = fields.into_iter().map(|(name, value)| (Value::from(name), value));
    notify(instance, Event::EpochLost, &Value::Map(fields.collect()));
}
