//! `examples/exchange-consistent-hash`: equal keys stay together, shares follow the weights.

use std::collections::BTreeMap;

use philter_protocol::v0_9_1::method::{exchange, queue};
use philter_protocol::v0_9_1::{Method, Properties, Table};
use philter_tests::broker::Broker;
use philter_tests::client::{Credit, Message, Subscription};
use philter_tests::client_0_9_1;

use crate::stranger::Stranger;

const KEYS: usize = 600;
const QUEUES: [(&str, &str); 2] = [("small", "10"), ("large", "20")];

/// Publishes every key twice; the queue that each went to.
pub(crate) fn spread(broker: &Broker) -> BTreeMap<String, &'static str> {
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

#[test]
fn rabbitmqs_clients_hash_by_a_header() {
    let example = Stranger::build("exchange-consistent-hash");
    let broker = example.broker();
    let mut client = client_0_9_1::Client::guest(broker.port()).unwrap();
    client.open_channel(1).unwrap();
    let declare = exchange::Declare {
        exchange: "spread".into(),
        type_: "x-consistent-hash".into(),
        arguments: Table::new().with("hash-header", "customer"),
        ..Default::default()
    };
    client.call(1, declare).unwrap();
    for (queue, weight) in QUEUES {
        client.declare_queue(1, queue, Table::new()).unwrap();
        let bind = queue::Bind {
            queue: queue.into(),
            exchange: "spread".into(),
            routing_key: weight.into(),
            ..Default::default()
        };
        client.call(1, bind).unwrap();
    }
    for customer in (0..KEYS).map(|number| number.to_string()) {
        let mut list = Vec::new();
        let headers = Table::new().with("customer", customer.as_str());
        Properties::default().encode_with_headers(&[], Some(&headers), &mut list);
        let properties = Properties::parse(&list).unwrap();
        client.publish(1, ("spread", "ignored"), &properties, customer.as_bytes()).unwrap();
    }
    let mut counts = QUEUES.map(|(queue, _)| {
        let passive = queue::Declare { queue: queue.into(), passive: true, ..Default::default() };
        match client.call(1, passive).unwrap() {
            Method::QueueDeclareOk(ok) => ok.message_count as usize,
            method => panic!("{method:?}"),
        }
    });
    assert_eq!(counts.iter().sum::<usize>(), KEYS);
    counts.sort_unstable();
    assert!((KEYS / 2..KEYS * 5 / 6).contains(&counts[1]), "{counts:?}");
}
