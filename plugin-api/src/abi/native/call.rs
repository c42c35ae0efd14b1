//! A call that may answer later: the host's token behind the SDK's [`Completion`].
//!
//! Invariant: exactly one answer reaches the host for a token, whether the plugin answers, forgets,
//! or panics, in the call, after it, or on another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread::ThreadId;

use super::entry::host_complete;
use super::reply::{Reply, caught};
use crate::abi::status;
use crate::abi::types::PhSlice;
use crate::completion::{Completion, Receive};
use crate::error::{Error, Result};
use crate::log::{Level, log};

/// What a completion hands over, as the header's struct.
pub(super) trait Answer {
    /// Calls `send` once with a status and the struct, which lives for the call.
    fn send(&self, send: &mut dyn FnMut(i32, PhSlice));
}

const OPEN: u8 = 0;
const ANSWERED: u8 = 1;
/// The plugin's panic dropped the completion; the entry itself answers with the panic's text.
const DROPPED_BY_PANIC: u8 = 2;

struct Call {
    token: u64,
    state: AtomicU8,
    returned: AtomicBool,
    thread: ThreadId,
}

/// Runs `work` with a completion for `token`; what this returns is the entry's status.
pub(super) fn pending<T: Answer + 'static>(
    reply: Reply,
    token: u64,
    work: impl FnOnce(Completion<T>),
) -> i32 {
    let call = Arc::new(Call {
        token,
        state: AtomicU8::new(OPEN),
        returned: AtomicBool::new(false),
        thread: std::thread::current().id(),
    });
    let done = Completion::of(Arc::clone(&call));
    let ended = caught(|| {
        work(done);
        Ok(())
    });
    call.returned.store(true, Ordering::Release);
    let error = match ended {
        Ok(()) if call.state.load(Ordering::Acquire) != DROPPED_BY_PANIC => return status::PENDING,
        Ok(()) => Error::internal("the plugin dropped the call without an answer"),
        Err(panic) => panic,
    };
    if call.state.swap(ANSWERED, Ordering::AcqRel) == ANSWERED {
        log(Level::Error, &format!("a call panicked after it was answered: {error}"));
        return status::PENDING;
    }
    reply.error(&error)
}

impl<T: Answer> Receive<T> for Call {
    fn receive(&self, result: Result<T>) {
        let in_call =
            !self.returned.load(Ordering::Acquire) && self.thread == std::thread::current().id();
        let next = if in_call && std::thread::panicking() { DROPPED_BY_PANIC } else { ANSWERED };
        let open = self.state.compare_exchange(OPEN, next, Ordering::AcqRel, Ordering::Acquire);
        if open.is_err() || next == DROPPED_BY_PANIC {
            return;
        }
        match result {
            Ok(answer) => {
                answer.send(&mut |status, bytes| host_complete(self.token, status, bytes))
            }
            Err(error) => {
                let status = status::of_error(error.kind());
                host_complete(self.token, status, PhSlice::of(error.text()));
            }
        }
    }
}
