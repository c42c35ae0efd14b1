//! What a consumer notes of the messages that come to it.

use hdrhistogram::Histogram;

use super::ledger::Ledger;
use super::stamp::Form;

/// Latencies above this are noted as this: a minute.
const LATENCY_NS_MAX: u64 = 60_000_000_000;

/// Digits of a latency that are kept.
const LATENCY_DIGITS: u8 = 3;

/// An empty histogram of latencies.
pub(crate) fn histogram() -> Option<Histogram<u64>> {
    Histogram::new_with_bounds(1, LATENCY_NS_MAX, LATENCY_DIGITS).ok()
}

/// The notes of one consumer.
#[derive(Debug)]
pub(crate) struct Arrivals {
    pub(crate) count: u64,
    pub(crate) ledger: Ledger,
    /// Latencies in nanoseconds; none where nobody asked.
    pub(crate) latency: Option<Histogram<u64>>,
    /// When the bytes that are being looked at came.
    now_ns: u64,
    /// Latencies are noted of messages that were to be sent in this time.
    measured_ns: (u64, u64),
    /// What bodies are; none where no stamp is read in them.
    form: Option<Form>,
}

impl Arrivals {
    /// Of a consumer that may hear of so many producers, and reads stamps in bodies of this form.
    pub(crate) fn new(producers: usize, form: Option<Form>, notes_latency: bool) -> Self {
        Self {
            count: 0,
            ledger: Ledger::new(producers),
            latency: if notes_latency { histogram() } else { None },
            now_ns: 0,
            measured_ns: (0, 0),
            form,
        }
    }

    /// Bytes came.
    pub(crate) fn begin(&mut self, now_ns: u64, measured_ns: (u64, u64)) {
        self.now_ns = now_ns;
        self.measured_ns = measured_ns;
    }

    /// A message came; this is the first piece of its body.
    pub(crate) fn note(&mut self, body: &[u8]) {
        self.count += 1;
        let Some(form) = self.form else { return };
        let Some(stamp) = form.read(body) else {
            self.ledger.foreign += 1;
            return;
        };
        self.ledger.add(stamp.producer, stamp.sequence);
        let (from_ns, until_ns) = self.measured_ns;
        if let Some(latency) = &mut self.latency
            && (from_ns..until_ns).contains(&stamp.time_ns)
        {
            latency.saturating_record(self.now_ns.saturating_sub(stamp.time_ns).max(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::stamp::Stamp;

    #[test]
    fn latency_is_noted_of_messages_in_the_measured_time_alone() {
        let mut arrivals = Arrivals::new(1, Some(Form::Bytes), true);
        arrivals.begin(5_000, (1_000, 2_000));
        for (sequence, time_ns) in [999, 1_000, 1_999, 2_000].into_iter().enumerate() {
            arrivals.note(&Stamp { producer: 0, sequence: sequence as u64, time_ns }.bytes());
        }
        let latency = arrivals.latency.unwrap();
        assert_eq!((arrivals.count, latency.len()), (4, 2));
        assert_eq!((latency.min(), latency.max() / 10), (3_000, 400));
    }

    #[test]
    fn a_body_without_a_stamp_is_counted() {
        let mut arrivals = Arrivals::new(1, None, false);
        arrivals.note(b"");
        assert_eq!((arrivals.count, arrivals.ledger.foreign), (1, 0));
    }
}
