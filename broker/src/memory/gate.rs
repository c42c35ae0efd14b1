//! The limit on what all messages together take, and the mark below which the store's disk has too
//! little room: beyond either publishers are held back, and go on when there is room.
//!
//! A transfer that comes above the limit is taken, for it is there already; its completion is
//! withheld. A client that sends on regardless is read no more where the limit is passed by far, so
//! that what it sends waits with itself. Consumers go on.
//!
//! Invariant: whoever waits is rung once there is room; [`MemoryGate::watch`] has to run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use philter_model::memory::message_bytes;
use tokio::sync::Notify;
use tracing::{info, warn};

use crate::virtual_host::{HeldBack, Waker};

/// How long those who are held back may wait although there is room.
const WATCH_INTERVAL: Duration = Duration::from_millis(50);

/// Above the limit by this part of it, who does not wait is not read, or refused.
const FAR_PART: u64 = 8;

/// Above the limit by this part of it, even what serves the broker itself waits.
const BEYOND_PART: u64 = 4;

/// Below the limit by this part of it, those who wait go on: not for every message that goes.
const ROOM_PART: u64 = 10;

/// The limit, and who waits for messages to go.
pub(crate) struct MemoryGate {
    limit_bytes: u64,
    /// What messages take now.
    used_bytes: Box<dyn Fn() -> u64 + Send + Sync>,
    /// The store has little room left.
    is_store_low: AtomicBool,
    held_back: Mutex<HeldBack>,
    /// Somebody may be held back.
    is_closed: AtomicBool,
    closed: Notify,
}

impl MemoryGate {
    /// A gate for this process's messages.
    pub(crate) fn new(limit_bytes: u64) -> Arc<Self> {
        Self::over(limit_bytes, message_bytes)
    }

    /// A gate for what `used_bytes` answers.
    pub(crate) fn over(
        limit_bytes: u64,
        used_bytes: impl Fn() -> u64 + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            limit_bytes,
            used_bytes: Box::new(used_bytes),
            is_store_low: AtomicBool::new(false),
            held_back: Mutex::default(),
            is_closed: AtomicBool::new(false),
            closed: Notify::new(),
        })
    }

    /// The limit in bytes.
    pub(crate) fn limit_bytes(&self) -> u64 {
        self.limit_bytes
    }

    /// Whether publishers have to wait.
    pub(crate) fn is_over(&self) -> bool {
        self.is_store_low() || (self.used_bytes)() > self.limit_bytes
    }

    /// The store has little room left, or enough again.
    pub(crate) fn set_store_low(&self, is_low: bool) {
        self.is_store_low.store(is_low, Ordering::Release);
    }

    fn is_store_low(&self) -> bool {
        self.is_store_low.load(Ordering::Acquire)
    }

    /// Why publishers have to wait, in the words that RabbitMQ's clients know.
    pub(crate) fn reason(&self) -> &'static str {
        if self.is_store_low() { "low on disk" } else { "low on memory" }
    }

    /// Whether those who do not wait may not even be read.
    pub(crate) fn is_far_over(&self) -> bool {
        (self.used_bytes)() > self.above_by(FAR_PART)
    }

    /// Whether even what serves the broker itself has to wait, as management does, which is needed
    /// most when there is no room.
    pub(crate) fn is_beyond(&self) -> bool {
        (self.used_bytes)() > self.above_by(BEYOND_PART)
    }

    /// Rings `waker` once there is room; false where there is room now.
    pub(crate) fn wait(&self, waker: &Waker) -> bool {
        if !self.has_to_stay_closed() {
            return false;
        }
        self.held_back.lock().add(waker);
        if !self.is_closed.swap(true, Ordering::AcqRel) {
            self.closed.notify_one();
            if self.is_store_low() {
                warn!("publishers are held back: the store has little room left");
            } else {
                warn!(
                    "publishers are held back: messages take {} bytes, --memory-limit is {} bytes",
                    (self.used_bytes)(),
                    self.limit_bytes
                );
            }
        }
        true
    }

    /// Lets those who wait go on where there is room; whether there was somebody.
    pub(crate) fn open(&self) -> bool {
        if self.has_to_stay_closed() || !self.is_closed.swap(false, Ordering::AcqRel) {
            return false;
        }
        info!("publishers go on: messages take {} bytes", (self.used_bytes)());
        // Locked for the list alone.
        let waiting = self.held_back.lock().take();
        waiting.iter().for_each(Waker::ring);
        true
    }

    /// Looks for room as long as the broker runs.
    pub(crate) async fn watch(self: Arc<Self>) {
        loop {
            self.closed.notified().await;
            while self.is_closed.load(Ordering::Acquire) {
                tokio::time::sleep(WATCH_INTERVAL).await;
                self.open();
            }
        }
    }

    fn above_by(&self, part: u64) -> u64 {
        self.limit_bytes.saturating_add(self.limit_bytes / part)
    }

    fn has_to_stay_closed(&self) -> bool {
        let is_closed = self.is_closed.load(Ordering::Acquire);
        let room = if is_closed { self.limit_bytes / ROOM_PART } else { 0 };
        self.is_store_low() || (self.used_bytes)() > self.limit_bytes - room
    }
}

