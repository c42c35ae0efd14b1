//! One round with a broker: declare, fill, run, delete, whatever happens between.

use super::arrivals::Arrivals;
use super::batch::Batch;
use super::checking::Expected;
use super::engine::{self, Consumer, End, Observer, Producer, Quota, Setting};
use super::error::BenchError;
use super::figures::{Faults, Figures};
use super::ledger::Tally;
use super::link::{Link, READ_BYTES_MAX};
use super::plan::{BrokerPlan, Load};
use super::protocol::{Letter, Opened, Protocol, Publisher, Subscriber, Terms};
use super::schedule::Schedule;
use super::stamp::Form;
use super::topology::Topology;

/// Bytes for reading, over all consumers.
const READ_BYTES_IN_ALL: usize = 64 * 1024 * 1024;

/// Bytes for reading of one connection at the least: more than any frame.
const READ_BYTES_MIN: usize = 72 * 1024;

/// What a round with a broker found.
pub(crate) struct Round {
    /// What the broker calls itself.
    pub(crate) product: String,
    /// The fill, where there was one.
    pub(crate) fill: Option<Figures>,
    /// The rest, where there was any.
    pub(crate) load: Option<Figures>,
}

/// A round in which everything has the run's name in its name.
///
/// # Errors
/// Why it came to no end.
pub(crate) fn run(
    protocol: &dyn Protocol,
    plan: &BrokerPlan,
    load: &Load,
    run: &str,
    observer: &mut Observer<'_>,
) -> Result<Round, BenchError> {
    let before = observer.process.map(|process| process.resident_bytes()).transpose()?;
    let mut topology = Topology::declare(protocol.administer()?, plan, run)?;
    let product = topology.product().to_owned();
    let parts = Parts { protocol, plan, load, peer: &plan.target.to_string() };
    let result = parts.run(&topology, observer);
    let deleted = topology.delete();
    let (fill, mut rest) = result?;
    deleted?;
    let after = observer.process.map(|process| process.resident_bytes()).transpose()?;
    let mut fill = fill;
    let filled = fill.as_ref().and_then(|fill| fill.resident_bytes).map(|bytes| bytes.after);
    for figures in [&mut fill, &mut rest].into_iter().flatten() {
        if let (Some(resident), Some(before), Some(after)) =
            (&mut figures.resident_bytes, before, after)
        {
            (resident.before, resident.filled, resident.after) = (before, filled, after);
        }
    }
    Ok(Round { product, fill, load: rest })
}

/// What the parts of a round are made of.
struct Parts<'r> {
    protocol: &'r dyn Protocol,
    plan: &'r BrokerPlan,
    load: &'r Load,
    peer: &'r str,
}

