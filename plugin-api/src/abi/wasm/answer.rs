//! Where a call's answer lies until the next call: a few words, and the bytes that they lead to.
//!
//! Every answer of the WIT is made of words of 4 bytes (component model, canonical ABI, "store"):
//! a result's first word is 0 or 1, an error is its kind, its text, whether it has a place, line
//! and column. Where a number of 8 bytes is in a result, what it has begins at the third word.

use std::sync::{Mutex, PoisonError};

use super::auth::success;
use crate::auth::{Authorization, SaslOutcome};
use crate::error::{Error, ErrorKind, Result};
use crate::factory::CommandOutput;
use crate::filter::Verdict;
use crate::message::Property;
use crate::store::{Acquired, AppendOutcome, MetaRevision, Position};
use crate::value::Value;

const WORDS: usize = 8;

static ANSWER: Mutex<Answer> = Mutex::new(Answer {
    words: Words([0; WORDS]),
    row: Vec::new(),
    first: Vec::new(),
    second: Vec::new(),
});

/// An answer: `words` lead into `row`, `first` and `second`.
pub(super) struct Answer {
    words: Words,
    /// Where the texts of a list stand, and how long they are.
    row: Vec<u32>,
    first: Vec<u8>,
    second: Vec<u8>,
}

/// The words, where numbers of 8 bytes may stand.
#[repr(C, align(8))]
struct Words([u32; WORDS]);

/// Leaves an answer in the place of the last one, and says where.
pub(super) fn leave(write: impl FnOnce(&mut Answer)) -> *const u32 {
    let mut answer = ANSWER.lock().unwrap_or_else(PoisonError::into_inner);
    write(&mut answer);
    answer.words.0.as_ptr()
}

impl Answer {
    /// A `string`.
    pub(super) fn text(&mut self, text: String) {
        self.first = text.into_bytes();
        let [at, len] = place(&self.first);
        self.words = Words([at, len, 0, 0, 0, 0, 0, 0]);
    }

    /// A `list<u8>`.
    pub(super) fn list(&mut self, bytes: Vec<u8>) {
        self.first = bytes;
        let [at, len] = place(&self.first);
        self.words = Words([at, len, 0, 0, 0, 0, 0, 0]);
    }

    /// A `list<u8>`.
    pub(super) fn bare_bytes(&mut self, bytes: Vec<u8>) {
        self.first = bytes;
        let [at, len] = place(&self.first);
        self.words = Words([at, len, 0, 0, 0, 0, 0, 0]);
    }

    /// A `list<string>`.
    pub(super) fn texts(&mut self, texts: &[String]) {
        self.first = texts.concat().into_bytes();
        let [mut at, _] = place(&self.first);
        self.row.clear();
        for text in texts {
            let len = text.len() as u32;
            self.row.extend([at, len]);
            at += len;
        }
        let row = self.row.as_ptr().addr() as u32;
        self.words = Words([row, texts.len() as u32, 0, 0, 0, 0, 0, 0]);
    }

    /// A `result<outcome, error>`.
    pub(super) fn outcome(&mut self, result: Result<SaslOutcome>) {
        self.result(result, |answer, outcome| {
            let (case, bytes) = match outcome {
                SaslOutcome::Challenge(bytes) => (0, bytes),
                SaslOutcome::Success { identity, groups, expires_at_ms, additional } => {
                    (1, success(identity, groups, expires_at_ms, additional))
                }
                SaslOutcome::Failure(text) => (2, text.into_bytes()),
                SaslOutcome::NotMine => (3, Vec::new()),
            };
            answer.first = bytes;
            let [at, len] = place(&answer.first);
            [case, at, len, 0, 0, 0]
        });
    }

