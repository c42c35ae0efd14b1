//! What queries have done, for whoever inspects them.

use std::sync::atomic::{AtomicU64, Ordering};

use super::outcome::Failure;
use crate::json_object::{Object, object};

/// Counters that only go up.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Queries compiled.
    pub(super) compiled: AtomicU64,
    /// Bodies read as documents.
    pub(super) documents: AtomicU64,
    /// Bodies that were none.
    pub(super) refused_documents: AtomicU64,
    /// Evaluations, whatever they gave.
    pub(super) evaluations: AtomicU64,
    /// Evaluations that failed.
    pub(super) failures: AtomicU64,
    /// Evaluations that reached a limit.
    pub(super) limits_reached: AtomicU64,
}

impl Counts {
    /// Adds one.
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds a failure.
    pub(super) fn count(&self, failure: &Failure) {
        Self::add(&self.failures);
        if failure.is_limit() {
            Self::add(&self.limits_reached);
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
            ("limits_reached", read(&self.limits_reached)),
        ])
    }
}
