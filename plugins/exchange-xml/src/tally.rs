//! What the evaluations of one binding, or of one filter, gave.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

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

    /// As JSON.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "matched": self.matched.load(Ordering::Relaxed),
            "not_matched": self.not_matched.load(Ordering::Relaxed),
            "failed": self.failed.load(Ordering::Relaxed),
            "last_failure": *self.last_failure.lock(),
        })
    }
}
