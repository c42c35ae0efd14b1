//! What a component did, counted.

use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use philter_plugin_api::Error;

use crate::breaker::BreakerState;
use crate::failure::Failure;

/// What a component did since it was loaded, over all its exchanges or languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Statistics {
    /// Calls about messages; of an auth provider those about logins and what somebody may do.
    pub calls: u64,
    /// Messages of those calls.
    pub messages: u64,
    /// Nanoseconds that those calls took.
    pub call_ns: u64,
    /// Calls that ended in a trap, those that took too long among them.
    pub traps: u64,
    /// Calls that took too long.
    pub deadline_hits: u64,
    /// How often more memory was wanted than it may have.
    pub refused_memory: u64,
    /// Instances after which another one was to go on, for the memory that they had taken.
    pub outgrown: u64,
    /// Answers that the contract does not allow.
    pub faults: u64,
    /// Instances that are alive.
    pub instances: u64,
    /// Bytes of memory that they have.
    pub memory_bytes: u64,
    /// Bindings and expressions that a new instance did not take any more.
    pub broken: u64,
    /// How often it was swapped for a new file.
    pub reloads: u64,
    /// The state of its breaker; the worst of those of its exchanges or languages.
    pub breaker: BreakerState,
    /// How often a breaker opened.
    pub breaker_opened: u64,
    /// Why the last call failed.
    pub last_error: Option<String>,
}

/// The counters behind [`Statistics`].
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) calls: AtomicU64,
    pub(crate) messages: AtomicU64,
    pub(crate) call_ns: AtomicU64,
    pub(crate) traps: AtomicU64,
    pub(crate) deadline_hits: AtomicU64,
    pub(crate) refused_memory: AtomicU64,
    pub(crate) outgrown: AtomicU64,
    pub(crate) faults: AtomicU64,
    pub(crate) instances: AtomicU64,
    pub(crate) memory_bytes: AtomicU64,
    pub(crate) broken: AtomicU64,
    pub(crate) reloads: AtomicU64,
    pub(crate) breaker_opened: AtomicU64,
    pub(crate) last_error: Mutex<Option<String>>,
}

impl Counters {
    /// Counts a failure of this name, and answers what there is to say of it: nothing of a plugin's
    /// own errors, which go to whoever caused them.
    pub(crate) fn failed(&self, of: &str, failure: &Failure) -> Option<String> {
        let text = match failure {
            Failure::Trap { text, is_deadline } => {
                count(&self.traps);
                if *is_deadline {
                    count(&self.deadline_hits);
                }
                text
            }
            Failure::Fault(text) => {
                count(&self.faults);
                text
            }
            _ => return None,
        };
        let what = format!("{of}: {text}");
        *self.last_error.lock() = Some(what.clone());
        Some(what)
    }

    /// A plugin's own error about messages.
    pub(crate) fn erred(&self, of: &str, error: &Error) {
        *self.last_error.lock() = Some(format!("{of}: {error}"));
    }

    /// What they say now.
    pub(crate) fn statistics(&self, breaker: BreakerState) -> Statistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Statistics {
            calls: read(&self.calls),
            messages: read(&self.messages),
            call_ns: read(&self.call_ns),
            traps: read(&self.traps),
            deadline_hits: read(&self.deadline_hits),
            refused_memory: read(&self.refused_memory),
            outgrown: read(&self.outgrown),
            faults: read(&self.faults),
            instances: read(&self.instances),
            memory_bytes: read(&self.memory_bytes),
            broken: read(&self.broken),
            reloads: read(&self.reloads),
            breaker,
            breaker_opened: read(&self.breaker_opened),
            last_error: self.last_error.lock().clone(),
        }
    }
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
