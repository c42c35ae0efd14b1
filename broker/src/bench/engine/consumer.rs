//! A consumer: reads as much as there is, notes each message, answers once a read.

use std::net::TcpStream;
use std::sync::Arc;

use super::control::Control;
use super::counters::Counters;
use super::worker::{Turn, Wait, Worker};
use crate::bench::arrivals::Arrivals;
use crate::bench::error::BenchError;
use crate::bench::link::{Found, Link};
use crate::bench::protocol::Subscriber;

/// Reads of one turn.
const READS_A_TURN: usize = 16;

/// A consumer's connection.
pub(crate) struct Consumer {
    /// The number of its queue in the run.
    queue: usize,
    link: Link,
    subscriber: Box<dyn Subscriber>,
    arrivals: Arrivals,
    output: Vec<u8>,
    counters: Arc<Counters>,
}

impl Consumer {
    pub(crate) fn new(
        queue: usize,
        link: Link,
        subscriber: Box<dyn Subscriber>,
        output: Vec<u8>,
        arrivals: Arrivals,
    ) -> Self {
        Self { queue, link, subscriber, arrivals, output, counters: Arc::default() }
    }

    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    pub(crate) fn queue(&self) -> usize {
        self.queue
    }

    pub(crate) fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    fn take_input(&mut self, control: &Control) -> Result<(), BenchError> {
        let now_ns = control.now_ns();
        let before = self.arrivals.count;
        self.arrivals.begin(now_ns, control.measured_ns());
        let (input, output) = (self.link.input(), &mut self.output);
        let taken = self.subscriber.receive(input, output, &mut self.arrivals)?;
        self.link.take(taken);
        if self.arrivals.count > before {
            self.counters.moved_at(now_ns);
        }
        Ok(())
    }
}

impl Worker for Consumer {
    fn turn(&mut self, control: &Control) -> Result<Turn, BenchError> {
        let mut turn = Turn::Again;
        for _ in 0..READS_A_TURN {
            let found = self.link.read()?;
            if found != Found::Nothing {
                self.take_input(control)?;
            }
            let is_written = self.link.drain(&mut self.output)?;
            if found != Found::Some {
                turn = Turn::Wait(Wait { read: true, write: !is_written, until_ns: None });
                break;
            }
        }
        if control.is_over() {
            self.subscriber.leave(&mut self.output);
            self.link.drain(&mut self.output)?;
            turn = Turn::Done;
        }
        self.counters.show(self.arrivals.count, self.link.traffic);
        Ok(turn)
    }

    fn socket(&self) -> &TcpStream {
        self.link.socket()
    }
}
