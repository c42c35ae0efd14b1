//! What the watcher and the workers tell each other while a run goes on.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

/// The clock and the signals of one run.
#[derive(Debug)]
pub(crate) struct Control {
    began: Instant,
    /// Latency is of messages that were to be sent between these.
    measured_from_ns: AtomicU64,
    measured_until_ns: AtomicU64,
    stops_producing: AtomicBool,
    ends: AtomicBool,
}

impl Control {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            measured_from_ns: AtomicU64::new(u64::MAX),
            measured_until_ns: AtomicU64::new(u64::MAX),
            stops_producing: AtomicBool::new(false),
            ends: AtomicBool::new(false),
        }
    }

    /// Nanoseconds since the run began.
    pub(crate) fn now_ns(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn measured_ns(&self) -> (u64, u64) {
        let load = |at: &AtomicU64| at.load(Ordering::Relaxed);
        (load(&self.measured_from_ns), load(&self.measured_until_ns))
    }

    pub(crate) fn measure_from(&self, now_ns: u64) {
        self.measured_from_ns.store(now_ns, Ordering::Relaxed);
    }

    pub(crate) fn measure_until(&self, now_ns: u64) {
        self.measured_until_ns.store(now_ns, Ordering::Relaxed);
    }

    /// Producers send nothing more.
    pub(crate) fn stop_producing(&self) {
        self.stops_producing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_producing_over(&self) -> bool {
        self.stops_producing.load(Ordering::Relaxed)
    }

    /// Everyone says goodbye.
    pub(crate) fn end(&self) {
        self.stop_producing();
        self.ends.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    /// What was said so far: a worker that waits hears of it when this changes.
    pub(crate) fn signals(&self) -> (bool, bool) {
        (self.is_producing_over(), self.is_over())
    }
}
