//! What a round comes to, in the units that are shown.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use super::engine::{Outcome, Progress, Watched};
use super::link::Traffic;

/// The figures of one round.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Figures {
    pub(crate) seconds: f64,
    pub(crate) sent: u64,
    pub(crate) received: u64,
    pub(crate) sent_per_s: f64,
    pub(crate) received_per_s: f64,
    /// CPU time of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpu: Option<Cpu>,
    /// Resident memory of the process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resident_bytes: Option<Resident>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latency_us: Option<Latency>,
    /// Writes of the producers and reads of the consumers.
    pub(crate) write: Flush,
    pub(crate) read: Flush,
    /// Messages that the broker had not confirmed at the end.
    pub(crate) unconfirmed: u64,
    /// Something was awaited until nothing moved any more.
    pub(crate) stalled: bool,
    pub(crate) faults: Faults,
}

/// CPU time by what it was spent on.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Cpu {
    /// A message that comes in and goes out; without consumers, one that comes in.
    pub(crate) us_a_message: f64,
    /// All of the time, by messages that came in.
    pub(crate) us_a_publish: f64,
    /// All of the time, by messages that went out.
    pub(crate) us_a_delivery: f64,
    /// CPU time by time.
    pub(crate) cores: f64,
}

/// Memory over a round.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Resident {
    /// Before anything was declared.
    pub(crate) before: u64,
    /// When the fill was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) filled: Option<u64>,
    /// At the most.
    pub(crate) peak: u64,
    /// When everything was deleted.
    pub(crate) after: u64,
}

/// Latency in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) messages: u64,
    pub(crate) min: f64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) p99_9: f64,
    pub(crate) max: f64,
}

/// System calls on sockets.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Flush {
    pub(crate) bytes: f64,
    pub(crate) messages: f64,
}

/// What went wrong with messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) duplicated: u64,
    /// Behind a later one of the same producer.
    pub(crate) disordered: u64,
    /// Not of this run.
    pub(crate) foreign: u64,
}

impl Figures {
    /// Of an outcome, without what the whole round has to say.
    pub(crate) fn of(outcome: &Outcome, faults: Faults) -> Self {
        let watched = &outcome.watched;
        let seconds = watched.elapsed.as_secs_f64();
        let per_s = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { 0.0 };
        Self {
            seconds,
            sent: watched.sent.messages,
            received: watched.received.messages,
            sent_per_s: per_s(watched.sent.messages),
            received_per_s: per_s(watched.received.messages),
            cpu: watched.cpu.map(|cpu| Cpu::of(cpu, watched)),
            resident_bytes: watched.resident_bytes.map(|resident| Resident {
                before: resident.before,
                filled: None,
                peak: resident.peak,
                after: resident.after,
            }),
            latency_us: outcome.latency.as_ref().and_then(Latency::of),
            write: Flush::of_writes(&watched.sent),
            read: Flush::of_reads(&watched.received),
            unconfirmed: outcome.unconfirmed,
            stalled: watched.has_stalled,
            faults,
        }
    }
}

impl Cpu {
    fn of(cpu: Duration, watched: &Watched) -> Self {
        let us_of = |count: f64| if count > 0.0 { cpu.as_secs_f64() * 1e6 / count } else { 0.0 };
        let (sent, received) = (watched.sent.messages as f64, watched.received.messages as f64);
        // Where a queue grows or shrinks, a message that came in and did not go out is a half.
        let messages = match (sent > 0.0, received > 0.0) {
            (true, true) => f64::midpoint(sent, received),
            _ => sent + received,
        };
        let seconds = watched.elapsed.as_secs_f64();
        Self {
            us_a_message: us_of(messages),
            us_a_publish: us_of(sent),
            us_a_delivery: us_of(received),
            cores: if seconds > 0.0 { cpu.as_secs_f64() / seconds } else { 0.0 },
        }
    }
}

impl Latency {
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1e3;
        (!histogram.is_empty()).then(|| Self {
            messages: histogram.len(),
            min: histogram.min() as f64 / 1e3,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: histogram.max() as f64 / 1e3,
        })
    }
}

impl Flush {
    fn of_writes(side: &Progress) -> Self {
        let Traffic { writes, bytes_written, .. } = side.traffic;
        Self::new(bytes_written, side.messages, writes)
    }

    fn of_reads(side: &Progress) -> Self {
        let Traffic { reads, bytes_read, .. } = side.traffic;
        Self::new(bytes_read, side.messages, reads)
    }

    pub(crate) fn new(bytes: u64, messages: u64, calls: u64) -> Self {
        let of_call = |count: u64| if calls > 0 { count as f64 / calls as f64 } else { 0.0 };
        Self { bytes: of_call(bytes), messages: of_call(messages) }
    }
}

impl Faults {
    /// Whether every message came once and in order.
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} messages lost, {} twice, {} out of order, {} of nobody",
            self.lost, self.duplicated, self.disordered, self.foreign,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(sent: u64, received: u64) -> Watched {
        let side = |messages| Progress { messages, ..Progress::default() };
        let (sent, received) = (side(sent), side(received));
        Watched { elapsed: Duration::from_secs(2), sent, received, ..Watched::default() }
    }

    #[test]
    fn a_message_that_did_not_go_out_costs_half() {
        let cpu = Cpu::of(Duration::from_secs(1), &watched(1_500_000, 500_000));
        assert!((cpu.us_a_message - 1.0).abs() < 1e-9, "{cpu:?}");
        assert!((cpu.us_a_delivery - 2.0).abs() < 1e-9, "{cpu:?}");
        assert!((cpu.cores - 0.5).abs() < 1e-9, "{cpu:?}");
        let cpu = Cpu::of(Duration::from_secs(1), &watched(500_000, 0));
        assert!((cpu.us_a_message - 2.0).abs() < 1e-9, "{cpu:?}");
        assert_eq!(cpu.us_a_delivery, 0.0);
    }

    #[test]
    fn percentiles_are_in_microseconds() {
        let mut histogram = crate::bench::arrivals::histogram().unwrap();
        assert!(Latency::of(&histogram).is_none());
        (1..=1_000).for_each(|us| histogram.record(us * 1_000).unwrap());
        let latency = Latency::of(&histogram).unwrap();
        assert!((latency.p50 - 500.0).abs() < 1.0 && (latency.p99_9 - 999.0).abs() < 1.5);
    }
}
