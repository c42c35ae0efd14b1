//! How far one worker is, for the watcher on another thread. Written once a batch.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::bench::link::Traffic;

/// One worker's figures.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    messages: AtomicU64,
    reads: AtomicU64,
    bytes_read: AtomicU64,
    writes: AtomicU64,
    bytes_written: AtomicU64,
    /// When the last message went or came.
    last_ns: AtomicU64,
    is_done: AtomicBool,
}

/// The figures of a side at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) messages: u64,
    pub(crate) traffic: Traffic,
    pub(crate) last_ns: u64,
}

impl Counters {
    pub(crate) fn show(&self, messages: u64, traffic: Traffic) {
        self.messages.store(messages, Ordering::Relaxed);
        self.reads.store(traffic.reads, Ordering::Relaxed);
        self.bytes_read.store(traffic.bytes_read, Ordering::Relaxed);
        self.writes.store(traffic.writes, Ordering::Relaxed);
        self.bytes_written.store(traffic.bytes_written, Ordering::Relaxed);
    }

    pub(crate) fn moved_at(&self, now_ns: u64) {
        self.last_ns.store(now_ns, Ordering::Relaxed);
    }

    pub(crate) fn done(&self) {
        self.is_done.store(true, Ordering::Release);
    }

    pub(crate) fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Acquire)
    }

    /// Adds these figures to those of a side.
    pub(crate) fn add_to(&self, side: &mut Progress) {
        let load = |figure: &AtomicU64| figure.load(Ordering::Relaxed);
        side.messages += load(&self.messages);
        side.traffic.reads += load(&self.reads);
        side.traffic.bytes_read += load(&self.bytes_read);
        side.traffic.writes += load(&self.writes);
        side.traffic.bytes_written += load(&self.bytes_written);
        side.last_ns = side.last_ns.max(load(&self.last_ns));
    }
}

impl Progress {
    /// What was added since an earlier moment.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let (now, then) = (self.traffic, earlier.traffic);
        Self {
            messages: self.messages.saturating_sub(earlier.messages),
            traffic: Traffic {
                reads: now.reads.saturating_sub(then.reads),
                bytes_read: now.bytes_read.saturating_sub(then.bytes_read),
                writes: now.writes.saturating_sub(then.writes),
                bytes_written: now.bytes_written.saturating_sub(then.bytes_written),
            },
            last_ns: self.last_ns,
        }
    }
}
