//! What outlives the broker, be it ended in order or killed, and what does not.
//!
//! Each rule is held for both ends where both can break it. What is there after a start is read by
//! taking it: so it is also seen that it can be.

mod definitions;
mod long_queue;
mod messages;
mod modes;

use philter_protocol::v0_9_1::Table;
use philter_protocol::v0_9_1::method::{confirm, exchange, queue};
use philter_protocol::v0_10::command::{ExchangeDeclare, MessageAccept, QueueDeclare};
use philter_protocol::v0_10::{CommandId, RangeSet};
use philter_tests::broker::{Broker, End};
use philter_tests::client::{Credit, Delivery, Session, Subscription};
use philter_tests::client_0_9_1::Client;

const ENDS: [End; 2] = [End::InOrder, End::Killed];

/// A client of 0-9-1 whose channel 1 confirms; channel 2 does not.
fn confirming(broker: &Broker) -> Client {
    let mut client = Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    client.call(1, confirm::Select::default()).unwrap();
    client.open_channel(2).unwrap();
    client
}

/// Publishes persistent messages to a queue, each confirmed.
fn publish_all(client: &mut Client, queue: &str, bodies: &[&str]) {
    for body in bodies {
        assert!(client.publish_durable(1, ("", queue), body).unwrap().is_taken, "{body}");
    }
}

fn durable_queue(queue: &str) -> queue::Declare {
    queue::Declare { queue: queue.to_owned(), durable: true, ..queue::Declare::default() }
}

fn durable_queue_with(queue: &str, arguments: Table) -> queue::Declare {
    queue::Declare { arguments, ..durable_queue(queue) }
}

fn durable_exchange(exchange: &str, type_: &str) -> exchange::Declare {
    let (exchange, type_) = (exchange.to_owned(), type_.to_owned());
    exchange::Declare { exchange, type_, durable: true, ..exchange::Declare::default() }
}

fn queue_0_10(queue: &str) -> QueueDeclare {
    QueueDeclare { queue: queue.to_owned(), durable: true, ..QueueDeclare::default() }
}

fn exchange_0_10(exchange: &str, type_: &str) -> ExchangeDeclare {
    let (exchange, type_) = (exchange.to_owned(), type_.to_owned());
    ExchangeDeclare { exchange, type_, durable: true, ..ExchangeDeclare::default() }
}

/// Takes everything that a queue can give, and accepts it.
fn take_all(session: &mut Session<'_>, queue: &str) -> Vec<Delivery> {
    session.subscribe(Subscription::consume(queue), Credit::UNLIMITED).unwrap();
    let taken = session.drain(queue).unwrap();
    accept_all(session, taken.iter().map(|delivery| delivery.id));
    session.cancel(queue).unwrap();
    taken
}

fn accept_all(session: &mut Session<'_>, ids: impl Iterator<Item = CommandId>) {
    let mut transfers = RangeSet::default();
    ids.for_each(|id| transfers.add(id));
    if !transfers.is_empty() {
        session.run(MessageAccept { transfers }).unwrap();
    }
}

/// What a queue gives: bodies, each with whether it is redelivered.
fn take(session: &mut Session<'_>, queue: &str) -> Vec<(String, bool)> {
    let taken = take_all(session, queue);
    taken.iter().map(|delivery| (delivery.text(), delivery.is_redelivered())).collect()
}

/// The bodies alone.
fn take_bodies(session: &mut Session<'_>, queue: &str) -> Vec<String> {
    take(session, queue).into_iter().map(|(body, _)| body).collect()
}
