//! What a user asked for, checked.

use super::engine::End;
use super::protocol::Version;
use super::target::Target;

/// Messages that may be unconfirmed where nobody asked for confirms: a broker that withholds them
/// wants no more messages.
pub(crate) const UNCONFIRMED_MAX: u64 = 65_536;

/// The part of a queue's limit that may be under way to it.
const LIMIT_SHARE: u64 = 10;

/// What a broker may count of a message besides its body.
const OVERHEAD_BYTES: usize = 100;

/// The load on either side, with a broker between or without.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) body_bytes: usize,
    /// Messages of one write.
    pub(crate) flush: usize,
    pub(crate) confirms: u64,
    pub(crate) window: u32,
    pub(crate) ack: u32,
    /// Messages a second in all.
    pub(crate) rate: Option<f64>,
    pub(crate) shows_latency: bool,
    /// Messages in all.
    pub(crate) messages: Option<u64>,
    pub(crate) end: End,
    pub(crate) threads: usize,
}

impl Load {
    /// The part of `messages` that one of several producers sends.
    pub(crate) fn share(messages: u64, producer: usize, producers: usize) -> u64 {
        let (producer, producers) = (producer as u64, (producers as u64).max(1));
        messages / producers + u64::from(producer < messages % producers)
    }
}

/// What stands between both sides.
#[derive(Clone, Debug)]
pub(crate) struct BrokerPlan {
    pub(crate) target: Target,
    pub(crate) version: Version,
    pub(crate) pid: Option<u32>,
    pub(crate) producers: usize,
    pub(crate) consumers: usize,
    /// Subscriptions of each consumer.
    pub(crate) subscriptions: usize,
    /// Consumers leave the messages where they are, so that each gets all.
    pub(crate) is_browsing: bool,
    pub(crate) queues: usize,
    /// An exchange's name, or the type of one to declare.
    pub(crate) exchange: Option<String>,
    pub(crate) bindings: usize,
    pub(crate) is_durable: bool,
    pub(crate) queue_limit: Option<u64>,
    /// Messages that are published before anybody consumes.
    pub(crate) fill: u64,
    /// Nothing is published but that.
    pub(crate) only_fill: bool,
}

impl BrokerPlan {
    /// Producers of the fill: as many as there are, and one where there are none.
    pub(crate) fn fillers(&self) -> usize {
        if self.fill > 0 { self.producers.max(1) } else { 0 }
    }

    /// How many messages come to consumers for one that comes into a queue.
    pub(crate) fn copies_of_queue(&self, queue: usize) -> u64 {
        let consumers = (0..self.consumers).filter(|party| self.queue_of(*party) == queue).count();
        let copies = if self.is_browsing { consumers } else { consumers.min(1) };
        copies as u64
    }

    /// How many messages come to consumers for one that a producer sends.
    pub(crate) fn copies(&self, producer: usize, is_for_all: bool) -> u64 {
        match is_for_all {
            true if self.is_browsing => self.consumers as u64,
            true => self.consumers.min(self.queues) as u64,
            false => self.copies_of_queue(self.queue_of(producer)),
        }
    }

    /// How many messages of a producer may be unconfirmed where nobody asked for confirms.
    ///
    /// A queue with a limit says that it is nearly full by withholding its confirms, at four fifths
    /// as a rule: what is under way then must fit the rest.
    pub(crate) fn unconfirmed_max(&self, body_bytes: usize) -> u64 {
        let Some(limit) = self.queue_limit else { return UNCONFIRMED_MAX };
        let publishers = self.producers.max(1).div_ceil(self.queues.max(1)) as u64;
        let message_bytes = (body_bytes + OVERHEAD_BYTES) as u64;
        (limit / LIMIT_SHARE / message_bytes / publishers).clamp(1, UNCONFIRMED_MAX)
    }

    /// The queue that a producer or a consumer has to do with.
    pub(crate) fn queue_of(&self, party: usize) -> usize {
        party % self.queues.max(1)
    }
}

/// How often, and what for comparison.
#[derive(Clone, Debug)]
pub(crate) struct Rounds {
    pub(crate) repeat: usize,
    pub(crate) compare: Option<(Target, Option<u32>)>,
    pub(crate) with_floor: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        let shares: Vec<u64> = (0..3).map(|producer| Load::share(11, producer, 3)).collect();
        assert_eq!(shares, [4, 4, 3]);
        assert_eq!(Load::share(0, 0, 3), 0);
    }

    #[test]
    fn consumers_of_a_queue_share_and_browsers_get_all() {
        let plan = |words: &[&str]| crate::bench::arguments::tests::plan(words);
        let shared = plan(&["--queues", "2", "--consumers", "3", "--producers", "2"]);
        assert_eq!([0, 1].map(|producer| shared.copies(producer, false)), [1, 1]);
        assert_eq!(shared.copies(0, true), 2);
        let browsed = plan(&["--queues", "2", "--consumers", "3", "--browse"]);
        assert_eq!([0, 1].map(|producer| browsed.copies(producer, false)), [2, 1]);
        assert_eq!(browsed.copies(0, true), 3);
        assert_eq!(plan(&["--no-consume"]).copies(0, false), 0);
    }

    #[test]
    fn what_is_under_way_fits_a_queue_that_is_nearly_full() {
        let arguments =
            |limit: &str| crate::bench::arguments::tests::plan(&["--queue-limit", limit]);
        assert_eq!(arguments("0").unconfirmed_max(100), UNCONFIRMED_MAX);
        assert_eq!(arguments("20000").unconfirmed_max(100), 10);
        assert_eq!(arguments("10").unconfirmed_max(100), 1);
    }
}
