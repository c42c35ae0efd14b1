//! The tokens of calls that have not answered yet.
//!
//! Invariants: a token is given once in the life of the process; it is answered at most once, and
//! what comes after is a fault of the plugin; a token keeps its instance from being destroyed.

use std::any::Any;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use super::Fault;
use super::handle::{Handle, within_callback};
use super::plugin::Plugin;
use crate::abi::types::PhSlice;

/// How a call ended.
pub(super) enum Answer {
    /// The plugin completed it with this status and these bytes, alive for the call.
    Completed(i32, PhSlice),
    /// It returned with its result, whose type its caller knows.
    Returned(Box<dyn Any>),
}

/// Takes the one answer of a call.
type OnAnswer = Box<dyn FnOnce(Answer) + Send>;

struct Waiting {
    instance: Arc<Handle>,
    on_answer: OnAnswer,
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// Tokens are given in a row, so this many lie in as many parts, and calls on many threads seldom
/// meet in one.
const PARTS: u64 = 16;

/// A part, for as long as this is held.
type Locked = MutexGuard<'static, HashMap<u64, Waiting, BuildHasherDefault<InARow>>>;

type Part = Mutex<HashMap<u64, Waiting, BuildHasherDefault<InARow>>>;

static WAITING: LazyLock<[Part; PARTS as usize]> = LazyLock::new(<[Part; PARTS as usize]>::default);

/// Spreads numbers that are given in a row by this program, and by nobody who means harm.
#[derive(Default)]
struct InARow(u64);

impl Hasher for InARow {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, number: u64) {
        // By the golden ratio, so that high bits differ as well.
        self.0 = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// Gives out a token for a call to this instance.
pub(super) fn open(instance: Arc<Handle>, on_answer: OnAnswer) -> u64 {
    let token = NEXT.fetch_add(1, Ordering::Relaxed);
    waiting(token).insert(token, Waiting { instance, on_answer });
    token
}

/// Takes a token back, because its call answered at once. None where it was completed meanwhile.
pub(super) fn take_back(token: u64) -> Option<OnAnswer> {
    let waiting = waiting(token).remove(&token);
    waiting.map(|waiting| waiting.on_answer)
}

/// How many calls to this plugin have not answered yet.
pub(super) fn pending(plugin: &'static Plugin) -> usize {
    let is_of = |waiting: &&Waiting| std::ptr::eq(waiting.instance.plugin(), plugin);
    let parts = WAITING.iter().map(lock);
    parts.map(|part| part.values().filter(is_of).count()).sum()
}

/// What the plugin says through `complete`.
pub(super) fn complete(plugin: &'static Plugin, token: u64, status: i32, bytes: PhSlice) {
    let waiting = waiting(token).remove(&token);
    match waiting {
        Some(Waiting { instance, on_answer }) => within_callback(|| {
            on_answer(Answer::Completed(status, bytes));
            drop(instance);
        }),
        None if (1..NEXT.load(Ordering::Relaxed)).contains(&token) => {
            plugin.fault(&Fault::CompletedTwice { token });
        }
        None => drop(plugin.fault(&Fault::UnknownToken { token })),
    }
}

fn waiting(token: u64) -> Locked {
    let [first, ..] = &*WAITING;
    lock(WAITING.get((token % PARTS) as usize).unwrap_or(first))
}

fn lock(part: &'static Part) -> Locked {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}
