//! What a store has no room for, and when it has some again.
//!
//! Invariants:
//! - after an append that failed for another reason than room nothing is accepted that would have
//!   to be stored: the store's state is not known, and a restart reads it anew;
//! - definitions that stand in memory are stored before anything is accepted again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tracing::{error, info, warn};

use super::append::Failure;
use super::inspect::{full_because, inspect};
use super::{Awaited, Ledger};
use crate::memory::MemoryGate;

/// How often it is looked whether a store that was full has room.
const ROOM_INTERVAL: Duration = Duration::from_millis(500);

/// A key and its value.
pub(super) type Definition = (String, Vec<u8>);

/// Whether a store takes what is appended.
#[derive(Default)]
pub(super) struct Room {
    /// Definitions that the store had no room for.
    owed: Mutex<BTreeMap<String, Vec<u8>>>,
    /// The append of what was owed; locked while that is made, so that whatever gets another value
    /// meanwhile is appended behind it.
    paying: Mutex<Vec<Arc<Awaited>>>,
    /// Why nothing is accepted that would have to be stored.
    refusal: Mutex<Option<Arc<str>>>,
    /// Whether there is such a reason; set under its lock.
    is_refusing: AtomicBool,
    has_failed: AtomicBool,
}

impl Ledger {
    /// A key gets another value: what it was owed is void.
    pub(super) fn owe_no_more(&self, key: &str) {
        let _behind = self.room.paying.lock();
        self.room.owed.lock().remove(key);
    }

    /// Whether nothing is accepted now that would have to be stored.
    pub(crate) fn is_refusing(&self) -> bool {
        self.room.is_refusing.load(Ordering::Relaxed)
    }

    /// Why it failed, if it did.
    pub(super) fn failure(&self) -> Option<Arc<str>> {
        self.room.has_failed.load(Ordering::Relaxed).then(|| self.refusal()).flatten()
    }

    /// Why.
    pub(crate) fn refusal(&self) -> Option<Arc<str>> {
        self.room.refusal.lock().clone()
    }

    /// It did not keep an append in which these definitions are; why. What stands in memory is
    /// stored as soon as there is room, and before anything is stored under it.
    pub(super) fn refuse_for(
        &self,
        failure: Failure,
        definitions: impl IntoIterator<Item = Definition>,
    ) -> Arc<str> {
        match failure {
            Failure::NoRoom => {
                self.room.owed.lock().extend(definitions);
                let state = inspect(&*self.store).unwrap_or_default();
                let why = full(&full_because(&state).unwrap_or_default()).into();
                self.refuse(&why, false);
                why
            }
            Failure::Failed(why) => self.fail(&why),
        }
    }

    /// It failed, or can't be read; why.
    pub(super) fn fail(&self, why: &str) -> Arc<str> {
        let why = format!("the store failed: {why}").into();
        self.refuse(&why, true);
        why
    }

    fn refuse(&self, why: &Arc<str>, has_failed: bool) {
        let was_refusing = {
            let mut refusal = self.room.refusal.lock();
            if self.room.has_failed.load(Ordering::Relaxed) {
                return;
            }
            *refusal = Some(Arc::clone(why));
            self.room.has_failed.store(has_failed, Ordering::Relaxed);
            self.room.is_refusing.swap(true, Ordering::Relaxed)
        };
        if has_failed {
            error!(
                "{why}: durable messages and definitions are refused until the broker is restarted"
            );
        } else if !was_refusing {
            warn!("{why}: durable messages and definitions are refused until there is room");
        }
    }

    /// Looks how much room the store has, as long as the broker runs: publishers are held back by
    /// `gate` while it has little, and refused where it had none until it has some.
    pub(crate) async fn watch(self: Arc<Self>, gate: Arc<MemoryGate>) {
        loop {
            tokio::time::sleep(ROOM_INTERVAL).await;
            gate.set_store_low(self.look_for_room());
        }
    }

    /// Looks whether the store takes messages; whether it has little room.
    pub(crate) fn look_for_room(self: &Arc<Self>) -> bool {
        let state = inspect(&*self.store).unwrap_or_default();
        match full_because(&state) {
            Some(why) => self.refuse(&full(&why).into(), false),
            None => self.accept(),
        }
        state.get("low").and_then(serde_json::Value::as_bool).unwrap_or(false)
    }

    /// The store has room: what is owed to it goes first, and once it has that it takes messages
    /// again, unless it failed.
    fn accept(self: &Arc<Self>) {
        {
            let mut paying = self.room.paying.lock();
            let owed = std::mem::take(&mut *self.room.owed.lock());
            if !owed.is_empty() {
                let (_, appended) = super::turn(|| self.set_owed(owed));
                let awaited = appended.unwrap_or_default().awaited;
                *paying = awaited.into_iter().map(|(awaited, _)| awaited).collect();
            }
            if paying.iter().any(|paying| paying.outcome().is_none()) {
                return;
            }
        }
        {
            let mut refusal = self.room.refusal.lock();
            let is_owing = !self.room.owed.lock().is_empty();
            if is_owing || self.room.has_failed.load(Ordering::Relaxed) || refusal.take().is_none()
            {
                return;
            }
            self.room.is_refusing.store(false, Ordering::Relaxed);
        }
        info!("the store has room: durable messages and definitions are accepted");
    }
}

fn full(why: &str) -> String {
    let colon = if why.is_empty() { "" } else { ": " };
    format!("the store is full{colon}{why}")
}

#[cfg(test)]
mod tests {
    use crate::store::Opened;
    use crate::store::fake::Disk;

    #[test]
    fn what_is_deleted_while_it_is_stored_at_last_is_not_there_again() {
        let disk = Disk::default();
        let Opened { ledger, .. } = disk.open();
        disk.set_full(true);
        ledger.set("queue/x".to_owned(), vec![1]);
        assert!(ledger.is_refusing());
        disk.set_full(false);
        let (tell, told) = std::sync::mpsc::channel();
        let elsewhere = std::sync::Arc::clone(&ledger);
        disk.before_next(move || {
            let room = std::sync::Arc::clone(&elsewhere);
            let delete = move || elsewhere.set("queue/x".to_owned(), Vec::new());
            let thread = std::thread::spawn(delete);
            match room.room.paying.is_locked() {
                true => tell.send(thread).unwrap(),
                // Nothing stops it from being the first.
                false => thread.join().unwrap(),
            }
        });
        ledger.look_for_room();
        told.iter().for_each(|thread| thread.join().unwrap());
        assert!(disk.meta().is_empty());
        ledger.look_for_room();
        assert!(!ledger.is_refusing());
    }
}
