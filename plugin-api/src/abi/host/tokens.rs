//! The tokens of calls that have not answered yet.
//!
//! Invariants: a token is given once in the life of the process; it is answered at most once, and
//! what comes after is a fault of the plugin; a token keeps its instance from being destroyed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::Fault;
use super::handle::{Handle, within_callback};
use super::plugin::Plugin;
use crate::abi::types::PhSlice;

/// Takes the status and the bytes that a plugin completed with, alive for the call.
type OnComplete = Box<dyn FnOnce(i32, PhSlice) + Send>;

struct Waiting {
    instance: Arc<Handle>,
    on_complete: OnComplete,
}

static NEXT: AtomicU64 = AtomicU64::new(1);
static WAITING: LazyLock<Mutex<HashMap<u64, Waiting>>> = LazyLock::new(Mutex::default);

/// Gives out a token for a call to this instance.
pub(super) fn open(instance: Arc<Handle>, on_complete: OnComplete) -> u64 {
    let token = NEXT.fetch_add(1, Ordering::Relaxed);
    waiting().insert(token, Waiting { instance, on_complete });
    token
}

/// Takes a token back, because its call answered at once. False where it was completed meanwhile.
pub(super) fn take_back(token: u64) -> bool {
    let waiting = waiting().remove(&token);
    waiting.is_some()
}

/// How many calls to this plugin have not answered yet.
pub(super) fn pending(plugin: &'static Plugin) -> usize {
    let is_of = |waiting: &&Waiting| std::ptr::eq(waiting.instance.plugin(), plugin);
    waiting().values().filter(is_of).count()
}

/// What the plugin says through `complete`.
pub(super) fn complete(plugin: &'static Plugin, token: u64, status: i32, bytes: PhSlice) {
    let waiting = waiting().remove(&token);
    match waiting {
        Some(Waiting { instance, on_complete }) => within_callback(|| {
            on_complete(status, bytes);
            drop(instance);
        }),
        None if (1..NEXT.load(Ordering::Relaxed)).contains(&token) => {
            plugin.fault(&Fault::CompletedTwice { token });
        }
        None => drop(plugin.fault(&Fault::UnknownToken { token })),
    }
}

fn waiting() -> MutexGuard<'static, HashMap<u64, Waiting>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}
