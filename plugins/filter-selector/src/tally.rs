//! How often a selector answered what.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value as Json, json};

use crate::value::Truth;

/// Counters that only go up.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    matched: AtomicU64,
    not_matched: AtomicU64,
    unknown: AtomicU64,
}

/// What one batch of messages adds to a tally.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    matched: u64,
    not_matched: u64,
    unknown: u64,
}

impl Answers {
    /// Counts an answer.
    pub(crate) fn count(&mut self, truth: Truth) {
        match truth {
            Truth::True => self.matched += 1,
            Truth::False => self.not_matched += 1,
            Truth::Unknown => self.unknown += 1,
        }
    }
}

impl Tally {
    /// Adds a batch.
    pub(crate) fn add(&self, answers: &Answers) {
        let counters = [
            (&self.matched, answers.matched),
            (&self.not_matched, answers.not_matched),
            (&self.unknown, answers.unknown),
        ];
        for (counter, more) in counters.into_iter().filter(|(_, more)| *more > 0) {
            counter.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// As a JSON object.
    pub(crate) fn to_json(&self) -> Json {
        json!({
            "matched": self.matched.load(Ordering::Relaxed),
            "not_matched": self.not_matched.load(Ordering::Relaxed),
            "unknown": self.unknown.load(Ordering::Relaxed),
        })
    }
}
