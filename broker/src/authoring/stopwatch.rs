//! What a call costs the thread that makes it.
//!
//! Invariant: what reading the clocks takes is no part of a cost.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Empty calls from which the clocks' own share is taken.
const EMPTY_CALLS: usize = 1001;

/// CPU time of the thread and time on the wall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    /// CPU time of the calling thread.
    pub(crate) cpu: Duration,
    /// Time that went by.
    pub(crate) wall: Duration,
}

/// Measures calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    floor: Cost,
}

impl Stopwatch {
    /// One that knows what its clocks take on this machine.
    pub(crate) fn new() -> Self {
        let bare = Self { floor: Cost::default() };
        let empty: Vec<Cost> = (0..EMPTY_CALLS).map(|_| bare.time(|| ()).1).collect();
        let middle = |of: fn(&Cost) -> Duration| {
            let mut times: Vec<Duration> = empty.iter().map(of).collect();
            times.sort_unstable();
            times.get(EMPTY_CALLS / 2).copied().unwrap_or_default()
        };
        Self { floor: Cost { cpu: middle(|it| it.cpu), wall: middle(|it| it.wall) } }
    }

    /// Makes the call.
    pub(crate) fn time<T>(&self, call: impl FnOnce() -> T) -> (T, Cost) {
        let (wall, cpu) = (Instant::now(), thread_cpu());
        let done = call();
        let (cpu, wall) = (thread_cpu().saturating_sub(cpu), wall.elapsed());
        let Cost { cpu: cpu_floor, wall: wall_floor } = self.floor;
        let cost =
            Cost { cpu: cpu.saturating_sub(cpu_floor), wall: wall.saturating_sub(wall_floor) };
        (done, cost)
    }
}

fn thread_cpu() -> Duration {
    // The system has no thread that ran for less than nothing.
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// A time in microseconds, as figures are shown.
pub(crate) fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut cost = serializer.serialize_struct("Cost", 2)?;
        cost.serialize_field("cpu_us", &us(self.cpu))?;
        cost.serialize_field("wall_us", &us(self.wall))?;
        cost.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_the_thread_and_waiting_does_not() {
        let watch = Stopwatch::new();
        let (_, busy) = watch.time(|| {
            let start = thread_cpu();
            while thread_cpu() < start + Duration::from_millis(20) {}
        });
        assert!(busy.cpu >= Duration::from_millis(19), "{busy:?}");
        let (_, waiting) = watch.time(|| {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let start = thread_cpu();
                    while thread_cpu() < start + Duration::from_millis(20) {}
                });
            });
        });
        assert!(waiting.cpu < waiting.wall, "{waiting:?}");
    }
}