impl fmt::Debug for MemoryGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryGate").field("limit_bytes", &self.limit_bytes).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;
    use crate::net::{Mailbox, Token};

    fn gate() -> (Arc<AtomicU64>, Arc<MemoryGate>) {
        let used: Arc<AtomicU64> = Arc::default();
        let of_gate = Arc::clone(&used);
        (used, MemoryGate::over(1_000, move || of_gate.load(Ordering::Relaxed)))
    }

    fn waker() -> Waker {
        Waker { mailbox: Mailbox::new(), token: Token { channel: 1, consumer: 2 } }
    }

    fn is_rung(waker: &Waker) -> bool {
        let mut tokens = Vec::new();
        waker.mailbox.take(&mut tokens);
        tokens == [waker.token]
    }

    #[test]
    fn nobody_waits_below_the_limit() {
        let (used, gate) = gate();
        used.store(1_000, Ordering::Relaxed);
        assert!(!gate.is_over() && !gate.wait(&waker()) && !gate.open());
    }

    #[test]
    fn who_waits_is_rung_a_tenth_below_the_limit_and_not_before() {
        let (used, gate) = gate();
        let waker = waker();
        used.store(1_001, Ordering::Relaxed);
        assert!(gate.is_over() && gate.wait(&waker) && !gate.is_far_over());
        used.store(901, Ordering::Relaxed);
        assert!(!gate.open() && gate.wait(&waker) && !is_rung(&waker));
        used.store(900, Ordering::Relaxed);
        assert!(gate.open() && is_rung(&waker));
        assert!(!gate.wait(&waker) && !gate.open());
    }

    #[test]
    fn a_store_with_little_room_holds_publishers_back_however_little_memory_is_used() {
        let (_used, gate) = gate();
        let waker = waker();
        gate.set_store_low(true);
        assert!(gate.is_over() && gate.wait(&waker) && !gate.is_far_over() && !gate.open());
        assert_eq!(gate.reason(), "low on disk");
        gate.set_store_low(false);
        assert!(gate.open() && is_rung(&waker) && !gate.is_over());
    }

    #[test]
    fn an_eighth_above_the_limit_is_far_and_a_quarter_is_for_nobody() {
        let (used, gate) = gate();
        for (bytes, marks) in
            [(1_125, (false, false)), (1_126, (true, false)), (1_251, (true, true))]
        {
            used.store(bytes, Ordering::Relaxed);
            assert_eq!((gate.is_far_over(), gate.is_beyond()), marks, "{bytes}");
        }
    }
}
