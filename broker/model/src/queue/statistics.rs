//! What a queue counts. Every count is one addition where the thing happens.

use crate::message::Message;
use crate::queue::Queue;

/// The highest and the lowest value since the last [`Queue::reset_marks`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HighLow {
    /// The highest.
    pub high: u64,
    /// The lowest.
    pub low: u64,
}

impl HighLow {
    fn see(&mut self, value: u64) {
        self.high = self.high.max(value);
        self.low = self.low.min(value);
    }
}

/// Counters since the queue was made, and its present depth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Entries now, held ones included.
    pub depth_messages: u64,
    /// Their headers and bodies in bytes.
    pub depth_bytes: u64,
    /// Entries that consumers hold now.
    pub acquired: u64,
    /// Marks of `acquired`.
    pub acquired_marks: HighLow,
    /// Consumers now, browsers included.
    pub consumers: u64,
    /// Marks of `consumers`.
    pub consumers_marks: HighLow,
    /// Messages that entered.
    pub enqueued: u64,
    /// Their headers and bodies in bytes.
    pub enqueued_bytes: u64,
    /// Durable ones among them.
    pub durable_enqueued: u64,
    /// Headers and bodies of the durable ones in bytes.
    pub durable_enqueued_bytes: u64,
    /// Entries that left, in whatever way.
    pub dequeued: u64,
    /// Their headers and bodies in bytes.
    pub dequeued_bytes: u64,
    /// Durable ones among them.
    pub durable_dequeued: u64,
    /// Headers and bodies of the durable ones in bytes.
    pub durable_dequeued_bytes: u64,
    /// How often a consumer took an entry.
    pub acquires: u64,
    /// Entries that came back.
    pub released: u64,
    /// Entries that consumers refused.
    pub rejected: u64,
    /// Messages that a limit refused.
    pub rejected_full: u64,
    /// Entries that came back too often.
    pub worn_out: u64,
    /// Messages and entries that were dropped to make room.
    pub ring_dropped: u64,
    /// Entries that a later value of their key took out.
    pub replaced: u64,
    /// Messages that expired.
    pub expired: u64,
    /// Entries that were purged.
    pub purged: u64,
    /// Dead letters that went on to another exchange.
    pub dead_lettered: u64,
    /// Entries that were taken out to be routed again.
    pub rerouted: u64,
    /// Publishers are held back now.
    pub is_flow_stopped: bool,
    /// How often they were.
    pub flow_stops: u64,
}

impl Statistics {
    pub(super) fn enters(&mut self, message: &Message) {
        let bytes = message.size();
        self.depth_bytes += bytes;
        self.enqueued += 1;
        self.enqueued_bytes += bytes;
        if message.is_durable() {
            self.durable_enqueued += 1;
            self.durable_enqueued_bytes += bytes;
        }
    }

    pub(super) fn leaves(&mut self, message: &Message) {
        let bytes = message.size();
        self.depth_bytes -= bytes;
        self.dequeued += 1;
        self.dequeued_bytes += bytes;
        if message.is_durable() {
            self.durable_dequeued += 1;
            self.durable_dequeued_bytes += bytes;
        }
    }

    /// Durable ones that are not in memory came back after a start.
    pub(super) fn enter_together(&mut self, count: u64, bytes: u64) {
        self.depth_bytes += bytes;
        self.enqueued += count;
        self.enqueued_bytes += bytes;
        self.durable_enqueued += count;
        self.durable_enqueued_bytes += bytes;
    }

    /// Such ones left.
    pub(super) fn leave_together(&mut self, count: u64, bytes: u64) {
        self.depth_bytes = self.depth_bytes.saturating_sub(bytes);
        self.dequeued += count;
        self.dequeued_bytes += bytes;
        self.durable_dequeued += count;
        self.durable_dequeued_bytes += bytes;
    }

    pub(super) fn acquire(&mut self) {
        self.acquires += 1;
        self.acquired += 1;
        self.acquired_marks.see(self.acquired);
    }

    pub(super) fn unacquire(&mut self) {
        self.acquired -= 1;
        self.acquired_marks.see(self.acquired);
    }

    pub(super) fn count_consumers(&mut self, count: usize) {
        self.consumers = count as u64;
        self.consumers_marks.see(self.consumers);
    }
}

impl Queue {
    /// Messages of this queue went on as dead letters.
    pub fn count_dead_letters(&mut self, count: u64) {
        self.statistics.dead_lettered += count;
    }

    /// Entries that were taken out to be routed again came back: nobody could say where they go.
    pub fn count_not_rerouted(&mut self, count: u64) {
        self.statistics.rerouted = self.statistics.rerouted.saturating_sub(count);
    }

    /// Counters since it was made, and its present depth.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            depth_messages: self.len() as u64,
            is_flow_stopped: self.is_flow_stopped(),
            flow_stops: self.flow.stops,
            ..self.statistics
        }
    }

    /// High and low marks begin anew at the present values.
    pub fn reset_marks(&mut self) {
        let from = |now| HighLow { high: now, low: now };
        self.statistics.acquired_marks = from(self.statistics.acquired);
        self.statistics.consumers_marks = from(self.statistics.consumers);
    }
}
