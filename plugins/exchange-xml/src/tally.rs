//! What the evaluations of one binding, or of one filter, gave.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::json_object::{Object, object};
use crate::workers::Outcome;

/// Counters that only go up, and the last failure in words.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    matched: AtomicU64,
    not_matched: AtomicU64,
    failed: AtomicU64,
    last_failure: Mutex<Option<String>>,
}

impl Tally {
    /// Adds an outcome.
    pub(crate) fn add(&self, outcome: &Outcome) {
        let counter = match outcome {
            Ok(true) => &self.matched,
            Ok(false) => &self.not_matched,
            Err(failure) => {
                *self.last_failure.lock() = Some(failure.to_string());
                &self.failed
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// As the members of a JSON object.
    pub(crate) fn to_json(&self) -> Object {
        let last_failure = self.last_failure.lock().clone();
        object([
            ("matched", self.matched.load(Ordering::Relaxed).into()),
            ("not_matched", self.not_matched.load(Ordering::Relaxed).into()),
            ("failed", self.failed.load(Ordering::Relaxed).into()),
            ("last_failure", last_failure.into()),
        ])
    }
}
