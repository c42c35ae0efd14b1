//! A promise to answer once, now or later, from any thread.
//!
//! Invariant: exactly one answer leaves a `Completion`. One that is dropped unanswered answers with
//! an internal error, so a plugin that forgets costs its caller an error and never a hang.

use std::sync::Arc;

use crate::error::{Error, Result};

/// Answers one call, exactly once.
pub struct Completion<T> {
    receiver: Option<Receiver<T>>,
}

enum Receiver<T> {
    Once(Box<dyn FnOnce(Result<T>) + Send>),
    Shared(Arc<dyn Receive<T>>),
}

/// Takes answers of calls where it is shared with others, as the answers of several calls that make
/// one: see [`Completion::of`].
pub trait Receive<T>: Send + Sync {
    /// Takes the answer of one call.
    fn receive(&self, result: Result<T>);
}

impl<T> Completion<T> {
    /// A completion that hands its answer to `answer`.
    pub fn new(answer: impl FnOnce(Result<T>) + Send + 'static) -> Self {
        Self { receiver: Some(Receiver::Once(Box::new(answer))) }
    }

    /// A completion that hands its answer to `receiver`, without an allocation of its own.
    pub fn of<R: Receive<T> + 'static>(receiver: Arc<R>) -> Self {
        Self { receiver: Some(Receiver::Shared(receiver)) }
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
        self.answer(result);
    }

    fn answer(&mut self, result: Result<T>) {
        match self.receiver.take() {
            Some(Receiver::Once(answer)) => answer(result),
            Some(Receiver::Shared(receiver)) => receiver.receive(result),
            None => {}
        }
    }
}

impl<T> Drop for Completion<T> {
    fn drop(&mut self) {
        if self.receiver.is_some() {
            self.answer(Err(Error::internal("the plugin dropped the call without an answer")));
        }
    }
}

impl<T> std::fmt::Debug for Completion<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Completion")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::error::ErrorKind;

    #[derive(Default)]
    struct Told(Mutex<Vec<Result<u32>>>);

    impl Receive<u32> for Told {
        fn receive(&self, result: Result<u32>) {
            self.0.lock().unwrap().push(result);
        }
    }

    #[test]
    fn who_is_shared_takes_one_answer_of_each_completion() {
        let told = Arc::new(Told::default());
        Completion::of(Arc::clone(&told)).ok(7);
        Completion::of(Arc::clone(&told)).err(Error::invalid("no"));
        drop(Completion::of(Arc::clone(&told)));
        let answers = told.0.lock().unwrap();
        assert_eq!(answers.first(), Some(&Ok(7)));
        let kinds: Vec<_> = answers.iter().flat_map(|answer| answer.as_ref().err()).collect();
        let kinds: Vec<_> = kinds.iter().map(|error| error.kind()).collect();
        assert_eq!(kinds, [ErrorKind::InvalidArgument, ErrorKind::Internal]);
        assert_eq!(answers.len(), 3);
        assert_eq!(Arc::strong_count(&told), 1);
    }
}
