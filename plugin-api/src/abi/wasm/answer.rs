//! Where a call's answer lies until the next call: a few words, and the bytes that they lead to.
//!
//! Every answer of the WIT is made of words of 4 bytes (component model, canonical ABI, "store"):
//! a result's first word is 0 or 1, an error is its kind, its text, whether it has a place, line
//! and column.

use std::sync::{Mutex, PoisonError};

use crate::error::{Error, ErrorKind, Result};
use crate::factory::CommandOutput;
use crate::filter::Verdict;
use crate::message::Property;
use crate::value::Value;

const WORDS: usize = 7;

static ANSWER: Mutex<Answer> =
    Mutex::new(Answer { words: [0; WORDS], first: Vec::new(), second: Vec::new() });

/// An answer: `words` lead into `first` and `second`.
pub(super) struct Answer {
    words: [u32; WORDS],
    first: Vec<u8>,
    second: Vec<u8>,
}

/// Leaves an answer in the place of the last one, and says where.
pub(super) fn leave(write: impl FnOnce(&mut Answer)) -> *const u32 {
    let mut answer = ANSWER.lock().unwrap_or_else(PoisonError::into_inner);
    write(&mut answer);
    answer.words.as_ptr()
}

impl Answer {
    /// A `string`.
    pub(super) fn text(&mut self, text: String) {
        self.first = text.into_bytes();
        let [at, len] = place(&self.first);
        self.words = [at, len, 0, 0, 0, 0, 0];
    }

    /// A `result<_, error>`.
    pub(super) fn done(&mut self, result: Result<()>) {
        self.result(result, |_, ()| [0; 6]);
    }

    /// A `result<u32, error>`.
    pub(super) fn number(&mut self, result: Result<u32>) {
        self.result(result, |_, number| [number, 0, 0, 0, 0, 0]);
    }

    /// A `result<string, error>`.
    pub(super) fn text_or_error(&mut self, result: Result<String>) {
        self.result(result, |answer, text| {
            answer.first = text.into_bytes();
            let [at, len] = place(&answer.first);
            [at, len, 0, 0, 0, 0]
        });
    }

    /// A `result<list<u8>, error>`, written into the memory of the last answer.
    pub(super) fn bytes(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) {
        let result = write(&mut self.first);
        self.result(result, |answer, ()| {
            let [at, len] = place(&answer.first);
            [at, len, 0, 0, 0, 0]
        });
    }

    /// A `result<verdict, error>`.
    pub(super) fn verdict(&mut self, result: Result<Verdict>) {
        self.result(result, |answer, verdict| match verdict {
            Verdict::Pass => [0; 6],
            Verdict::Drop => [1, 0, 0, 0, 0, 0],
            Verdict::DeadLetter => [2, 0, 0, 0, 0, 0],
            Verdict::Replace { body, content_type } => {
                answer.first = body;
                answer.second = content_type.map(properties).unwrap_or_default();
                let ([body, body_len], [at, len]) = (place(&answer.first), place(&answer.second));
                [3, body, body_len, at, len, 0]
            }
        });
    }

    /// A `result<command-output, error>`.
    pub(super) fn command(&mut self, result: Result<CommandOutput>) {
        self.result(result, |answer, CommandOutput { output, errors, exit_code }| {
            answer.first = output.into_bytes();
            answer.second = errors.into_bytes();
            let ([output, output_len], [at, len]) = (place(&answer.first), place(&answer.second));
            [output, output_len, at, len, exit_code.cast_unsigned(), 0]
        });
    }

    fn result<T>(&mut self, result: Result<T>, ok: impl FnOnce(&mut Self, T) -> [u32; 6]) {
        let (is_error, [a, b, c, d, e, f]) = match result {
            Ok(value) => (0, ok(self, value)),
            Err(error) => (1, self.error(&error)),
        };
        self.words = [is_error, a, b, c, d, e, f];
    }

    fn error(&mut self, error: &Error) -> [u32; 6] {
        self.first.clear();
        self.first.extend(error.text().as_bytes());
        let [text, len] = place(&self.first);
        let (line, column) = error.place().unwrap_or_default();
        [kind(error.kind()), text, len, error.place().is_some().into(), line, column]
    }
}

/// Address and length: a component's memory has 32 bits.
fn place(bytes: &[u8]) -> [u32; 2] {
    [bytes.as_ptr().addr() as u32, bytes.len() as u32]
}

/// The number of the WIT's `error-kind`.
fn kind(kind: ErrorKind) -> u32 {
    match kind {
        ErrorKind::InvalidArgument => 0,
        ErrorKind::NotFound => 1,
        ErrorKind::Unauthorized => 2,
        ErrorKind::LimitExceeded => 3,
        ErrorKind::Unsupported => 4,
        ErrorKind::Internal | ErrorKind::Panic => 5,
    }
}

fn properties(content_type: String) -> Vec<u8> {
    let key = Value::Uint(Property::ContentType.number());
    Value::Map(vec![(key, Value::String(content_type))]).encode()
}
