//! When each message of a producer is to be sent, at a given rate.
//!
//! Invariant: the schedule goes on while the producer is held back, so that the wait counts as
//! latency of every message that should have been sent meanwhile.

/// A second in nanoseconds.
const SECOND_NS: f64 = 1e9;

/// A producer's schedule.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// When the producer's first message is due.
    first_ns: f64,
    /// Between two of its messages.
    interval_ns: f64,
}

impl Schedule {
    /// The schedule of one of several producers that send `rate` messages a second in all, evenly,
    /// from `start_ns` on.
    pub(crate) fn new(rate: f64, producer: usize, producers: usize, start_ns: u64) -> Self {
        let step_ns = SECOND_NS / rate;
        let first_ns = start_ns as f64 + step_ns * producer as f64;
        Self { first_ns, interval_ns: step_ns * producers as f64 }
    }

    /// When message `sequence` is to be sent.
    pub(crate) fn due_ns(&self, sequence: u64) -> u64 {
        (self.first_ns + self.interval_ns * sequence as f64) as u64
    }

    /// How many messages are to be sent until now.
    pub(crate) fn due_count(&self, now_ns: u64) -> u64 {
        let since = now_ns as f64 - self.first_ns;
        if since < 0.0 { 0 } else { (since / self.interval_ns) as u64 + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producers_take_turns() {
        let one = |producer| Schedule::new(1_000.0, producer, 2, 500);
        assert_eq!([one(0).due_ns(0), one(1).due_ns(0)], [500, 1_000_500]);
        assert_eq!([one(0).due_ns(1), one(1).due_ns(1)], [2_000_500, 3_000_500]);
    }

    #[test]
    fn a_message_is_due_at_its_time_and_no_sooner() {
        let schedule = Schedule::new(1_000.0, 0, 1, 1_000);
        assert_eq!(schedule.due_count(999), 0);
        assert_eq!(schedule.due_count(1_000), 1);
        assert_eq!(schedule.due_count(1_000_999), 1);
        assert_eq!(schedule.due_count(1_001_000), 2);
        assert_eq!(schedule.due_count(10_000_000_000), 10_000);
    }
}
