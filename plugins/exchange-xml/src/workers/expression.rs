//! A query that compiles, as the threads share it: its text and what is known of it. What was
//! compiled belongs to one thread and stays there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::failure::EvaluationFailure;
use crate::engine::Analysis;

const READY: u8 = 0;
const SUSPENDED: u8 = 1;
const BROKEN: u8 = 2;

/// A query that compiles.
#[derive(Debug)]
pub(crate) struct Expression {
    text: Arc<str>,
    analysis: Analysis,
    state: AtomicU8,
}

impl Expression {
    /// A query that a thread has compiled.
    pub(super) fn new(text: &str, analysis: Analysis) -> Self {
        Self { text: text.into(), analysis, state: AtomicU8::new(READY) }
    }

    /// The query.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What is known of it before it runs.
    pub(crate) fn analysis(&self) -> &Analysis {
        &self.analysis
    }

    pub(super) fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Why it does not run now.
    pub(super) fn unfit(&self) -> Option<EvaluationFailure> {
        match self.state.load(Ordering::Acquire) {
            SUSPENDED => Some(EvaluationFailure::Suspended),
            BROKEN => Some(EvaluationFailure::Broken),
            _ => None,
        }
    }

    /// A lost thread is busy with it.
    pub(super) fn suspend(&self) {
        self.change(READY, SUSPENDED);
    }

    /// The lost thread is done with it.
    pub(super) fn resume(&self) {
        self.change(SUSPENDED, READY);
    }

    /// The engine panicked over it.
    pub(super) fn discard(&self) {
        self.state.store(BROKEN, Ordering::Release);
    }

    fn change(&self, from: u8, to: u8) {
        // Another state than `from` is BROKEN, which stays, or `to`, which is what was wanted.
        let _ = self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire);
    }
}
