//! Peers that die without a word, many at once.

use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

#[test]
fn messages_of_consumers_that_die_together_come_back_once_each() {
    const CONSUMERS: usize = 30;
    const MESSAGES: usize = 300;
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    let mut dying: Vec<_> = (0..CONSUMERS).map(|_| broker.client()).collect();
    for (number, consumer) in dying.iter_mut().enumerate() {
        let mut consumer = consumer.attach(&format!("dying {number}")).unwrap();
        consumer.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    }
    for number in 0..MESSAGES {
        session.publish("", &Message::new("q", format!("{number}"))).unwrap();
    }
    drop(dying);
    session.subscribe(Subscription::consume("q"), Credit::UNLIMITED).unwrap();
    let mut got = Vec::new();
    while got.len() < MESSAGES {
        got.push(session.receive().unwrap().text());
    }
    assert!(session.drain("q").unwrap().is_empty());
    got.sort();
    got.dedup();
    assert_eq!(got.len(), MESSAGES);
}

#[test]
fn a_publisher_that_dies_loses_only_what_was_not_confirmed() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_queue("q").unwrap();
    let mut dying = broker.client();
    let mut publisher = dying.attach("dying").unwrap();
    for _ in 0..50 {
        publisher.publish("", &Message::new("q", "confirmed")).unwrap();
    }
    for _ in 0..50 {
        publisher.publish_unconfirmed("", &Message::new("q", "perhaps")).unwrap();
    }
    dying.abort();
    assert!((50..=100).contains(&session.message_count("q").unwrap()));
}
