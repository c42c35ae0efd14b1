//! What messages take is bounded, and given back.

use philter_protocol::v0_10::command::{MessageAccept, QueueDeclare, QueuePurge, Sync};
use philter_protocol::v0_10::{FieldMap, RangeSet, Value};
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Client, Credit, Message, Session, Subscription};

const MIB: u64 = 1024 * 1024;

fn declare_unlimited(session: &mut Session<'_>, queue: &str) {
    let arguments = Some(FieldMap::new().with("qpid.max_size", Value::Int64(0)));
    let queue = queue.to_owned();
    session.run(QueueDeclare { queue, arguments, ..QueueDeclare::default() }).unwrap();
}

/// Publishes messages of a mebibyte without waiting for one.
fn publish_unconfirmed(session: &mut Session<'_>, queue: &str, mebibytes: usize) {
    let message = Message::new(queue, vec![b'x'; MIB as usize]);
    for _ in 0..mebibytes {
        session.publish_unconfirmed("", &message).unwrap();
    }
}

#[test]
fn above_the_memory_limit_a_publisher_waits_for_a_consumer() {
    let broker = BrokerOptions::default().arguments(["--memory-limit", "16M"]).start();
    let mut client = broker.client();
    let mut session = client.attach("producer").unwrap();
    declare_unlimited(&mut session, "q");
    // Of so many at least one is above the limit, and none is so far above it that it is not read.
    publish_unconfirmed(&mut session, "q", 17);
    let log = broker.wait_for_log("publishers are held back");
    assert!(log.contains("--memory-limit is 16777216 bytes"), "{log}");
    let mut other = broker.client();
    let mut consumer = other.attach("consumer").unwrap();
    consumer.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    for _ in 0..17 {
        let delivery = consumer.receive().unwrap();
        consumer.accept(&delivery).unwrap();
    }
    session.run(Sync {}).unwrap();
    broker.wait_for_log("publishers go on");
}

#[test]
fn a_publisher_that_heeds_nothing_takes_no_more_than_the_limit_and_an_eighth() {
    let broker = BrokerOptions::default().arguments(["--memory-limit", "32M"]).start();
    let before = broker.resident_bytes();
    let port = broker.port();
    let flood = std::thread::spawn(move || {
        let mut client = Client::anonymous(port).unwrap();
        let mut session = client.attach("flood").unwrap();
        declare_unlimited(&mut session, "q");
        // Ends when the queue was purged: until then its socket is full.
        publish_unconfirmed(&mut session, "q", 400);
        session.run(Sync {}).unwrap();
    });
    broker.wait_for_log("publishers are held back");
    let mut client = broker.client();
    let mut session = client.attach("operator").unwrap();
    while !flood.is_finished() {
        let grown = broker.resident_bytes() - before;
        assert!(grown < 256 * MIB, "{grown} bytes");
        session.run(QueuePurge { queue: "q".to_owned() }).unwrap();
    }
    flood.join().unwrap();
}

#[test]
fn what_a_purge_frees_goes_back_to_the_system() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    declare_unlimited(&mut session, "q");
    let before = broker.resident_bytes();
    let message = Message::new("q", [b'x'; 1_000]);
    for _ in 0..100_000 {
        session.publish_unconfirmed("", &message).unwrap();
    }
    session.run(Sync {}).unwrap();
    let full = broker.resident_bytes();
    assert!(full - before > 100 * MIB, "{before} {full}");
    session.run(QueuePurge { queue: "q".to_owned() }).unwrap();
    // A second later, or when the machine gets round to it.
    while broker.resident_bytes() > before + 20 * MIB {
        std::thread::yield_now();
    }
}

#[test]
fn with_one_of_a_thousand_left_memory_shrinks_accordingly() {
    const MESSAGES: usize = 100_000;
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    declare_unlimited(&mut session, "q");
    let before = broker.resident_bytes();
    let message = Message::new("q", [b'x'; 1_000]);
    for _ in 0..MESSAGES {
        session.publish_unconfirmed("", &message).unwrap();
    }
    session.run(Sync {}).unwrap();
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let mut transfers = RangeSet::default();
    for number in 0..MESSAGES {
        let delivery = session.receive().unwrap();
        if number % 1_000 != 0 {
            transfers.add(delivery.id);
        }
    }
    session.run(MessageAccept { transfers }).unwrap();
    // A second later, or when the machine gets round to it.
    while broker.resident_bytes() > before + 25 * MIB {
        std::thread::yield_now();
    }
    session.detach().unwrap();
    assert_eq!(client.attach("t").unwrap().message_count("q").unwrap(), 100);
}

#[test]
fn connections_that_rest_take_little() {
    const CONNECTIONS: u64 = 400;
    let broker = Broker::start();
    let before = broker.resident_bytes();
    let mut clients: Vec<Client> = (0..CONNECTIONS).map(|_| broker.client()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        client.attach(&format!("session {number}")).unwrap();
    }
    let each = (broker.resident_bytes() - before) / CONNECTIONS;
    assert!(each <= 20 * 1024, "{each} bytes");
}
