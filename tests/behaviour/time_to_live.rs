//! A message whose time is over is not delivered.

use std::time::{Duration, Instant};

use philter_protocol::v0_10::command::QueueDeclare;
use philter_tests::broker::{Broker, BrokerOptions};
use philter_tests::client::{Credit, Message, Session, Subscription};

/// Asks the broker again and again until this much time passed for both.
fn until_passed(session: &mut Session<'_>, time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        session.query_queue("q").unwrap();
    }
}

#[test]
fn an_expired_message_is_not_delivered() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "brief").ttl_ms(1)).unwrap();
    session.publish("", &Message::new("q", "lasting").ttl_ms(3_600_000)).unwrap();
    session.publish("", &Message::new("q", "eternal")).unwrap();
    until_passed(&mut session, Duration::from_millis(20));
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let found: Vec<_> = session.drain("q").unwrap().iter().map(|m| m.text()).collect();
    assert_eq!(found, ["lasting", "eternal"]);
}

#[test]
fn an_expired_message_goes_to_the_alternate_of_its_queue() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("letters").unwrap();
    session.bind("letters", "amq.fanout", "").unwrap();
    session.subscribe(Subscription::consume("letters"), Credit::UNLIMITED).unwrap();
    let (queue, alternate_exchange) = ("q".to_owned(), "amq.fanout".to_owned());
    session.run(QueueDeclare { queue, alternate_exchange, ..QueueDeclare::default() }).unwrap();
    session.publish("", &Message::new("q", "brief").ttl_ms(1)).unwrap();
    assert_eq!(session.receive().unwrap().text(), "brief");
    assert_eq!(session.message_count("q").unwrap(), 0);
}

#[test]
fn a_broker_that_never_looks_for_expired_messages_drops_them_when_they_are_asked_for() {
    let options = BrokerOptions::default().arguments(["--queue-purge-interval", "0"]);
    let broker = options.start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    session.publish("", &Message::new("q", "brief").ttl_ms(1)).unwrap();
    until_passed(&mut session, Duration::from_millis(1_500));
    assert_eq!(session.message_count("q").unwrap(), 1);
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    assert!(session.drain("q").unwrap().is_empty());
}
