//! What the threads have done, for whoever inspects them.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Outcome;
use super::failure::EvaluationFailure;
use crate::json_object::{Object, object};

/// Counters that only go up.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Queries compiled, on any thread.
    pub(super) compiled: AtomicU64,
    /// Bodies read as documents.
    pub(super) documents: AtomicU64,
    /// Bodies that were none.
    pub(super) refused_documents: AtomicU64,
    /// Evaluations, whatever they gave.
    pub(super) evaluations: AtomicU64,
    /// Evaluations that failed.
    pub(super) failures: AtomicU64,
    /// Evaluations that took too long.
    pub(super) overdue: AtomicU64,
}

impl Counts {
    /// Adds one.
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds what a call gave.
    pub(super) fn count(&self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            Self::add(&self.evaluations);
            if let Err(failure) = outcome {
                Self::add(&self.failures);
                if matches!(failure, EvaluationFailure::Overdue { .. }) {
                    Self::add(&self.overdue);
                }
            }
        }
    }

    /// As the members of a JSON object.
    pub(super) fn to_json(&self) -> Object {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed).into();
        object([
            ("compiled", read(&self.compiled)),
            ("documents", read(&self.documents)),
            ("refused_documents", read(&self.refused_documents)),
            ("evaluations", read(&self.evaluations)),
            ("failures", read(&self.failures)),
            ("overdue", read(&self.overdue)),
        ])
    }
}
