//! Where an entry leaves its result or its error, and the guard that catches panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::layout::read_versioned;
use crate::abi::status;
use crate::abi::types::{PhReply, PhSlice};
use crate::error::{Error, ErrorKind, Result};

/// The host's reply, alive for the call.
#[derive(Clone, Copy)]
pub(super) struct Reply(Option<PhReply>);

impl Reply {
    /// # Safety
    /// `reply` is NULL or a `ph_reply` that lives for the call.
    pub(super) unsafe fn new(reply: *const PhReply) -> Self {
        if reply.is_null() {
            return Self(None);
        }
        // SAFETY: not NULL, and a `ph_reply` as the caller promises.
        Self(Some(unsafe { read_versioned(reply) }))
    }

    /// Leaves a result.
    pub(super) fn result(&self, bytes: &[u8]) {
        self.result_slice(PhSlice::new(bytes));
    }

    /// Leaves a result that is a struct, or any other slice.
    pub(super) fn result_slice(&self, bytes: PhSlice) {
        if let Some(PhReply { ctx, result: Some(result), .. }) = self.0 {
            // SAFETY: the host's own function and context, and a slice that lives for the call.
            unsafe { result(ctx, bytes) };
        }
    }

    /// Leaves an error and gives its status.
    pub(super) fn error(&self, error: &Error) -> i32 {
        let (line, column) = error.place().unwrap_or_default();
        if let Some(PhReply { ctx, error: Some(report), .. }) = self.0 {
            // SAFETY: the host's own function and context, and a slice that lives for the call.
            unsafe { report(ctx, line, column, PhSlice::of(error.text())) };
        }
        status::of_error(error.kind())
    }

    /// Runs an entry's work; its error, or its panic, becomes the reply's error. `work` answers
    /// with a status.
    pub(super) fn guard(&self, work: impl FnOnce() -> Result<i32>) -> i32 {
        match caught(work) {
            Ok(status) => status,
            Err(error) => self.error(&error),
        }
    }

    /// As [`Reply::guard`], for work whose result is text.
    pub(super) fn guard_text(&self, work: impl FnOnce() -> Result<String>) -> i32 {
        self.guard(|| {
            self.result(work()?.as_bytes());
            Ok(status::OK)
        })
    }

    /// As [`Reply::guard`], for work without a result.
    pub(super) fn guard_unit(&self, work: impl FnOnce() -> Result<()>) -> i32 {
        self.guard(|| work().map(|()| status::OK))
    }
}

/// Runs work and turns a panic into an error with its text.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let error = panic_error(panic.as_ref());
        // A payload's own destructor may panic again, with a payload of its own.
        if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(second);
        }
        Err(error)
    })
}

/// Runs work that cannot answer; a panic in it goes to the log.
pub(super) fn caught_or_logged(entry: &str, work: impl FnOnce()) {
    let ended = caught(|| {
        work();
        Ok(())
    });
    if let Err(error) = ended {
        crate::log::log(crate::log::Level::Error, &format!("{entry}: {error}"));
    }
}

fn panic_error(panic: &(dyn Any + Send)) -> Error {
    let text = match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "a panic without a text",
    };
    Error::new(ErrorKind::Panic, text)
}