impl Parts<'_> {
    fn run(
        &self,
        topology: &Topology,
        observer: &mut Observer<'_>,
    ) -> Result<(Option<Figures>, Option<Figures>), BenchError> {
        let (plan, load) = (self.plan, self.load);
        let numbers = plan.producers + plan.fillers();
        let is_stamped = topology.routing.form().stamp_at(load.body_bytes).is_some();
        let mut expected = Expected::new(plan.queues, numbers, is_stamped);
        let mut fill = None;
        let mut waiting = 0;
        if plan.fill > 0 {
            let outcome = engine::run(self.fill(topology)?, observer)?;
            waiting = self.expect(topology, &mut expected, plan.producers, &outcome.sent);
            fill = Some(Figures::of(&outcome, Faults::default()));
        }
        if plan.only_fill && plan.consumers == 0 {
            return Ok((fill, None));
        }
        let outcome = engine::run(self.rest(topology, waiting)?, observer)?;
        self.expect(topology, &mut expected, 0, &outcome.sent);
        let faults = expected.check(&outcome.came);
        Ok((fill, Some(Figures::of(&outcome, faults))))
    }

    /// The fill: producers alone, each with its share.
    fn fill(&self, topology: &Topology) -> Result<Setting, BenchError> {
        let producers = self.plan.fillers();
        let producer = |index: usize| {
            let messages = Some(Load::share(self.plan.fill, index, producers));
            let unconfirmed_max = self.plan.unconfirmed_max(self.load.body_bytes);
            let quota = Quota { messages, unconfirmed_max, asks_always: false, schedule: None };
            self.producer(topology, self.plan.producers + index, index, quota)
        };
        Ok(Setting {
            producers: (0..producers).map(producer).collect::<Result<_, _>>()?,
            consumers: Vec::new(),
            copies: vec![0; producers],
            waiting: 0,
            threads: self.load.threads,
            end: End::Quota,
        })
    }

    /// Everything but the fill, of which so many messages wait.
    fn rest(&self, topology: &Topology, waiting: u64) -> Result<Setting, BenchError> {
        let (plan, load) = (self.plan, self.load);
        let consumers = (0..plan.consumers).map(|index| self.consumer(topology, index));
        let consumers = consumers.collect::<Result<_, _>>()?;
        let producers = if plan.only_fill { 0 } else { plan.producers };
        let producer = |index: usize| {
            let quota = quota(load, index, producers, plan.unconfirmed_max(load.body_bytes));
            self.producer(topology, index, index, quota)
        };
        let is_for_all = topology.routing.is_for_all();
        Ok(Setting {
            producers: (0..producers).map(producer).collect::<Result<_, _>>()?,
            consumers,
            copies: (0..producers).map(|index| plan.copies(index, is_for_all)).collect(),
            waiting,
            threads: load.threads,
            end: if plan.only_fill { End::Quota } else { load.end },
        })
    }

    fn producer(
        &self,
        topology: &Topology,
        number: usize,
        index: usize,
        quota: Quota,
    ) -> Result<Producer, BenchError> {
        let queue = self.plan.queue_of(index);
        let name = topology.queues.get(queue).map_or("", String::as_str);
        let is_of_fill = number >= self.plan.producers;
        let letter = Letter {
            exchange: topology.exchange.clone(),
            key: topology.routing.key(name, queue),
            headers: topology.routing.headers(queue),
            is_durable: self.plan.is_durable,
            is_confirmed: is_of_fill || self.load.confirms > 0,
            body: topology.routing.body(name, self.load.body_bytes)?,
            form: topology.routing.form(),
        };
        let opened = self.protocol.publish(&letter)?;
        producer(number, opened, self.peer, self.load, quota)
    }

    fn consumer(&self, topology: &Topology, index: usize) -> Result<Consumer, BenchError> {
        let queue = self.plan.queue_of(index);
        let name = topology.queues.get(queue).map_or("", String::as_str);
        let opened = self.protocol.subscribe(name, self.terms())?;
        let numbers = self.plan.producers + self.plan.fillers();
        let read_bytes = READ_BYTES_IN_ALL / self.plan.consumers.max(1);
        let reading = (numbers, read_bytes, topology.routing.form());
        consumer(queue, opened, self.peer, self.load, reading)
    }

    fn terms(&self) -> Terms {
        Terms {
            window: self.load.window,
            ack: if self.plan.is_browsing { 0 } else { self.load.ack },
            subscriptions: self.plan.subscriptions,
            is_browsing: self.plan.is_browsing,
        }
    }

    /// Notes what the queues with consumers are to get; how many messages that is in all.
    fn expect(
        &self,
        topology: &Topology,
        expected: &mut Expected,
        first_number: usize,
        sent: &[Tally],
    ) -> u64 {
        let mut count = 0;
        for (index, tally) in sent.iter().enumerate() {
            let own = self.plan.queue_of(index);
            for queue in 0..self.plan.queues {
                if topology.routing.is_for_all() || queue == own {
                    let copies = self.plan.copies_of_queue(queue);
                    expected.add(queue, first_number + index, tally, copies);
                    count += tally.count * copies;
                }
            }
        }
        count
    }
}

/// What one of several producers does under a load; so many messages may be unconfirmed where the
/// load does not say it.
pub(crate) fn quota(load: &Load, index: usize, producers: usize, unconfirmed_max: u64) -> Quota {
    Quota {
        messages: load.messages.map(|messages| Load::share(messages, index, producers)),
        unconfirmed_max: if load.confirms > 0 { load.confirms } else { unconfirmed_max },
        asks_always: load.confirms > 0,
        schedule: load.rate.map(|rate| Schedule::new(rate, index, producers, 0)),
    }
}

/// A producer of this number on a connection that is open.
///
/// # Errors
/// The system's.
pub(crate) fn producer(
    number: usize,
    opened: Opened<dyn Publisher>,
    peer: &str,
    load: &Load,
    quota: Quota,
) -> Result<Producer, BenchError> {
    let link = Link::new(opened.socket, peer, &opened.input, READ_BYTES_MIN)?;
    let batch = Batch::new(opened.side.template(), load.flush);
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Producer::new(number, link, opened.side, batch, quota))
}

/// A consumer on a connection that is open, which may hear of so many producers, has so many bytes
/// for reading, and gets bodies of this form.
///
/// # Errors
/// The system's.
pub(crate) fn consumer(
    queue: usize,
    opened: Opened<dyn Subscriber>,
    peer: &str,
    load: &Load,
    (producers, read_bytes, form): (usize, usize, Form),
) -> Result<Consumer, BenchError> {
    let read_bytes = read_bytes.clamp(READ_BYTES_MIN, READ_BYTES_MAX);
    let link = Link::new(opened.socket, peer, &opened.input, read_bytes)?;
    let form = form.stamp_at(load.body_bytes).map(|_| form);
    let arrivals = Arrivals::new(producers, form, load.shows_latency);
    Ok(Consumer::new(queue, link, opened.side, opened.output, arrivals))
}
