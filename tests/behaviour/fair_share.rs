//! A work queue spreads its messages over those who wait for them.

use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

#[test]
fn two_waiting_consumers_share_a_work_queue() {
    let broker = Broker::start();
    let mut producer = broker.client();
    let mut producer = producer.attach("producer").unwrap();
    producer.declare_queue("work").unwrap();
    let mut clients = [broker.client(), broker.client()];
    let [first, second] = &mut clients;
    let mut consumers = [first.attach("first").unwrap(), second.attach("second").unwrap()];
    for consumer in &mut consumers {
        consumer.subscribe(Subscription::consume("work"), Credit::UNLIMITED).unwrap();
    }
    for number in 0..100 {
        producer.publish("", &Message::new("work", format!("{number}"))).unwrap();
        // Once somebody has it, both may wait again: nobody is busy, so they take turns.
        while producer.message_count("work").unwrap() > 0 {}
    }
    let counts = consumers.map(|mut consumer| consumer.drain("work").unwrap().len());
    assert_eq!(counts[0] + counts[1], 100, "{counts:?}");
    assert!(counts.iter().all(|count| *count >= 40), "{counts:?}");
}

#[test]
fn a_backlog_is_shared_by_consumers_that_come_together() {
    let broker = Broker::start();
    let mut client = broker.client();
    let mut one = client.attach("one").unwrap();
    one.declare_queue("work").unwrap();
    for number in 0..100 {
        one.publish("", &Message::new("work", format!("{number}"))).unwrap();
    }
    let mut other_client = broker.client();
    let mut other = other_client.attach("other").unwrap();
    one.run(Subscription::consume("work").0).unwrap();
    other.run(Subscription::consume("work").0).unwrap();
    one.give_credit("work", Credit::messages(50)).unwrap();
    other.give_credit("work", Credit::messages(50)).unwrap();
    let counts = [one.drain("work").unwrap().len(), other.drain("work").unwrap().len()];
    assert_eq!(counts, [50, 50]);
}
