//! A producer: as many messages as its quota, its schedule and the broker's confirms allow, a batch
//! a write.

use std::net::TcpStream;
use std::ops::Range;
use std::sync::Arc;

use super::control::Control;
use super::counters::Counters;
use super::worker::{Turn, Wait, Worker};
use crate::bench::batch::Batch;
use crate::bench::error::BenchError;
use crate::bench::ledger::Tally;
use crate::bench::link::{Found, Link};
use crate::bench::protocol::Publisher;
use crate::bench::schedule::Schedule;
use crate::bench::stamp::Stamp;

/// Batches that one turn writes.
const BATCHES_A_TURN: usize = 16;

/// How much a producer sends, and when.
#[derive(Clone, Debug)]
pub(crate) struct Quota {
    /// Messages; none for as many as go in the time.
    pub(crate) messages: Option<u64>,
    /// Messages that may be unconfirmed.
    pub(crate) unconfirmed_max: u64,
    /// Each batch asks for its confirm; otherwise now and then.
    pub(crate) asks_always: bool,
    pub(crate) schedule: Option<Schedule>,
}

/// A producer's connection.
pub(crate) struct Producer {
    number: u32,
    link: Link,
    publisher: Box<dyn Publisher>,
    batch: Batch,
    /// Bytes of the batch that are still to be written.
    pending: Range<usize>,
    output: Vec<u8>,
    quota: Quota,
    tally: Tally,
    /// The number of messages after which a confirm was asked for last.
    asked_at: u64,
    is_leaving: bool,
    counters: Arc<Counters>,
}

impl Producer {
    pub(crate) fn new(
        number: u32,
        link: Link,
        publisher: Box<dyn Publisher>,
        batch: Batch,
        quota: Quota,
    ) -> Self {
        Self {
            number,
            link,
            publisher,
            batch,
            pending: 0..0,
            output: Vec::new(),
            quota,
            tally: Tally::default(),
            asked_at: 0,
            is_leaving: false,
            counters: Arc::default(),
        }
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// What was sent.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// Messages that were sent and not confirmed.
    pub(crate) fn unconfirmed(&self) -> u64 {
        self.tally.count.saturating_sub(self.publisher.confirmed())
    }

    fn take_input(&mut self) -> Result<(), BenchError> {
        while self.link.read()? != Found::Nothing {
            let taken = self.publisher.receive(self.link.input(), &mut self.output)?;
            self.link.take(taken);
        }
        Ok(())
    }

    /// Writes what waits; whether nothing is left.
    fn write(&mut self) -> Result<bool, BenchError> {
        if !self.pending.is_empty() {
            let count = self.link.write(self.batch.bytes(self.pending.clone()))?;
            self.pending.start += count;
            if !self.pending.is_empty() {
                return Ok(false);
            }
        }
        self.link.drain(&mut self.output)
    }

    /// Makes the next batch; whether there is one.
    fn fill(&mut self, control: &Control) -> bool {
        let now_ns = control.now_ns();
        let count = self.allowed(now_ns);
        let Ok(size @ 1..) = usize::try_from(count) else { return false };
        let (producer, first) = (self.number, self.tally.count);
        let schedule = self.quota.schedule.as_ref();
        self.batch.stamp(size, |index| {
            let sequence = first + index as u64;
            let time_ns = schedule.map_or(now_ns, |schedule| schedule.due_ns(sequence));
            Stamp { producer, sequence, time_ns }
        });
        (first..first + count).for_each(|sequence| self.tally.add(sequence));
        let is_asked = self.asks();
        self.batch.ask(size, is_asked);
        self.publisher.sent(count);
        self.pending = 0..self.batch.length(size);
        self.counters.moved_at(now_ns);
        true
    }

    /// How many messages may go out now, up to a batch.
    fn allowed(&self, now_ns: u64) -> u64 {
        let sent = self.tally.count;
        let left = self.quota.messages.map_or(u64::MAX, |messages| messages.saturating_sub(sent));
        let due = self
            .quota
            .schedule
            .as_ref()
            .map_or(u64::MAX, |schedule| schedule.due_count(now_ns).saturating_sub(sent));
        let room = self.quota.unconfirmed_max.saturating_sub(self.unconfirmed());
        left.min(due).min(room).min(self.batch.messages_max() as u64)
    }

    /// Whether the batch that ends here asks for a confirm.
    fn asks(&mut self) -> bool {
        let sent = self.tally.count;
        let is_last = self.quota.messages == Some(sent);
        let since = sent - self.asked_at;
        let is_time = self.quota.asks_always || since >= (self.quota.unconfirmed_max / 8).max(1);
        if is_last || is_time {
            self.asked_at = sent;
        }
        is_last || is_time
    }

    /// Whether everything that is to be sent was.
    fn has_sent_all(&self, control: &Control) -> bool {
        control.is_producing_over() || self.quota.messages == Some(self.tally.count)
    }

    /// When the next message is due.
    fn next_due_ns(&self) -> Option<u64> {
        let room = self.quota.unconfirmed_max > self.unconfirmed();
        self.quota.schedule.as_ref().filter(|_| room).map(|s| s.due_ns(self.tally.count))
    }

    /// Asks for the confirms that are missing, and is done when they are there or nobody waits.
    fn finish(&mut self, control: &Control) -> Result<Turn, BenchError> {
        if self.asked_at < self.tally.count {
            self.asked_at = self.tally.count;
            self.publisher.ask(&mut self.output);
        }
        let is_over = control.is_over();
        if self.unconfirmed() == 0 || is_over {
            // Whoever sees that it is done sees all that was sent.
            self.counters.show(self.tally.count, self.link.traffic);
            self.counters.done();
        }
        if is_over && !self.is_leaving {
            self.is_leaving = true;
            self.publisher.leave(&mut self.output);
        }
        let is_written = self.link.drain(&mut self.output)?;
        if is_over {
            return Ok(Turn::Done);
        }
        Ok(Turn::Wait(Wait { read: true, write: !is_written, until_ns: None }))
    }
}

impl Worker for Producer {
    fn turn(&mut self, control: &Control) -> Result<Turn, BenchError> {
        self.take_input()?;
        let mut turn = Turn::Again;
        for _ in 0..BATCHES_A_TURN {
            if !self.write()? {
                turn = Turn::Wait(Wait { read: true, write: true, until_ns: None });
                break;
            }
            if self.has_sent_all(control) {
                turn = self.finish(control)?;
                break;
            }
            if !self.fill(control) {
                let until_ns = self.next_due_ns();
                turn = Turn::Wait(Wait { read: true, write: false, until_ns });
                break;
            }
        }
        if control.is_over() {
            turn = Turn::Done;
        }
        self.counters.show(self.tally.count, self.link.traffic);
        Ok(turn)
    }

    fn socket(&self) -> &TcpStream {
        self.link.socket()
    }
}