    /// A `result<authorization, error>`.
    pub(super) fn authorization(&mut self, result: Result<Authorization>) {
        self.result(result, |_, answer| {
            let case = match answer {
                Authorization::Allow { log: false } => 0,
                Authorization::Allow { log: true } => 1,
                Authorization::Deny { log: false } => 2,
                Authorization::Deny { log: true } => 3,
                Authorization::Abstain => 4,
            };
            [case, 0, 0, 0, 0, 0]
        });
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

    /// A `result<list<u8>, error>`.
    pub(super) fn list_or_error(&mut self, result: Result<Vec<u8>>) {
        self.result(result, |answer, bytes| {
            answer.first = bytes;
            let [at, len] = place(&answer.first);
            [at, len, 0, 0, 0, 0]
        });
    }

    /// A `result<option<list<u8>>, error>`.
    pub(super) fn maybe_list(&mut self, result: Result<Option<Vec<u8>>>) {
        self.result(result, |answer, bytes| {
            let Some(bytes) = bytes else { return [0; 6] };
            answer.first = bytes;
            let [at, len] = place(&answer.first);
            [1, at, len, 0, 0, 0]
        });
    }

    /// A `result<acquired, error>`.
    pub(super) fn acquired(&mut self, result: Result<Acquired>) {
        self.wide(result, |_, Acquired { epoch, fence }| {
            let ([a, b], [c, d]) = (halves(epoch.0), halves(fence.0));
            [a, b, c, d, 0, 0]
        });
    }

    /// A `result<append-outcome, error>`. The contract has no unknown one, nor has what is given.
    pub(super) fn appended(&mut self, result: Result<AppendOutcome>) {
        self.wide(result, |_, outcome| match outcome {
            AppendOutcome::Done(Position(position)) => done(position),
            AppendOutcome::Fenced => [1, 0, 0, 0, 0, 0],
            AppendOutcome::Full | AppendOutcome::Unknown => [2, 0, 0, 0, 0, 0],
        });
    }

    /// A `result<purge-outcome, error>`; none where it is to be called again.
    pub(super) fn purged(&mut self, result: Result<Option<AppendOutcome>>) {
        self.wide(result, |_, outcome| match outcome {
            Some(AppendOutcome::Done(Position(position))) => done(position),
            None => [1, 0, 0, 0, 0, 0],
            Some(_) => [2, 0, 0, 0, 0, 0],
        });
    }

    /// A `result<option<revision-and-value>, error>`.
    pub(super) fn revision_and_value(&mut self, result: Result<Option<(MetaRevision, Vec<u8>)>>) {
        self.wide(result, |answer, found| {
            let Some((revision, value)) = found else { return [0; 6] };
            answer.first = value;
            let ([a, b], [at, len]) = (halves(revision.0), place(&answer.first));
            [1, 0, a, b, at, len]
        });
    }

    /// A `result<option<u64>, error>`.
    pub(super) fn revision(&mut self, result: Result<Option<MetaRevision>>) {
        self.wide(result, |_, revision| {
            let Some(revision) = revision else { return [0; 6] };
            let [a, b] = halves(revision.0);
            [1, 0, a, b, 0, 0]
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
        let (is_error, [a, b, c, d, e, f]) = self.either(result, ok);
        self.words = Words([is_error, a, b, c, d, e, f, 0]);
    }

    /// The same where a number of 8 bytes is in what it has.
    fn wide<T>(&mut self, result: Result<T>, ok: impl FnOnce(&mut Self, T) -> [u32; 6]) {
        let (is_error, [a, b, c, d, e, f]) = self.either(result, ok);
        self.words = Words([is_error, 0, a, b, c, d, e, f]);
    }

    fn either<T>(
        &mut self,
        result: Result<T>,
        ok: impl FnOnce(&mut Self, T) -> [u32; 6],
    ) -> (u32, [u32; 6]) {
        match result {
            Ok(value) => (0, ok(self, value)),
            Err(error) => (1, self.error(&error)),
        }
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

/// The case `done` of an outcome.
fn done(position: u64) -> [u32; 6] {
    let [a, b] = halves(position);
    [0, 0, a, b, 0, 0]
}

/// A number of 8 bytes as words, the lower one first.
fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
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
