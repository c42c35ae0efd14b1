//! A promise to answer once, now or later, from any thread.
//!
//! Invariant: exactly one answer leaves a `Completion`. One that is dropped unanswered answers with
//! an internal error, so a plugin that forgets costs its caller an error and never a hang.

use crate::error::{Error, Result};

/// Answers one call, exactly once.
pub struct Completion<T> {
    answer: Option<Box<dyn FnOnce(Result<T>) + Send>>,
}

impl<T> Completion<T> {
    /// A completion that hands its answer to `answer`.
    pub fn new(answer: impl FnOnce(Result<T>) + Send + 'static) -> Self {
        Self { answer: Some(Box::new(answer)) }
    }

    /// Answers with a value.
    pub fn ok(self, value: T) {
        self.finish(Ok(value));
    }

    /// Answers with an error.
    pub fn err(self, error: Error) {
        self.finish(Err(error));
    }

    /// Answers with a result.
    pub fn finish(mut self, result: Result<T>) {
        if let Some(answer) = self.answer.take() {
            answer(result);
        }
    }
}

impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            answer(Err(Error::internal("the plugin dropped the call without an answer")));
        }
    }
}

impl<T> std::fmt::Debug for Completion<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Completion")
    }
}
