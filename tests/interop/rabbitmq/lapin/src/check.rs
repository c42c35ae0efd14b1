//! A check: a name and an asynchronous function that fails by an error.

use std::error::Error;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::broker::Broker;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;
type Running = Pin<Box<dyn Future<Output = Outcome> + Send>>;

pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) run: fn(Arc<Broker>) -> Running,
}

/// Makes an asynchronous function a check.
macro_rules! check {
    ($name:literal, $function:path) => {
        $crate::check::Check { name: $name, run: |broker| Box::pin($function(broker)) }
    };
}
pub(crate) use check;

/// Fails where two values differ, with both.
pub(crate) fn expect<T: PartialEq + Debug>(actual: T, expected: T) -> Outcome {
    if actual == expected {
        return Ok(());
    }
    Err(format!("expected {expected:?}, got {actual:?}").into())
}

/// Fails where something came through that was to be refused, and gives the refusal.
pub(crate) fn expect_error<T>(result: lapin::Result<T>) -> Outcome<lapin::Error> {
    result.err().ok_or_else(|| "nothing was refused".into())
}

/// Wants the broker's error of this code, with these words in its text.
pub(crate) fn expect_refusal(error: &lapin::Error, code: u16, words: &[&str]) -> Outcome {
    let lapin::ErrorKind::ProtocolError(refusal) = error.kind() else {
        return Err(format!("expected {code}, got {error}").into());
    };
    expect(refusal.get_id(), code)?;
    let text = refusal.get_message().as_str();
    match words.iter().find(|word| !text.contains(**word)) {
        Some(word) => Err(format!("no \"{word}\" in {text}").into()),
        None => Ok(()),
    }
}
