//! What the decisions about one binding, or one filter, gave.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::json_object::{Object, object};
use crate::queries::Outcome;

/// Counters that only go up, and the last failure in words.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    matched: AtomicU64,
    evaluated: AtomicU64,
    failed: AtomicU64,
    engine_ns: AtomicU64,
    last_failure: Mutex<Option<Box<str>>>,
}

impl Tally {
    /// A message matched, and nothing had to be evaluated.
    pub(crate) fn matched(&self) {
        self.matched.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds an evaluation of a filter.
    pub(crate) fn evaluated(&self, outcome: &Outcome<bool>) {
        if outcome.is_match() {
            self.matched();
        }
        self.took(outcome);
    }

    /// Adds an evaluation of a transformation.
    pub(crate) fn transformed<R>(&self, outcome: &Outcome<R>) {
        if outcome.answer.is_ok() {
            self.matched();
        }
        self.took(outcome);
    }

    fn took<R>(&self, outcome: &Outcome<R>) {
        self.evaluated.fetch_add(1, Ordering::Relaxed);
        let took = u64::try_from(outcome.took.as_nanos()).unwrap_or(u64::MAX);
        self.engine_ns.fetch_add(took, Ordering::Relaxed);
        if let Err(failure) = &outcome.answer {
            self.failed.fetch_add(1, Ordering::Relaxed);
            *self.last_failure.lock() = Some(failure.to_string().into());
        }
    }

    /// As the members of a JSON object.
    pub(crate) fn to_json(&self) -> Object {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        object([
            ("matched", read(&self.matched).into()),
            ("evaluated", read(&self.evaluated).into()),
            ("failed", read(&self.failed).into()),
            ("engine_us", (read(&self.engine_ns) / 1000).into()),
            ("last_failure", self.last_failure.lock().as_deref().into()),
        ])
    }
}
