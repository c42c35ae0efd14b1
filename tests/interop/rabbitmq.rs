//! Clients of RabbitMQ: what applications do with each, a suite a test.
//!
//! The suites stand in the folder beside this file, and say what RabbitMQ does: each passes against
//! RabbitMQ 3.10 where `PHILTER_TEST_OTHER_BROKER` names one. Every client comes in as guest, as it
//! does by itself.

use std::process::Command;
use std::time::Instant;

use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::program::Program;
use philter_tests::rabbitmq::{OtherBroker, RabbitmqClients, Run};
use rustix::process::Signal;

use crate::known_port::start_on_known_port;

/// What a suite prints when it wants the broker restarted, and what it reads when that is done.
const RESTART: &str = "restart";
const RESTARTED: &str = "restarted\n";

#[test]
fn pika() {
    hold("pika", |clients| clients.python("pika"));
}

#[test]
fn aio_pika() {
    hold("aio_pika", |clients| clients.python("aio-pika"));
}

#[test]
fn celery() {
    hold("celery", |clients| clients.python("celery"));
}

#[test]
fn amqplib() {
    hold("amqplib", RabbitmqClients::amqplib);
}

#[test]
fn lapin() {
    hold("lapin", RabbitmqClients::lapin);
}

#[test]
fn amqp091_go() {
    hold("amqp091_go", RabbitmqClients::amqp091_go);
}

#[test]
fn java() {
    hold("java", RabbitmqClients::java);
}

#[test]
fn perf_test() {
    hold("perf_test", RabbitmqClients::perf_test);
}

/// Runs a suite to its end, by our broker or by the other one.
fn hold(test: &str, suite: impl Fn(&RabbitmqClients) -> Command) {
    let Some(clients) = RabbitmqClients::find_or_skip(test) else { return };
    let mut suite = suite(&clients);
    if let Some(other) = OtherBroker::from_environment() {
        return run(suite.arg(other.url()), || other.restart()).expect_all_well();
    }
    let mut broker = Some(start_on_known_port(BrokerOptions::default));
    let url = broker.as_ref().map(|broker| format!("amqp://guest:guest@{}", broker.address()));
    let run = run(suite.args(url), || broker = broker.take().map(restarted));
    run.expect_all_well();
    run.keep();
}

fn run(suite: &mut Command, mut restart: impl FnMut()) -> Run {
    let start = Instant::now();
    let mut suite = Program::start_typing(suite);
    let mut restarts = 0;
    while suite.stdout().wait_for_nth(restarts, RESTART).is_some() {
        restarts += 1;
        restart();
        suite.type_text(RESTARTED);
    }
    let ended = suite.wait();
    Run::of(ended, start.elapsed())
}

/// Kills the broker and starts another one on its port.
fn restarted(broker: Broker) -> Broker {
    let port = broker.port();
    broker.signal(Signal::KILL);
    broker.wait();
    BrokerOptions::default().port(port).start()
}
