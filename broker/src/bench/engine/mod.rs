//! A run: producers and consumers on a few threads, a watcher that begins and ends the measured
//! time, and what came out of it.

mod consumer;
mod control;
mod counters;
mod producer;
mod watch;
mod worker;

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hdrhistogram::Histogram;

pub(crate) use consumer::Consumer;
pub(crate) use counters::Progress;
pub(crate) use producer::{Producer, Quota};
pub(crate) use watch::{Interrupt, Observer, Watched};

use super::error::BenchError;
use super::ledger::Tally;
use control::Control;
use worker::Worker;

/// When a run is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum End {
    /// When the producers sent their quotas, and the consumers got everything.
    Quota,
    /// When so much time went by, the first part of which is not measured.
    Time { warmup: Duration, measured: Duration },
}

/// What is to run.
pub(crate) struct Setting {
    pub(crate) producers: Vec<Producer>,
    pub(crate) consumers: Vec<Consumer>,
    /// Messages that the consumers will get of each that a producer sends.
    pub(crate) copies: Vec<u64>,
    /// Messages that wait for the consumers when the run begins.
    pub(crate) waiting: u64,
    pub(crate) threads: usize,
    pub(crate) end: End,
}

/// What came out of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) watched: Watched,
    /// What each producer sent.
    pub(crate) sent: Vec<Tally>,
    pub(crate) unconfirmed: u64,
    /// What came of each queue, by producer.
    pub(crate) came: Vec<Came>,
    pub(crate) latency: Option<Histogram<u64>>,
}

/// What one consumer got.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) queue: usize,
    pub(crate) count: u64,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) disordered: u64,
    pub(crate) foreign: u64,
}

/// One of both, so that a thread can have any mixture.
enum Party {
    Producer(Producer),
    Consumer(Consumer),
}

/// Runs to the end.
///
/// # Errors
/// The first that any worker met, or an interruption.
pub(crate) fn run(setting: Setting, observer: &mut Observer<'_>) -> Result<Outcome, BenchError> {
    let control = Arc::new(Control::new());
    let watch = watch::Watch::new(&setting, Arc::clone(&control));
    let producers = setting.producers.into_iter().map(Party::Producer);
    let consumers = setting.consumers.into_iter().map(Party::Consumer);
    let (ended, ends) = mpsc::channel();
    let threads: Vec<_> = dealt(producers.chain(consumers), setting.threads)
        .into_iter()
        .map(|parties| {
            let (control, ended) = (Arc::clone(&control), ended.clone());
            thread::spawn(move || {
                let mut parties = parties;
                let result = worker::run(&mut parties, &control);
                // The watcher may have gone already, for an error of its own.
                let _ = ended.send(());
                result.map(|()| parties)
            })
        })
        .collect();
    let watched = watch.until_end(observer, &ends);
    control.end();
    let mut parties = Vec::new();
    let mut failure = None;
    for thread in threads {
        match thread.join() {
            Ok(Ok(done)) => parties.extend(done),
            Ok(Err(error)) => failure = failure.or(Some(error)),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(outcome(parties, watched?)),
    }
}

/// Parties on threads: neighbours on different ones, so that both sides have all threads.
fn dealt(parties: impl Iterator<Item = Party>, threads: usize) -> Vec<Vec<Party>> {
    let mut hands: Vec<Vec<Party>> = (0..threads.max(1)).map(|_| Vec::new()).collect();
    let count = hands.len();
    for (index, party) in parties.enumerate() {
        if let Some(hand) = hands.get_mut(index % count) {
            hand.push(party);
        }
    }
    hands.retain(|hand| !hand.is_empty());
    hands
}

fn outcome(parties: Vec<Party>, watched: Watched) -> Outcome {
    let mut outcome =
        Outcome { watched, sent: Vec::new(), unconfirmed: 0, came: Vec::new(), latency: None };
    let mut sent = Vec::new();
    for party in parties {
        match party {
            Party::Producer(producer) => {
                sent.push((producer.number(), producer.tally()));
                outcome.unconfirmed += producer.unconfirmed();
            }
            Party::Consumer(consumer) => add_consumer(&mut outcome, &consumer),
        }
    }
    sent.sort_by_key(|(number, _)| *number);
    outcome.sent = sent.into_iter().map(|(_, tally)| tally).collect();
    outcome
}

fn add_consumer(outcome: &mut Outcome, consumer: &Consumer) {
    let arrivals = consumer.arrivals();
    match (&mut outcome.latency, &arrivals.latency) {
        (Some(all), Some(latency)) => {
            // Both have the same bounds, so that nothing is lost.
            let _ = all.add(latency);
        }
        (all @ None, Some(latency)) => *all = Some(latency.clone()),
        (_, None) => {}
    }
    outcome.came.push(Came {
        queue: consumer.queue(),
        count: arrivals.count,
        tallies: arrivals.ledger.tallies(),
        disordered: arrivals.ledger.disordered(),
        foreign: arrivals.ledger.foreign,
    });
}

impl Worker for Party {
    fn turn(&mut self, control: &Control) -> Result<worker::Turn, BenchError> {
        match self {
            Self::Producer(producer) => producer.turn(control),
            Self::Consumer(consumer) => consumer.turn(control),
        }
    }

    fn socket(&self) -> &std::net::TcpStream {
        match self {
            Self::Producer(producer) => producer.socket(),
            Self::Consumer(consumer) => consumer.socket(),
        }
    }
}
