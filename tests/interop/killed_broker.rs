//! A broker that is killed at any moment under the load of pika and of Qpid's client in Python.
//!
//! The programs beside this file print what they are about to do and what the broker answered; what
//! a broker that is started again must have follows from that alone.

use std::path::PathBuf;

use fastrand::Rng;
use philter_protocol::v0_10::command::{ExchangeDeclare, QueueDeclare};
use philter_tests::artifacts::workspace;
use philter_tests::broker::Broker;
use philter_tests::history::Event;
use philter_tests::killing;
use philter_tests::program::{Ended, Program};
use philter_tests::qpid::QpidPython;
use philter_tests::rabbitmq::RabbitmqClients;

const QUEUES: [&str; 8] = ["orders", "bills", "work", "jobs", "left", "right", "done", "over"];
/// Numbers of a publisher in one round.
const NUMBERS: u64 = 1_000_000;
/// Lines of the program whose line is the moment, at most.
const LINES_MAX: usize = 800;

#[test]
fn a_killed_broker_holds_to_what_it_told_pika_and_qpid() {
    let test = "a_killed_broker_holds_to_what_it_told_pika_and_qpid";
    let Some(rabbitmq) = RabbitmqClients::find_or_skip(test) else { return };
    let Some(qpid) = QpidPython::find_or_skip(test) else { return };
    let broker = Broker::start();
    declare(&broker);
    let resolve = |broker: &Broker, moments: &mut Rng| {
        let mut resolve = qpid.program(&load("qpid_resolve.py"));
        resolve.arg(broker.port().to_string()).arg(moments.u32(..).to_string());
        told(Program::run(&mut resolve, ""))
    };
    let round = |number: u64, broker: &mut Broker, moments: &mut Rng| {
        let mut pika = rabbitmq.python_program(&load("pika_load.py"));
        pika.arg(format!("amqp://guest:guest@{}", broker.address()));
        let mut qpid = qpid.program(&load("qpid_load.py"));
        qpid.arg(broker.port().to_string());
        let mut start = |program: &mut std::process::Command| {
            let seed = moments.u32(..).to_string();
            Program::start(program.arg((number * NUMBERS).to_string()).arg(seed), "")
        };
        let programs = [start(&mut pika), start(&mut qpid)];
        wait_for_the_moment(&programs, moments);
        broker.kill();
        programs.map(|program| told(program.wait())).into()
    };
    killing::hold(killing::KILLS, broker, &QUEUES, round, resolve);
}

fn load(file: &str) -> PathBuf {
    workspace().join("tests/interop/killed_broker").join(file)
}

fn declare(broker: &Broker) {
    let mut client = broker.client();
    let mut session = client.attach("declares").unwrap();
    let (exchange, type_) = ("all".to_owned(), "fanout".to_owned());
    let exchange = ExchangeDeclare { exchange, type_, durable: true, ..ExchangeDeclare::default() };
    session.run(exchange).unwrap();
    for queue in QUEUES {
        let queue = queue.to_owned();
        session.run(QueueDeclare { queue, durable: true, ..QueueDeclare::default() }).unwrap();
    }
    for queue in ["orders", "bills"] {
        session.bind(queue, "all", "").unwrap();
    }
    client.close().unwrap();
}

/// A random line of a random program, once both have begun.
fn wait_for_the_moment(programs: &[Program; 2], moments: &mut Rng) {
    for program in programs {
        assert!(program.stdout().wait_for_count(1), "{}", program.stderr().text());
    }
    let program = &programs[usize::from(moments.bool())];
    let line = moments.usize(1..LINES_MAX);
    assert!(program.stdout().wait_for_count(line), "{}", program.stderr().text());
}

/// What a program told; it ends well where only the broker's end stopped it.
fn told(ended: Ended) -> Vec<Event> {
    let ended = ended.expect_success();
    let events = ended.stdout.iter().map(|line| line.parse());
    let events = events.zip(&ended.stdout);
    events.map(|(event, line)| event.unwrap_or_else(|()| panic!("\"{line}\""))).collect()
}
