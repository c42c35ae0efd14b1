//! `examples/exchange-consistent-hash`: equal keys stay together, shares follow the weights.

use std::collections::BTreeMap;

use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};

use crate::stranger::Stranger;

const KEYS: usize = 600;
const QUEUES: [(&str, &str); 2] = [("small", "10"), ("large", "20")];

/// Publishes every key twice; the queue that each went to.
fn spread(broker: &Broker) -> BTreeMap<String, &'static str> {
    let mut client = broker.client();
    let mut session = client.attach("s").unwrap();
    session.declare_exchange("spread", "x-consistent-hash").unwrap();
    for (queue, weight) in QUEUES {
        session.declare_queue(queue).unwrap();
        session.bind(queue, "spread", weight).unwrap();
        session.subscribe(Subscription::consume(queue), Credit::UNLIMITED).unwrap();
    }
    for key in (0..KEYS).chain(0..KEYS).map(|number| format!("customer {number}")) {
        session.publish("spread", &Message::new(&key, &key)).unwrap();
    }
    let mut found = BTreeMap::new();
    for (queue, _) in QUEUES {
        let got = session.drain(queue).unwrap();
        let texts: Vec<_> = got.iter().map(|message| message.text()).collect();
        for text in &texts {
            let count = texts.iter().filter(|other| *other == text).count();
            assert_eq!(count, 2, "{text} did not stay together");
            found.insert(text.clone(), queue);
        }
    }
    found
}

#[test]
fn keys_stay_together_follow_the_weights_and_keep_their_place_after_a_restart() {
    let example = Stranger::build("exchange-consistent-hash");
    let first = spread(&example.broker());
    assert_eq!(first.len(), KEYS);
    let large = first.values().filter(|queue| **queue == "large").count();
    assert!((KEYS / 2..KEYS * 5 / 6).contains(&large), "{large} of {KEYS} for two thirds");
    assert_eq!(first, spread(&example.broker()));
}
